"""Is a verdict right as often as it claims? Thousands of comparisons on simulated phones.

    python scripts/simulate_verdicts.py [COMPARISONS]       (default 2,000 in each cell)

A simulated phone heats up while it works (first order, its own time constant) and slows down by up
to 1.4x or 1.2x in five minutes, half of it in steps as clocks have them. Each launch has a level of
its own; inferences are noisy (3 %, autocorrelated), some are outliers, and everything wanders. On
that runs labtui's own comparison: orders of `core/order`, pairs, interval and verdict of
`core/compare`. Beside it stands what people do: all of A, then all of B, and a t-test over the
inferences; or a look after every block, until one pleases. Each kind of phone comes twice: with all
launches done, and stopped by `core/stopping` as soon as a look says that enough has been measured.

Prints one JSON line for each cell; exit 1 when one misses a goal.
"""

import json
import math
import random
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from labtui.core.compare.pairs import Observation, pair_up
from labtui.core.compare.signed_rank import hodges_lehmann
from labtui.core.compare.verdict import MIN_PAIRS, Comparison, Verdict, compare
from labtui.core.order import rounds
from labtui.core.stopping import Stop, is_decided, looks

Floats = NDArray[np.float64]

ROUNDS, MEASURE_S, WARMUP_S, START_S = 26, 3.0, 1.0, 1.5
"""Two variants: 26 x 2 launches of 5.5 s, 286 s in all. `START_S`: the runner's start and load."""
RATE_HZ = 20.0
RATIOS = (1.0, 1.02, 1.05)
MAX_FALSE_ALARMS, MIN_COVERAGE = 0.065, 0.94
MIN_POWER = {1.02: 0.90, 1.05: 0.995}
_NAIVE_LAUNCH_S = 150.0


@dataclass(frozen=True)
class Cell:
    """A kind of phone."""

    name: str
    slowdown: float
    """How much slower when hot, on average; single phones have up to 25 % more or less of it."""
    launch_sd: float
    is_until_decided: bool = False


KINDS = [
    Cell(f"{name}, launches differ by {sd:.1%}", slowdown, sd)
    for name, slowdown in (("1.4x when hot", 0.4), ("1.2x when hot", 0.2), ("never hot", 0.0))
    for sd in (0.005, 0.015)
]
CELLS = [
    *KINDS,
    *(Cell(f"{c.name}, until decided", c.slowdown, c.launch_sd, True) for c in KINDS),
]


