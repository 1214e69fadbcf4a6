"""Tables of cpufreq limits, one core a line: `cpu0 | governor=walt | max_freq=1363200`."""

import re

from labtui.core.readings import ClusterClock

MAX_CORES = 256

_LINE = re.compile(r"^(cpu\d{1,3}) *\|(.{1,200})\r?\n", re.MULTILINE)
_FIELD = re.compile(r"(\w{2,20})=(\d{1,9})\b")


def parse_cpu_table(text: str) -> tuple[ClusterClock, ...]:
    """Read the table; the hardware's maximum is not in it. A cut last line is left out."""
    clocks = []
    for name, rest in _LINE.findall(text)[:MAX_CORES]:
        khz = {key: int(value) for key, value in _FIELD.findall(rest)}
        clocks.append(ClusterClock(name, khz.get("cur_freq"), khz.get("max_freq"), None))
    return tuple(clocks)
