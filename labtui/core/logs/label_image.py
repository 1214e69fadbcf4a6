"""`label_image`, the engine's example program: one image, a mean latency, the best labels."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from labtui.core.logs.benchmark_model.delegates import find_delegations
from labtui.core.logs.benchmark_model.lines import read_lines
from labtui.core.logs.benchmark_model.numbers import NUMBER, ms_to_ns
from labtui.core.logs.benchmark_model.placing import placement_of
from labtui.core.logs.benchmark_model.runs import Delegation
from labtui.core.placement import Placement
from labtui.core.text import clean

MAX_LABELS = 100

_MEAN = re.compile(rf"average time: ({NUMBER}) ms")
_SCORE = re.compile(r"(\d(?:\.\d{1,12})?(?:e-\d{1,2})?): (\d{1,9}) (\S.{0,200})")


@dataclass(frozen=True, slots=True)
class ScoredLabel:
    """One of the best classes."""

    index: int
    label: str
    score: float


@dataclass(frozen=True, slots=True)
class LabelImageLog:
    """What the program says; a mean over its loop, no samples."""

    mean_ns: int
    labels: tuple[ScoredLabel, ...]
    delegations: tuple[Delegation, ...]
    placement: Placement


def parse_label_image(text: str) -> LabelImageLog | None:
    """Read the program's output; None for text without its mean latency."""
    lines = [line.text for line in read_lines(text) if not line.is_cut]
    mean_ns = next((ms_to_ns(m[1]) for line in lines if (m := _MEAN.fullmatch(line))), None)
    if mean_ns is None:
        return None
    delegations = find_delegations(lines)
    placement = placement_of((), delegations, (), is_settled=True)
    return LabelImageLog(mean_ns, _labels(lines), delegations, placement)


def _labels(lines: Sequence[str]) -> tuple[ScoredLabel, ...]:
    matches = [match for line in lines if (match := _SCORE.fullmatch(line))]
    return tuple(
        ScoredLabel(int(match[2]), clean(match[3]), float(match[1]))
        for match in matches[:MAX_LABELS]
    )
