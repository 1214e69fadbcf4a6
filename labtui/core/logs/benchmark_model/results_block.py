"""The `BENCHMARK RESULTS` block of the LiteRT generation: milliseconds with two decimals."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from labtui.core.logs.benchmark_model.numbers import (
    MEBIBYTE,
    NUMBER,
    mb_to_bytes,
    ms_to_ns,
)
from labtui.core.logs.benchmark_model.runs import LatencyStats, MemoryKind, MemoryUse

_TITLE = re.compile(r"=* ?BENCHMARK RESULTS(?: =*)?")
_RULE = re.compile(r"={20,200}")
_ITEM = re.compile(
    rf"(?P<key>[A-Z][A-Za-z0-9() ]{{2,30}}): +(?P<value>{NUMBER})(?: (?:ms|MB|MB/s))?"
    r"(?: \((?P<count>\d{1,9}) runs\))?"
)


@dataclass(frozen=True, slots=True)
class ResultsBlock:
    """What the block says; its latencies are good to 10 µs."""

    init_ns: int | None = None
    first_inference_ns: int | None = None
    warmup: LatencyStats | None = None
    inference: LatencyStats | None = None
    memory: MemoryUse | None = None


def find_results_block(lines: Sequence[str]) -> ResultsBlock | None:
    """Read the block; None when there is none, or it is another tool's, or cut."""
    start = next((i for i, line in enumerate(lines) if _TITLE.fullmatch(line)), None)
    if start is None:
        return None
    items: dict[str, re.Match[str]] = {}
    for line in lines[start + 1 :]:
        if "Inference (avg)" in items and _RULE.fullmatch(line):
            return _block(items)
        if match := _ITEM.fullmatch(line):
            items.setdefault(match["key"], match)
    return None


def _block(items: dict[str, re.Match[str]]) -> ResultsBlock:
    def ns(key: str) -> int | None:
        return ms_to_ns(items[key]["value"]) if key in items else None

    return ResultsBlock(
        init_ns=ns("Model initialization"),
        first_inference_ns=ns("Warmup (first)") or None,
        warmup=_phase(items, "Warmup"),
        inference=_phase(items, "Inference"),
        memory=_memory(items),
    )


def _phase(items: dict[str, re.Match[str]], phase: str) -> LatencyStats | None:
    """Return a phase that ran at least once."""

    def ns(word: str) -> int | None:
        key = f"{phase} ({word})"
        return ms_to_ns(items[key]["value"]) if key in items else None

    mean = items.get(f"{phase} (avg)")
    mean_ns = ns("avg")
    if mean is None or mean_ns is None or mean["count"] is None or not int(mean["count"]):
        return None
    return LatencyStats(
        mean_ns=mean_ns,
        count=int(mean["count"]),
        first_ns=ns("first"),
        min_ns=ns("min"),
        max_ns=ns("max"),
        std_ns=ns("std"),
        p5_ns=ns("p5"),
        median_ns=ns("median"),
        p95_ns=ns("p95"),
    )


def _memory(items: dict[str, re.Match[str]]) -> MemoryUse | None:
    def in_bytes(key: str) -> int | None:
        return mb_to_bytes(items[key]["value"], MEBIBYTE) if key in items else None

    init_bytes, overall_bytes = in_bytes("Init footprint"), in_bytes("Overall footprint")
    if init_bytes is None or overall_bytes is None:
        return None
    return MemoryUse(MemoryKind.DELTA, init_bytes, overall_bytes, in_bytes("Peak memory"))
