"""How much work `labtui --help` is."""

import resource
import subprocess
import sys

ROUNDS = 9
TARGET_MS = 150.0


def measure() -> list[dict[str, object]]:
    """Return the CPU time of `labtui --help` beside that of an empty interpreter, in ms."""
    empty, shown = [], []
    for _ in range(ROUNDS):
        empty.append(_cpu_ms(["-c", "pass"]))
        shown.append(_cpu_ms(["-m", "labtui", "--help"]))
    value_ms = sorted(shown)[ROUNDS // 2]
    ratio = value_ms / sorted(empty)[ROUNDS // 2]
    return [
        {
            "name": "labtui --help, CPU",
            "value": round(value_ms, 1),
            "unit": "ms",
            "target": f"< {TARGET_MS:.0f}",
            "ratio_to": "an empty interpreter",
            "ratio": round(ratio, 2),
            "ok": value_ms < TARGET_MS,
        }
    ]


def _cpu_ms(arguments: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1e3 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
