"""A runner's bytes -> checked events: framing, order and completeness of one launch."""

from labtui.core.protocol.codec import decode_event
from labtui.core.protocol.events import (
    Aggregate,
    Control,
    End,
    Evaluated,
    Hello,
    Log,
    Profile,
    RunnerError,
    RunnerEvent,
    Samples,
)
from labtui.core.protocol.fields import MAX_LINE_BYTES, ProtocolMismatch, ProtocolViolation
from labtui.core.protocol.job import PROTOCOL_VERSION
from labtui.core.text import clean

MAX_STRAY_LINES = 100
"""Engines print to stdout now and then; more than this is a program that is no runner."""


class RunnerStream:
    """Reads one launch. Feed it bytes as they come; it holds at most one unfinished line."""

    def __init__(self) -> None:
        self._tail = b""
        self._strays = 0
        self._said_hello = False
        self._warmup = 0
        self._measured = 0
        self._closing: set[type[RunnerEvent]] = set()
        """Kinds of events that came after measuring."""
        self._last: End | RunnerError | None = None

    @property
    def outcome(self) -> End | RunnerError | None:
        """How the runner says the launch ended; None = it has not said (yet)."""
        return self._last

    def feed(self, data: bytes) -> list[RunnerEvent]:
        """Return the events completed by `data`.

        Raises ProtocolViolation; the events before the offending line of the same `data` are in
        its `events` attribute, so that nothing that was measured is lost.
        """
        *lines, self._tail = (self._tail + data).split(b"\n")
        events: list[RunnerEvent] = []
        try:
            for line in lines:
                if line.strip():
                    events.append(self._checked(line))  # noqa: PERF401 (events survive a violation)
            if len(self._tail) > MAX_LINE_BYTES:
                raise ProtocolViolation(f"a line of more than {MAX_LINE_BYTES} bytes")  # noqa: TRY301
        except ProtocolViolation as violation:
            self._tail = b""
            raise BrokenStream(violation, events) from violation
        return events

    def _checked(self, line: bytes) -> RunnerEvent:
        if not line.lstrip().startswith(b"{"):
            return self._stray(line)
        event = decode_event(line)
        self._follow(event)
        return event

    def _stray(self, line: bytes) -> Log:
        self._strays += 1
        if self._strays > MAX_STRAY_LINES or len(line) > MAX_LINE_BYTES:
            raise ProtocolViolation("the program prints something other than runner events")
        return Log("stray", clean(line.decode(errors="replace"), 400))

    def _follow(self, event: RunnerEvent) -> None:
        if self._last is not None:
            raise ProtocolViolation("an event after the last one")
        if not self._said_hello and not isinstance(event, Hello | RunnerError | Log):
            raise ProtocolViolation("an event before hello")
        match event:
            case Hello():
                self._greet(event)
            case Samples():
                self._count(event)
            case Aggregate() | Control() | Profile() | Evaluated():
                self._close_measuring(event)
            case End() | RunnerError():
                self._finish(event)

    def _greet(self, hello: Hello) -> None:
        if self._said_hello:
            raise ProtocolViolation("a second hello")
        if hello.protocol != PROTOCOL_VERSION:
            raise ProtocolMismatch(
                f"the runner speaks protocol {hello.protocol}, labtui {PROTOCOL_VERSION}: "
                "install the runner that belongs to this labtui"
            )
        self._said_hello = True

    def _count(self, samples: Samples) -> None:
        if samples.first_index != self._warmup + self._measured:
            raise ProtocolViolation("samples are missing or repeated")
        if samples.is_warmup and self._measured:
            raise ProtocolViolation("warm-up samples after measured ones")
        if self._closing:
            raise ProtocolViolation("samples after the end of measuring")
        if samples.is_warmup:
            self._warmup += len(samples.durations_ns)
        else:
            self._measured += len(samples.durations_ns)

    def _close_measuring(self, event: Aggregate | Control | Profile | Evaluated) -> None:
        if type(event) in self._closing:
            raise ProtocolViolation(f"{type(event).__name__.lower()} comes twice")
        if isinstance(event, Aggregate) and self._warmup + self._measured:
            raise ProtocolViolation("both samples and their aggregate")
        self._closing.add(type(event))

    def _finish(self, event: End | RunnerError) -> None:
        if isinstance(event, End) and (event.warmup, event.measured) != (
            self._warmup,
            self._measured,
        ):
            raise ProtocolViolation("the counts at the end are not those of the stream")
        self._last = event


class BrokenStream(ProtocolViolation):
    """A stream that broke the protocol, with the events read before it did."""

    def __init__(self, violation: ProtocolViolation, events: list[RunnerEvent]) -> None:
        super().__init__(str(violation))
        self.events = events
        self.is_mismatch = isinstance(violation, ProtocolMismatch)
