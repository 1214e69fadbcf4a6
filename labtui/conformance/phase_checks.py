"""Checks of warm-up and measuring: the rules of PROTOCOL.md, recomputed from the samples."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from statistics import median

from labtui.conformance.desk import NO_WARMUP, Desk
from labtui.conformance.played import Timed
from labtui.conformance.stream_checks import BUSY_S, PACE_HZ, SLACK_NS, busy, paced
from labtui.core.protocol import Measure, Samples, WarmUp
from labtui.core.protocol.events import MAX_BATCH

_NS = 1_000_000_000
_SILENCE_S = 2.0
_EARLY_NS = 1_000_000
"""How much earlier than they were starts may be told."""
_SLOW_HZ = 0.4


def warmup_check(rule: WarmUp) -> Callable[[Desk], Iterable[str]]:
    """Return a check of one warm-up."""

    def look(desk: Desk) -> Iterator[str]:
        played = desk.done(desk.job(warmup=rule, measure=Measure(runs=3)))
        if len(played.measured) != 3:
            yield f"{len(played.measured)} samples were measured, not 3"
        yield from warmup_violations(rule, played.warmup)

    return look


def warmup_violations(rule: WarmUp, samples: Sequence[Timed]) -> Iterator[str]:
    """Yield where a warm-up went on though a rule ended it, or ended without one.

    Nobody says when exactly it began: times are taken with `SLACK_NS`.
    """
    if not rule.min_runs:
        if samples:
            yield f"{len(samples)} samples of a warm-up that was not asked for"
        return
    if not samples:
        yield "no warm-up"
        return
    for runs in range(1, len(samples)):
        reason = _ends(rule, samples, runs, 0)
        if reason:
            yield f"the warm-up went on after inference {runs}: {reason}"
            return
    if not _ends(rule, samples, len(samples), SLACK_NS):
        yield f"the warm-up ended after {len(samples)} inferences, which no rule says"


def _ends(rule: WarmUp, samples: Sequence[Timed], runs: int, slack_ns: int) -> str:
    """Return which rule ends the warm-up after so many samples; empty when none does."""
    elapsed_s = (samples[runs - 1].end_ns - samples[0].start_ns + slack_ns) / _NS
    if runs >= rule.max_runs:
        return f"max_runs is {rule.max_runs}"
    if runs >= rule.min_runs and elapsed_s >= rule.max_s:
        return f"max_s is {rule.max_s}"
    if elapsed_s >= rule.min_s and _is_steady(rule, samples, runs):
        return "the medians of its last two windows agree"
    return ""


def _is_steady(rule: WarmUp, samples: Sequence[Timed], runs: int) -> bool:
    window = rule.min_runs
    if runs % window or runs < 2 * window:
        return False
    durations_ns = [timed.duration_ns for timed in samples[runs - 2 * window : runs]]
    before_ns, last_ns = median(durations_ns[:window]), median(durations_ns[window:])
    return abs(last_ns - before_ns) < rule.tolerance * before_ns


def by_runs(desk: Desk) -> Iterator[str]:
    """Yield another number of samples than was asked for."""
    for runs in (1, MAX_BATCH + 1):
        played = desk.done(desk.job(warmup=NO_WARMUP, measure=Measure(runs=runs)))
        if len(played.measured) != runs:
            yield f"{len(played.measured)} samples were measured, not {runs}"


def by_time(desk: Desk) -> Iterator[str]:
    """Yield an end of measuring before its time or long after it."""
    yield from _by_time(busy(desk).measured, BUSY_S)
    least = desk.done(desk.job(warmup=NO_WARMUP, measure=Measure(seconds=0.0)))
    if len(least.measured) != 1:
        yield f"{len(least.measured)} samples in 0 s, where one is the least and enough"


def _by_time(samples: Sequence[Timed], seconds: float) -> Iterator[str]:
    if not samples:
        yield "nothing was measured"
        return
    took_s = (samples[-1].end_ns - samples[0].start_ns + SLACK_NS) / _NS
    if took_s < seconds:
        yield f"measuring ended after {took_s:.3f} s, not {seconds} s"
    before_s = (samples[-1].start_ns - samples[0].start_ns) / _NS
    if before_s > seconds + 2 * SLACK_NS / _NS:
        yield f"an inference began {before_s:.3f} s after the first, with {seconds} s to measure"


def on_time(desk: Desk) -> Iterator[str]:
    """Yield inferences that did not start when they were due."""
    yield from pace_violations(paced(desk).measured, round(_NS / PACE_HZ))


def pace_violations(samples: Sequence[Timed], period_ns: int) -> Iterator[str]:
    """Yield starts before or long after the due times of "Measuring"."""
    if not samples:
        yield "nothing was measured"
        return
    due_ns = samples[0].start_ns
    for number, (before, timed) in enumerate(pairwise(samples), start=1):
        due_ns = max(due_ns + period_ns, before.end_ns)
        off_ns = timed.start_ns - due_ns
        if not -_EARLY_NS <= off_ns <= 2 * SLACK_NS:
            yield f"inference {number} started {off_ns / 1e6:+.1f} ms from when it was due"
            return


def never_silent(desk: Desk) -> Iterator[str]:
    """Yield pauses that a host would take for a hung device."""
    job = desk.job(warmup=NO_WARMUP, measure=Measure(runs=2), rate_hz=_SLOW_HZ)
    played = desk.done(job)
    arrivals_s = [line.arrived_s for line in played.lines]
    longest_s = max((after - before for before, after in pairwise(arrivals_s)), default=0.0)
    if longest_s > _SILENCE_S:
        yield f"nothing was said for {longest_s:.1f} s between two slow inferences"
    if len(played.all(Samples)) != 2:
        yield "a sample waited in its batch for the next inference, seconds later"
