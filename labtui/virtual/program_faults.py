"""What the next runners of a phone shall meet."""

from dataclasses import dataclass

from labtui.virtual.engine.build import EngineKind

SHORT_MEMORY_BYTES = 1 << 16
"""What is left when memory is short: the engine opens, and no variant fits."""


@dataclass(slots=True)
class ProgramFaults:
    """By default nothing is wrong."""

    runner: str = ""
    """One of `hostile.RUNNER_FAULTS`, or nothing."""
    engine: EngineKind = EngineKind.PACED
    is_memory_short: bool = False
