"""What can be built, and where it goes."""

import platform
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

RUNNER = "labtui-runner"
_MACHINES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}


class System(Enum):
    """The operating system, and so the C library, that a runner is for."""

    LINUX = "linux"
    ANDROID = "android"


@dataclass(frozen=True, slots=True)
class Target:
    """One binary: its system, its processor, and whether it carries sanitizers."""

    name: str
    system: System
    machine: str
    sanitized: bool = False

    def path(self, out: Path) -> Path:
        """Return where the binary goes; Android's is where labtui looks for a phone's runner."""
        folder = self.name.removeprefix("android-")
        return out / ("android" if self.system is System.ANDROID else "build") / folder / RUNNER

    def stamp(self, out: Path) -> Path:
        """Return the file that says what the binary was built from."""
        return out / "build" / "stamps" / f"{self.name}.json"


def machine() -> str:
    """Return the name of this processor, as targets spell it."""
    found = platform.machine().lower()
    return _MACHINES.get(found, found)


def _all() -> list[Target]:
    machines = dict.fromkeys(("x86_64", "aarch64", machine()))
    return [
        *(Target(f"linux-{name}", System.LINUX, name) for name in machines),
        Target("android-arm64-v8a", System.ANDROID, "aarch64"),
        Target("android-x86_64", System.ANDROID, "x86_64"),
        *(Target(f"linux-{name}-asan", System.LINUX, name, sanitized=True) for name in machines),
    ]


TARGETS = {target.name: target for target in _all()}


def is_native(target: Target) -> bool:
    """Tell whether a binary for the target runs on this machine."""
    is_here = platform.system() == "Linux" and target.machine == machine()
    return target.system is System.LINUX and is_here


def named(name: str) -> Target:
    """Return a target by its name; `native` stands for this processor. Raises KeyError."""
    return TARGETS[name.replace("native", machine())]
