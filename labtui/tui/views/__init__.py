"""State -> rows and lines. No widget in here."""
