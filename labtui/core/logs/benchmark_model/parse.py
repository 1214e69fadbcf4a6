"""A log of `benchmark_model`, of any generation -> its runs."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice

from labtui.core.logs.benchmark_model.causes import find_failure
from labtui.core.logs.benchmark_model.delegates import find_delegations
from labtui.core.logs.benchmark_model.lines import LogLine, read_lines, split_runs
from labtui.core.logs.benchmark_model.placing import placement_of
from labtui.core.logs.benchmark_model.profile import find_profiles
from labtui.core.logs.benchmark_model.results_block import ResultsBlock, find_results_block
from labtui.core.logs.benchmark_model.runs import (
    BenchmarkLog,
    BenchmarkRun,
    LatencyStats,
    RunStatus,
)
from labtui.core.logs.benchmark_model.stats import (
    Summary,
    find_memory,
    find_model_bytes,
    find_phases,
    find_session_ns,
    find_summary,
)
from labtui.core.text import clean

MAX_PARAMETERS = 200

_PARAMETERS = (
    re.compile(r"([A-Za-z#][\w #()/.-]{1,60}?) ?: \[(.{0,1000})\]"),
    re.compile(
        r"(Accelerators|Num threads|Warmup runs|Benchmark runs|Fully accelerated): +([^\[\s].*)"
    ),
)
"""Of the tool, and of the engine's own twin of it in Python."""
_LOADED = (
    re.compile(r"(?:Loaded model|Loading model from:) (\S.{0,1000})"),
    re.compile(r"Model: +(\S.{0,1000}\.tflite)"),
)
_SUMMARY_CUT = "The log ends before the summary of the run: run it again, or import a whole log."
_NOTHING_TIMED = "The run ended without timing an inference: give it runs or seconds to do."


def parse_benchmark_model(text: str) -> BenchmarkLog:
    """Read a log with any number of runs, whole or cut, with or without carriers' prefixes.

    A number that the end of the text may have cut is never read. Runs of which nothing is known
    are left out; a text of another kind has no runs.
    """
    runs = (_run(lines) for lines in split_runs(read_lines(text)))
    return BenchmarkLog(tuple(run for run in runs if run != _EMPTY))


def _run(lines: Sequence[LogLine]) -> BenchmarkRun:
    whole = [line.text for line in lines if not line.is_cut]
    delegations = find_delegations([line.text for line in lines])
    run = _with_numbers(whole, find_failure(lines, delegations))
    parameters, profiles = _parameters(whole), find_profiles(whole)
    return replace(
        run,
        graph=_graph(whole, parameters),
        parameters=parameters,
        model_bytes=find_model_bytes(whole),
        delegations=delegations,
        placement=placement_of(
            parameters, delegations, profiles, is_settled=run.init_ns is not None
        ),
        profiles=profiles,
    )


def _with_numbers(whole: Sequence[str], failure: str) -> BenchmarkRun:
    """Return the run's latencies; those of a failed run are of invocations that did nothing."""
    found_summary, found_block = find_summary(whole), find_results_block(whole)
    summary, block = found_summary or Summary(), found_block or ResultsBlock()
    warmup, inference = find_phases(whole, found_summary)
    first_ns = warmup.first_ns if warmup else None
    inference = inference or _mean(summary.inference_ns) or block.inference
    return BenchmarkRun(
        *_status(failure, inference, is_ended=bool(found_summary or found_block)),
        init_ns=_either(summary.init_ns, find_session_ns(whole), block.init_ns),
        first_inference_ns=_either(summary.first_inference_ns, first_ns, block.first_inference_ns),
        warmup=warmup or _mean(summary.warmup_ns) or block.warmup,
        inference=None if failure else inference,
        memory=block.memory or find_memory(whole),
    )


def _status(
    failure: str, inference: LatencyStats | None, *, is_ended: bool
) -> tuple[RunStatus, str]:
    if failure:
        return RunStatus.FAILED, failure
    if not is_ended:
        return RunStatus.INCOMPLETE, _SUMMARY_CUT
    if inference is None:
        return RunStatus.INCOMPLETE, _NOTHING_TIMED
    return RunStatus.OK, ""


def _mean(mean_ns: int | None) -> LatencyStats | None:
    return LatencyStats(mean_ns) if mean_ns else None


def _either(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)


def _parameters(lines: Iterable[str]) -> tuple[tuple[str, str], ...]:
    found = (m for line in lines for p in _PARAMETERS if (m := p.fullmatch(line)))
    pairs = [(match[1], clean(match[2], 400)) for match in islice(found, MAX_PARAMETERS)]
    return tuple(dict(pairs).items())


def _graph(lines: Iterable[str], parameters: Iterable[tuple[str, str]]) -> str:
    """Return the path of the model file."""
    if path := dict(parameters).get("Graph"):
        return path
    found = (m for line in lines for p in _LOADED if (m := p.fullmatch(line)))
    return next((clean(match[1], 400) for match in found), "")


_EMPTY = BenchmarkRun(RunStatus.INCOMPLETE, _SUMMARY_CUT)
