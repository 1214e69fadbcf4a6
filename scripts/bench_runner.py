"""What the native runner adds to an inference; prints one JSON line a number."""

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from labtui.resources import demo_data

TARGET_PERCENT = 1.0
ROUNDS, RUNS = 150, 25
_SOURCE = Path(__file__).with_suffix(".c")
_VARIANT = demo_data() / "variants" / "pairs_vit.fp32.tflite"
"""Takes about a millisecond with the engine's own kernels."""


def measure() -> list[dict[str, object]]:
    """Return what this script measures, one entry a goal."""
    with tempfile.TemporaryDirectory() as folder:
        rounds = list(_rounds(_events(_built(Path(folder)))))
    percent = statistics.median(100 * (sampled / bare - 1) for bare, sampled in rounds)
    bare_us = statistics.median(bare for bare, _ in rounds) / 1000
    return [
        {
            "name": "runner: a timed inference over the engine's bare call",
            "value": round(percent, 3),
            "unit": "%",
            "target": TARGET_PERCENT,
            "ratio_to": f"bare loop of {bare_us:.0f} us an inference",
            "ratio": round(1 + percent / 100, 5),
            "ok": percent < TARGET_PERCENT,
        }
    ]


def _built(folder: Path) -> Path:
    """Build the runner's source with the loop around it. Raises CalledProcessError."""
    program = folder / "bench_runner"
    flags = ["-std=c11", "-O2", "-Wall", "-Wextra", "-Werror"]
    libraries = ["-ldl", "-lm", "-pthread"]
    subprocess.run(["cc", *flags, str(_SOURCE), "-o", str(program), *libraries], check=True)
    return program


def _events(program: Path) -> list[dict[str, Any]]:
    package = find_spec("ai_edge_litert")
    if package is None or package.origin is None:
        raise SystemExit("pip install ai-edge-litert")
    library = Path(package.origin).parent / "libLiteRt.so"
    words = [str(program), str(library), str(_VARIANT), str(ROUNDS), str(RUNS)]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def _rounds(events: Iterable[dict[str, Any]]) -> Iterable[tuple[float, float]]:
    """Yield the mean ns of the bare loop and of the timed inferences after it."""
    bare_ns = 0.0
    timed_ns: list[int] = []
    for event, following in pairwise([*events, {"ev": "bare"}]):
        match event:
            case {"ev": "bare", "ns": float(mean_ns)}:
                bare_ns, timed_ns = mean_ns, []
            case {"ev": "samples", "ns": list(durations_ns)}:
                timed_ns += durations_ns
        if following["ev"] == "bare":
            yield bare_ns, statistics.fmean(timed_ns)


if __name__ == "__main__":
    for result in measure():
        print(json.dumps(result))
