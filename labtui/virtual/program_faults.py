"""What the next programs of a phone shall meet."""

from dataclasses import dataclass
from enum import StrEnum

from labtui.virtual.engine.build import EngineKind

SHORT_MEMORY_BYTES = 1 << 16
"""What is left when memory is short: the engine opens, and no variant fits."""


class SettingsFault(StrEnum):
    """What a maker's system does when a shell changes settings or modes."""

    NONE = ""
    REFUSE = "refuse"
    """It has no permission, and is told so."""
    KEEP = "keep"
    """It is told that all went well, and nothing has changed."""


@dataclass(slots=True)
class ProgramFaults:
    """By default nothing is wrong."""

    runner: str = ""
    """One of `hostile.RUNNER_FAULTS`, or nothing."""
    engine: EngineKind = EngineKind.PACED
    is_memory_short: bool = False
    settings: SettingsFault = SettingsFault.NONE
