"""Lines with numbers: statistics of a phase, the summary, memory, the model's size.

Each reader gets whole lines only, and takes a line in full or not at all.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from labtui.core.logs.benchmark_model.numbers import (
    MAYBE,
    MEBIBYTE,
    MEGABYTE,
    NUMBER,
    mb_to_bytes,
    ms_to_ns,
    us_to_ns,
)
from labtui.core.logs.benchmark_model.runs import LatencyStats, MemoryKind, MemoryUse

_COUNT = re.compile(
    rf"count=(?P<count>\d{{1,9}})(?: first=(?P<first>{NUMBER}))? curr=(?P<last>{NUMBER})"
    rf"(?:\(all same\))?"
    rf"(?: min=(?P<min>{NUMBER}) max=(?P<max>{NUMBER})"
    rf" avg=(?P<mean>{NUMBER}) std=(?P<std>{MAYBE}))?"
    rf"(?: p5=(?P<p5>{NUMBER}) median=(?P<median>{NUMBER}) p95=(?P<p95>{NUMBER}))?"
)
_PHASE = re.compile(r"Running benchmark for at least ")
_SUMMARY = re.compile(r"(?:Average i|I)nference timings in us: (.{1,400})")
_SUMMARY_ITEM = re.compile(rf"([A-Za-z][A-Za-z() ]{{1,30}}): ({MAYBE})(?:, |$)")
_SESSION = re.compile(rf"Initialized session in ({NUMBER})ms\.?")
_MODEL_SIZE = re.compile(rf"The input model file size \(MB\): ({NUMBER})")
_MEMORY = re.compile(
    rf"(?P<kind>Peak memory footprint|Memory footprint delta from the start of the tool) \(MB\): "
    rf"init=(?P<init>{NUMBER}) overall=(?P<overall>{NUMBER})"
)
_PEAK = re.compile(
    rf"Overall peak memory footprint \(MB\) via periodic monitoring: (?P<peak>{NUMBER})"
)


def parse_stats(text: str) -> LatencyStats | None:
    """Read a `count=…` line of latencies in µs; None if it holds none or is of another shape.

    The tool leaves out what follows from the rest when all values are the same.
    """
    match = _COUNT.fullmatch(text)
    last_ns = us_to_ns(match["last"]) if match else None
    if match is None or last_ns is None or not int(match["count"]):
        return None
    ns = {key: us_to_ns(value) for key, value in match.groupdict().items() if key != "count"}
    if ns["mean"] is None:
        ns |= dict.fromkeys(("mean", "first", "min", "max"), last_ns) | {"std": 0}
    return LatencyStats(
        mean_ns=ns.pop("mean") or 0,
        count=int(match["count"]),
        **{f"{key}_ns": value for key, value in ns.items()},
    )


@dataclass(frozen=True, slots=True)
class Summary:
    """The line at the end of a run, in ns."""

    init_ns: int | None = None
    first_inference_ns: int | None = None
    warmup_ns: int | None = None
    inference_ns: int | None = None


def find_summary(lines: Iterable[str]) -> Summary | None:
    """Read the last `Inference timings in us` line, of any generation."""
    found = [_SUMMARY_ITEM.findall(m[1]) for line in lines if (m := _SUMMARY.fullmatch(line))]
    if not found or not found[-1]:
        return None
    items = {key: us_to_ns(value) for key, value in found[-1]}
    return Summary(
        init_ns=items.get("Init"),
        first_inference_ns=items.get("First inference") or None,  # 0: there was no warm-up
        warmup_ns=items.get("Warmup (avg)", items.get("Warmup")) or None,
        inference_ns=_first_of(items, "Inference (avg)", "no stats", "Inference") or None,
    )


def _first_of(items: dict[str, int | None], *keys: str) -> int | None:
    return next((items[key] for key in keys if key in items), None)


def find_phases(
    lines: Sequence[str], summary: Summary | None
) -> tuple[LatencyStats | None, LatencyStats | None]:
    """Return the statistics of warm-up and inference.

    Each phase announces itself. Where only the end of a log was kept, a lone line of statistics
    is told by the mean that the summary repeats.
    """
    phases: list[LatencyStats | None] = []
    unannounced: list[LatencyStats] = []
    for line in lines:
        if _PHASE.match(line):
            phases.append(None)
        elif stats := parse_stats(line):
            if phases:
                phases[-1] = phases[-1] or stats
            else:
                unannounced.append(stats)
    if len(phases) >= 2:
        return phases[0], phases[1]
    if phases and summary is None and find_session_ns(lines) is not None:
        return phases[0], None
    return _told_by_summary([*unannounced, *filter(None, phases)], summary)


def _told_by_summary(
    found: list[LatencyStats], summary: Summary | None
) -> tuple[LatencyStats | None, LatencyStats | None]:
    if summary is None:
        return None, None
    return (
        next((stats for stats in found if stats.mean_ns == summary.warmup_ns), None),
        next((stats for stats in reversed(found) if stats.mean_ns == summary.inference_ns), None),
    )


def find_session_ns(lines: Iterable[str]) -> int | None:
    """Return how long loading and preparing the model took."""
    return next((ms_to_ns(m[1]) for line in lines if (m := _SESSION.fullmatch(line))), None)


def find_model_bytes(lines: Iterable[str]) -> int | None:
    """Return the size of the model file, from megabytes with six digits."""
    sizes = (mb_to_bytes(m[1], MEGABYTE) for line in lines if (m := _MODEL_SIZE.fullmatch(line)))
    return next(sizes, None)


def find_memory(lines: Sequence[str]) -> MemoryUse | None:
    """Read the memory lines; None when there is none."""
    pair = next((m for line in lines if (m := _MEMORY.fullmatch(line))), None)
    peak = next((m for line in lines if (m := _PEAK.fullmatch(line))), None)
    if pair is None and peak is None:
        return None
    is_peak = pair is not None and pair["kind"].startswith("Peak")
    return MemoryUse(
        kind=None if pair is None else MemoryKind.PEAK if is_peak else MemoryKind.DELTA,
        init_bytes=mb_to_bytes(pair["init"], MEBIBYTE) if pair else None,
        overall_bytes=mb_to_bytes(pair["overall"], MEBIBYTE) if pair else None,
        peak_bytes=mb_to_bytes(peak["peak"], MEBIBYTE) if peak else None,
    )
