"""How fast raw outputs become a score, and in how much memory; prints one JSON line a number."""

import json
import resource
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from labtui.adapters.scoring.scorer import OutputScorer
from labtui.core.evalset import EvalFile, EvalSet, Task
from labtui.core.model import Digest
from labtui.core.protocol import Layout

ITEMS, CLASSES = 50_000, 1_000
TIME_TARGET_S, MEMORY_TARGET_MB = 2.0, 500.0
_PIECE_BYTES = 1 << 18
"""What a host fetches from a device at once."""
_ROUNDS = 3
_RSS_PER_MB = 1e6 if sys.platform == "darwin" else 1e3


@dataclass(frozen=True, slots=True)
class _Figures:
    scoring_s: float
    sorting_s: float
    peak_mb: float


def measure() -> list[dict[str, object]]:
    """Return what this script measures, one entry a goal."""
    with tempfile.TemporaryDirectory() as folder:
        outputs = _make_outputs(Path(folder) / "outputs.npy")
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
            figures = fresh.submit(_figures, outputs).result()
    ratio = figures.sorting_s / figures.scoring_s
    what = f"scoring: {ITEMS} outputs of {CLASSES} classes"
    return [
        _entry(what, figures.scoring_s, "s of CPU", TIME_TARGET_S, ratio),
        _entry(f"{what}, peak memory", figures.peak_mb, "MB", MEMORY_TARGET_MB, None),
    ]


def _entry(
    name: str, value: float, unit: str, target: float, ratio: float | None
) -> dict[str, object]:
    return {
        "name": name,
        "value": round(value, 2),
        "unit": unit,
        "target": target,
        "ratio_to": None if ratio is None else "a full sort of each item",
        "ratio": None if ratio is None else round(ratio, 1),
        "ok": value < target,
    }


def _make_outputs(path: Path) -> Path:
    """Write block by block: a child's peak begins with that of the process that started it."""
    generator = np.random.default_rng(0)
    header = {"descr": "<f4", "fortran_order": False, "shape": (ITEMS, CLASSES)}
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        for _ in range(ITEMS // 1000):
            file.write(generator.standard_normal((1000, CLASSES), np.float32).tobytes())
    return path


def _figures(path: Path) -> _Figures:
    """Measure in a process of its own; memory first, before the sort adds its own.

    Times are of the CPU: what else this machine does is no part of the goal.
    """
    labels = np.arange(ITEMS, dtype=np.int32) % CLASSES
    scoring_s = min(_scoring_s(path, labels) for _ in range(_ROUNDS))
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return _Figures(scoring_s, _sorting_s(path, labels), peak_kb / _RSS_PER_MB)


def _scoring_s(path: Path, labels: NDArray[np.int32]) -> float:
    start_s = time.process_time()
    scorer = OutputScorer(_eval_set(), labels, None)
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            scorer.feed(piece)
    scorer.finish()
    return time.process_time() - start_s


def _sorting_s(path: Path, labels: NDArray[np.int32]) -> float:
    """Return what the plain way takes: read all, sort every item, find the label."""
    start_s = time.process_time()
    for row, label in zip(np.load(path), labels, strict=True):
        order = np.argsort(-row)
        exponentials = np.exp(row - row[order[0]])
        assert int(np.flatnonzero(order == label)[0]) >= 0
        assert exponentials.sum() >= 1
    return time.process_time() - start_s


def _eval_set() -> EvalSet:
    nothing = EvalFile(0, Digest("0" * 64))
    return EvalSet(
        name="bench",
        task=Task.CLASSIFICATION,
        count=ITEMS,
        classes=CLASSES,
        shape=(1,),
        dtype="uint8",
        layout=Layout.NCHW,
        normalise=None,
        label_names=(),
        golden=None,
        source="",
        licence="",
        inputs=nothing,
        labels=nothing,
        references=None,
    )


def main() -> None:
    """Print each number as a line of JSON."""
    for result in measure():
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
