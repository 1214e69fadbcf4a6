"""Makes variants: every model of the zoo in every recipe, each checked against its float net."""
