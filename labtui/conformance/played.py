"""What a launch left behind, read line by line so that one bad line does not hide the others."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import TypeVar

from labtui.core.protocol import (
    End,
    ProtocolViolation,
    RunnerError,
    RunnerEvent,
    RunnerStream,
    Samples,
    decode_event,
)
from labtui.core.text import clean

Kind = TypeVar("Kind")


@dataclass(frozen=True, slots=True)
class Line:
    """A line on stdout."""

    data: bytes
    arrived_s: float
    """On the host's monotonic clock."""
    is_whole: bool = True
    """Whether its newline came."""


@dataclass(frozen=True, slots=True)
class Timed:
    """One inference."""

    start_ns: int
    duration_ns: int
    is_warmup: bool

    @property
    def end_ns(self) -> int:
        """When it ended, a millisecond early at most."""
        return self.start_ns + self.duration_ns


@dataclass(frozen=True)
class Played:
    """A launch that is over."""

    lines: tuple[Line, ...]
    exit_code: int | None
    """Negative: ended by that signal. None: it had to be killed."""
    seconds: float
    """From start to end of the process."""
    stderr: str

    @cached_property
    def read(self) -> tuple[tuple[Line, RunnerEvent | str], ...]:
        """Each line that is not blank, with its event, or with what is wrong with it."""
        return tuple((line, _read(line)) for line in self.lines if line.data.strip())

    @cached_property
    def events(self) -> tuple[RunnerEvent, ...]:
        """All events that could be read."""
        return tuple(event for _, event in self.read if not isinstance(event, str))

    @property
    def unreadable(self) -> list[str]:
        """What is wrong with lines that are no events."""
        return [event for _, event in self.read if isinstance(event, str)]

    def all(self, kind: type[Kind]) -> list[Kind]:
        """Return the events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def last(self) -> RunnerEvent | None:
        """The last event."""
        return self.events[-1] if self.events else None

    @cached_property
    def broken_rule(self) -> str:
        """What a host finds wrong with the whole stream; empty when nothing."""
        stream = RunnerStream()
        try:
            for line in self.lines:
                stream.feed(line.data + b"\n")
        except ProtocolViolation as violation:
            return str(violation)
        return ""

    @cached_property
    def inferences(self) -> tuple[Timed, ...]:
        """All samples, in the order in which they came."""
        return tuple(timed for batch in self.all(Samples) for timed in timed_of(batch))

    @property
    def measured(self) -> list[Timed]:
        """The samples that are no warm-up."""
        return [timed for timed in self.inferences if not timed.is_warmup]

    @property
    def warmup(self) -> list[Timed]:
        """The warm-up."""
        return [timed for timed in self.inferences if timed.is_warmup]

    @property
    def ending(self) -> str:
        """How it ended, in words."""
        if self.exit_code is None:
            return "it did not end and was killed"
        last = self.last
        said = "with neither end nor error"
        if isinstance(last, End):
            said = "with end" + (", stopped" if last.is_stopped else "")
        if isinstance(last, RunnerError):
            said = f"with the error {last.code}: {last.text}"
        how = f"exit code {self.exit_code}"
        return f"it ended {said} ({how if self.exit_code >= 0 else f'signal {-self.exit_code}'})"


def timed_of(batch: Samples) -> Iterator[Timed]:
    """Yield each inference of a batch; starts are as exact as the batch says them."""
    offsets_ns = [0, *accumulate(batch.durations_ns[:-1])]
    if batch.offsets_us is not None:
        offsets_ns = [offset_us * 1_000 for offset_us in batch.offsets_us]
    for offset_ns, duration_ns in zip(offsets_ns, batch.durations_ns, strict=False):
        yield Timed(batch.t0_ns + offset_ns, duration_ns, batch.is_warmup)


def _read(line: Line) -> RunnerEvent | str:
    shown = clean(line.data[:60].decode(errors="replace"), 60)
    if not line.is_whole:
        return f"the last line has no newline: {shown}"
    if not line.data.lstrip().startswith(b"{"):
        return f"a line on stdout that is no event: {shown}"
    try:
        return decode_event(line.data)
    except ProtocolViolation as violation:
        return f"{violation}: {shown}"
