"""What Linux shows everybody of this computer under /sys and /proc; nothing on other systems."""

import os
from collections.abc import Iterator
from pathlib import Path

from labtui.core.logs.sysfs import parse_cpufreq
from labtui.core.readings import ClusterClock

SYS = Path("/sys")
_STATM = Path("/proc/self/statm")
_CPUFREQ = "devices/system/cpu/cpufreq/policy*"
_CLOCK_FILES = ("scaling_cur_freq", "scaling_max_freq", "cpuinfo_max_freq")


def listing(root: Path, folders: str, names: tuple[str, ...]) -> str:
    """Return `path:value` lines for the readable files `names` in all `folders`, as grep does."""
    return "\n".join(_lines(root, folders, names))


def cluster_clocks(root: Path = SYS) -> tuple[ClusterClock, ...]:
    """Return the clock of each CPU cluster."""
    return parse_cpufreq(listing(root, _CPUFREQ, _CLOCK_FILES))


def resident_bytes() -> int | None:
    """Return the memory this process holds in RAM."""
    try:
        return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return None


def _lines(root: Path, folders: str, names: tuple[str, ...]) -> Iterator[str]:
    for folder in root.glob(folders):
        for name in names:
            value = read_value(folder / name)
            if value:
                yield f"{folder / name}:{value}"


def read_value(path: Path) -> str:
    """Return the one line of a small file; empty when it cannot be read."""
    try:
        return path.read_bytes()[:256].decode(errors="replace").strip()
    except OSError:
        return ""
