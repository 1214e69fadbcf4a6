"""The stream of a runner, kept as a file: what is in it, and whether it follows the protocol."""

from collections.abc import Sequence
from dataclasses import dataclass

from labtui.core.protocol import (
    BrokenStream,
    Hello,
    RunnerError,
    RunnerEvent,
    RunnerStream,
    Samples,
)
from labtui.core.text import clean


@dataclass(frozen=True, slots=True)
class Transcript:
    """One launch as its runner told it."""

    runner: str
    """Name and version; empty before hello."""
    engine: str
    events: tuple[tuple[str, int], ...]
    """How many of each type."""
    warmup: int
    measured: int
    """Samples that arrived, whether or not the stream is whole."""
    is_whole: bool
    cause: str
    """Why it is not whole, or how the launch failed."""


def parse_transcript(data: bytes) -> Transcript:
    """Check a transcript as the bench checks a live stream."""
    stream = RunnerStream()
    cause = ""
    try:
        events = stream.feed(data)
    except BrokenStream as violation:
        events, cause = violation.events, str(violation)
    if not cause and stream.outcome is None:
        cause = "the stream ends before the runner said how the launch ended"
    is_whole = not cause
    if isinstance(stream.outcome, RunnerError):
        cause = stream.outcome.text
    return _transcript(events, is_whole=is_whole, cause=clean(cause, 300))


def _transcript(events: Sequence[RunnerEvent], *, is_whole: bool, cause: str) -> Transcript:
    hello = next((event for event in events if isinstance(event, Hello)), None)
    names = [type(event).__name__ for event in events]
    batches = [event for event in events if isinstance(event, Samples)]
    return Transcript(
        runner=clean(f"{hello.runner} {hello.runner_version}") if hello else "",
        engine=clean(f"{hello.engine} {hello.engine_version}") if hello else "",
        events=tuple((name, names.count(name)) for name in dict.fromkeys(names)),
        warmup=sum(len(batch.durations_ns) for batch in batches if batch.is_warmup),
        measured=sum(len(batch.durations_ns) for batch in batches if not batch.is_warmup),
        is_whole=is_whole,
        cause=cause,
    )
