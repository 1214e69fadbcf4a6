"""Plans that people write: TOML with every mistake named by its line."""

from labtui.core.plan_file.merge import merged
from labtui.core.plan_file.parse import (
    Mistake,
    PlanFile,
    PlanMistakes,
    PlannedFile,
    Until,
    parse_plan_file,
)

__all__ = [
    "Mistake",
    "PlanFile",
    "PlanMistakes",
    "PlannedFile",
    "Until",
    "merged",
    "parse_plan_file",
]