class Phones:
    """Many phones of a kind at the same time, one for each comparison."""

    def __init__(self, cell: Cell, count: int, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._cell, self._count = cell, count
        self._slowdown = cell.slowdown * self._rng.uniform(0.75, 1.25, count)
        self._heating_s = self._rng.uniform(70, 160, count)
        self._cooling_s = self._rng.uniform(90, 240, count)
        self._heat = np.zeros(count)
        self._noise = np.zeros(count)
        self._wander = np.zeros(count)

    def launch(self, measure_s: float) -> Floats:
        """Return log latencies of one launch, inferences x phones; all variants are equal."""
        self._heat *= np.exp(-START_S / self._cooling_s)
        self._work(WARMUP_S)
        self._wander += self._rng.normal(0, 0.0005 * math.sqrt(measure_s), self._count)
        level = self._wander + self._rng.normal(0, self._cell.launch_sd, self._count)
        return np.array([level + self._inference() for _ in range(round(measure_s * RATE_HZ))])

    def _inference(self) -> Floats:
        self._work(1 / RATE_HZ)
        smooth = 1 + self._slowdown * self._heat
        steps = np.floor(smooth / 0.04) * 0.04
        self._noise = 0.8 * self._noise + self._rng.normal(0, 0.03 * 0.6, self._count)
        outlier = np.where(
            self._rng.random(self._count) < 0.005, self._rng.uniform(0.4, 1.4, self._count), 0.0
        )
        return np.log((smooth + steps) / 2) + self._noise + outlier

    def _work(self, seconds: float) -> None:
        self._heat += (1 - np.exp(-seconds / self._heating_s)) * (1 - self._heat)


def comparisons(cell: Cell, count: int, ratio: float, seed: int = 1) -> list[Comparison]:
    """Return what labtui says of a variant whose true ratio is `ratio`, once for each phone."""
    done = measured(cell, count, ratio, seed)
    if cell.is_until_decided:
        done = [launches[: _stopped_after(launches)] for launches in done]
    return [compare(pair_up(launches, 0, 1)) for launches in done]


def measured(cell: Cell, count: int, ratio: float, seed: int = 1) -> list[list[Observation]]:
    """Return all launches of two variants on each phone."""
    phones = Phones(cell, count, seed)
    order = [variant for row in rounds(2, ROUNDS, random.Random(seed)) for variant in row]
    medians = [np.exp(np.median(phones.launch(MEASURE_S), axis=0)) for _ in order]
    return [_launches(order, [m[phone] for m in medians], ratio) for phone in range(count)]


def _launches(order: Sequence[int], medians: Sequence[float], ratio: float) -> list[Observation]:
    return [
        Observation(variant, position // 4, position, float(value) * (ratio if variant else 1.0))
        for position, (variant, value) in enumerate(zip(order, medians, strict=True))
    ]


def _stopped_after(launches: Sequence[Observation]) -> int:
    """Return after how many launches a bench stops that measures until all is decided."""
    for look in looks(ROUNDS):
        if is_decided(launches[: 2 * look], (0, 1), Stop().margin):
            return 2 * look
    return len(launches)


def peeking_false_alarms(cell: Cell, count: int, seed: int = 1) -> float:
    """Return how often a look after every block at 95 % finds what is not there, sooner or later.

    Such a bench would stop at the first look that pleases.
    """
    done = measured(cell, count, 1.0, seed)
    return _share(any(map(_looks_different, _each_look(launches))) for launches in done)


def _each_look(launches: Sequence[Observation]) -> Iterator[Sequence[Observation]]:
    return (launches[: 2 * rounds] for rounds in range(MIN_PAIRS, ROUNDS + 1, 2))


def _looks_different(launches: Sequence[Observation]) -> bool:
    estimate = hodges_lehmann(pair_up(launches, 0, 1).log_ratios)
    return estimate.low > 0 or estimate.high < 0


def naive_false_alarms(cell: Cell, count: int, seed: int = 1) -> float:
    """Return how often A for 2.5 minutes, then B, and Welch's t-test find what is not there."""
    phones = Phones(cell, count, seed)
    a, b = (np.exp(phones.launch(_NAIVE_LAUNCH_S)) for _ in range(2))
    error = np.sqrt(a.var(axis=0, ddof=1) / len(a) + b.var(axis=0, ddof=1) / len(b))
    t = (b.mean(axis=0) - a.mean(axis=0)) / error
    return float(np.mean(np.abs(t) > NormalDist().inv_cdf(0.975)))


def figures(cell: Cell, count: int) -> dict[str, object]:
    """Return the rates of one cell, and whether they reach the goals."""
    found = {ratio: comparisons(cell, count, ratio) for ratio in RATIOS}
    alarms = _share(c.low > 1 or c.high < 1 for c in found[1.0])
    coverage = min(_share(c.low <= r <= c.high for c in found[r]) for r in RATIOS)
    power = {r: _share(c.low > 1 for c in found[r]) for r in MIN_POWER}
    is_ok = alarms <= MAX_FALSE_ALARMS and coverage >= MIN_COVERAGE
    return {
        "cell": cell.name,
        "comparisons": count,
        "false_alarms": alarms,
        "false_verdicts": _share(c.verdict in (Verdict.FASTER, Verdict.SLOWER) for c in found[1.0]),
        "coverage": coverage,
        "power_2_percent": power[1.02],
        "power_5_percent": power[1.05],
        "mean_rounds": {str(r): _mean(c.pairs for c in found[r]) for r in RATIOS},
        "false_alarms_a_then_b": naive_false_alarms(cell, min(count, 200)),
        "false_alarms_peeking": peeking_false_alarms(cell, min(count, 500)),
        "ok": is_ok and all(power[r] >= least for r, least in MIN_POWER.items()),
    }


def _mean(counts: Iterable[int]) -> float:
    values = list(counts)
    return round(sum(values) / len(values), 1)


def _share(truths: Iterable[bool]) -> float:
    values = list(truths)
    return round(sum(values) / len(values), 4)


def main(count: int) -> int:
    """Print all cells; return the exit code."""
    found = [figures(cell, count) for cell in CELLS]
    for line in found:
        print(json.dumps(line), flush=True)
    return 0 if all(line["ok"] for line in found) else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000))
