"""Checks of how a runner stops: it ends by itself, cleanly, soon."""

import signal
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Any

from labtui.conformance.child import RunnerChild
from labtui.conformance.desk import FOR_EVER, LAUNCH_LIMIT_S, NO_WARMUP, Desk, Violated, lines_of
from labtui.conformance.played import Line, Played
from labtui.core.protocol import End, Job, RunnerError, WarmUp, encode_job
from labtui.failure import FailureCode

SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
STOP_LIMIT_S = 2.0
_STARVED_S = 0.6
_NO_END = WarmUp(min_runs=10_000_000, max_runs=10_000_000)
_WAITING_HZ = 0.05


def stop_check(
    stop: Callable[[RunnerChild], None], **changes: Any
) -> Callable[[Desk], Iterable[str]]:
    """Return a check that stops a launch without an end once samples come."""

    def look(desk: Desk) -> Iterator[str]:
        yield from clean_stop(_stopped(desk, endless(desk, **changes), stop))

    return look


def endless(desk: Desk, **changes: Any) -> Job:
    """Return a job that only a stop ends."""
    return desk.job(**{"warmup": NO_WARMUP, "measure": FOR_EVER, **changes})


def in_warmup(stop: Callable[[RunnerChild], None]) -> Callable[[Desk], Iterable[str]]:
    """Return a check that stops a launch while it warms up."""
    return stop_check(stop, warmup=_NO_END)


def in_pause(stop: Callable[[RunnerChild], None]) -> Callable[[Desk], Iterable[str]]:
    """Return a check that stops a launch which waits for its next inference to be due."""
    return stop_check(stop, rate_hz=_WAITING_HZ)


def _stopped(desk: Desk, job: Job, stop: Callable[[RunnerChild], None]) -> Played:
    with RunnerChild(desk.command) as child:
        child.send(encode_job(job))
        if not child.watch(lambda: child.has_said(b'"samples"'), LAUNCH_LIMIT_S):
            raise Violated(f"no samples came: {child.finish(0).ending}")
        stop(child)
        return child.finish(STOP_LIMIT_S)


def clean_stop(played: Played, limit_s: float = STOP_LIMIT_S) -> Iterator[str]:
    """Yield what is wrong with the end of a launch that was told to stop."""
    if played.broken_rule:
        yield played.broken_rule
    if played.exit_code is None:
        yield f"it had not ended {limit_s:.0f} s later"
    elif not isinstance(played.last, End) or played.exit_code:
        yield f"it did not end with end and exit code 0: {played.ending}"
    elif not played.last.is_stopped:
        yield "end does not say that it was stopped"


def input_ended_at_once(desk: Desk) -> Iterator[str]:
    """Yield what is wrong when stdin ends right behind the job."""
    with RunnerChild(desk.command) as child:
        child.send(encode_job(endless(desk)))
        child.close_stdin()
        yield from clean_stop(child.finish(LAUNCH_LIMIT_S), LAUNCH_LIMIT_S)


def no_job(desk: Desk) -> Iterator[str]:
    """Yield how nothing at all, or half a line, was taken other than refused."""
    for start in (b"", encode_job(desk.job())[:40]):
        with RunnerChild(desk.command) as child:
            child.send(start)
            child.close_stdin()
            played = child.finish(LAUNCH_LIMIT_S)
        last = played.last
        is_refused = isinstance(last, RunnerError) and last.code is FailureCode.BAD_JOB
        if not is_refused or played.exit_code != 1:
            yield f"after {len(start)} bytes and the end of stdin {played.ending}"


def job_in_pieces(desk: Desk) -> Iterator[str]:
    """Yield how a job that comes in two pieces is taken other than as one."""
    line = encode_job(desk.job())
    with RunnerChild(desk.command) as child:
        child.send(line[:100])
        child.watch(lambda: False, 0.2)
        child.send(line[100:])
        played = child.finish(LAUNCH_LIMIT_S)
    if not isinstance(played.last, End) or played.exit_code:
        yield played.ending


def reader_gone(desk: Desk) -> Iterator[str]:
    """Yield what is wrong when nobody reads stdout any more; the raw file shows the end."""
    raw = desk.folder / "reader_gone.ndjson"
    played = _stopped(desk, endless(desk, raw_file=str(raw)), RunnerChild.close_stdout)
    if played.exit_code is None:
        yield f"it had not ended {STOP_LIMIT_S:.0f} s later"
    elif played.exit_code:
        yield f"it did not end with exit code 0: {played.ending}"
    last = Played(tuple(Line(line, 0.0) for line in lines_of(raw)), None, 0.0, "").last
    if not isinstance(last, End) or not last.is_stopped:
        yield "the raw file does not end with end, stopped"


def killed(desk: Desk) -> Iterator[str]:
    """Yield what a raw file lacks that had been sent when the runner was killed."""
    raw = desk.folder / "killed.ndjson"
    played = _stopped(
        desk, endless(desk, raw_file=str(raw)), lambda child: child.signal(signal.SIGKILL)
    )
    sent = [line.data for line in played.lines if line.is_whole and b'"alive"' not in line.data]
    kept = lines_of(raw)
    if kept[: len(sent) - 1] != sent[:-1]:  # the last one may have been under way
        yield f"{len(sent)} events had been sent, and the raw file does not hold all of them"


def slow_reader(desk: Desk) -> Iterator[str]:
    """Yield inferences that waited for a host that does not read."""
    job = desk.job(warmup=NO_WARMUP, measure=FOR_EVER)
    with RunnerChild(desk.command, small_pipe=True) as child:
        child.send(encode_job(job))
        child.watch(lambda: child.has_said(b'"samples"'), LAUNCH_LIMIT_S)
        child.pause_reading(_STARVED_S)
        child.watch(lambda: False, _STARVED_S / 3)  # what comes next shows when it was measured
        child.close_stdin()
        played = child.finish(LAUNCH_LIMIT_S)
    yield from clean_stop(played, LAUNCH_LIMIT_S)
    samples = played.inferences
    pauses_ns = (after.start_ns - before.end_ns for before, after in pairwise(samples))
    longest_s = max(pauses_ns, default=0) / 1e9
    if longest_s > _STARVED_S / 2:
        yield f"inferences paused for {longest_s:.1f} s while the host did not read"


def signalling(number: signal.Signals) -> Callable[[RunnerChild], None]:
    """Return a stop by a signal."""
    return lambda child: child.signal(number)
