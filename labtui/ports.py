"""What the core and the bench need from the world, as protocols; adapters implement them."""

from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from pathlib import Path
from typing import Protocol

from labtui.core.accuracy import Predictions, Score, Tally
from labtui.core.evalset import EvalSet
from labtui.core.events import BenchEvent
from labtui.core.history import (
    LaunchRow,
    OpTimeRow,
    PredictionsRow,
    ReadingRow,
    ResultRow,
    SampleRow,
    ScoreRow,
    SessionRow,
    StoredPlan,
)
from labtui.core.hygiene import Kept
from labtui.core.marks import Mark
from labtui.core.model import (
    DeviceId,
    DeviceSnapshot,
    Digest,
    EngineOptions,
    LaunchUid,
    SessionUid,
    Tool,
    Variant,
)
from labtui.core.plan import DoneLaunch
from labtui.core.plausibility import Past
from labtui.core.readings import Reading
from labtui.core.request import LaunchRequest

OnProgress = Callable[[int, int], None]
"""Called with (sent bytes, total bytes) on the event loop, at most a few times a second."""


MIN_PIECE_BYTES = 1 << 18
"""A shorter piece of a file that grows holds all there is at that moment."""


class Clock(Protocol):
    """Time of the host."""

    def monotonic_s(self) -> float:
        """Return seconds that never go back."""
        ...

    def unix_us(self) -> int:
        """Return the wall clock in µs since 1970 UTC."""
        ...


class RunnerProcess(Protocol):
    """A runner at work on a device."""

    async def read(self) -> bytes:
        """Return the next bytes of its event stream; b"" once it has ended. Raises DeviceError."""
        ...

    def stop(self) -> None:
        """Ask it to end cleanly (end of its stdin); its last events still arrive."""
        ...

    @property
    def exit_code(self) -> int | None:
        """How its process ended, as a shell says it (128 + signal); None while it is not known."""
        ...

    @property
    def diagnostics(self) -> str:
        """The end of what it printed to stderr, and its exit code if it has one."""
        ...


class Device(Protocol):
    """One device that can work. Every method raises DeviceError, and none takes for ever."""

    @property
    def id(self) -> DeviceId:
        """The identity, the same over all transports."""
        ...

    async def prepare(self, tool: Tool | None) -> None:
        """Bring what executes variants onto the device: its runner and engine, or a tool.

        Raises RunnerFailed that says what is missing, and where to get it.
        """
        ...

    async def push(self, local: Path, digest: Digest, on_progress: OnProgress) -> bool:
        """Bring a file onto the device and verify its digest there.

        Return False when the device had it already. Raises DeviceFull before sending anything
        when there is no room, PushFailed when the content differs on arrival.
        """
        ...

    def launch(self, request: LaunchRequest) -> AbstractAsyncContextManager[RunnerProcess]:
        """Start the runner; leaving the context leaves no runner process behind."""
        ...

    async def read_outputs(self, launch: LaunchUid, index: int, offset: int) -> bytes:
        """Return a piece of what a launch's eval set wrote to output `index`, from byte `offset`.

        The piece is bounded, and holds at least MIN_PIECE_BYTES if there are as many: b"" when
        there is no more yet, or no such file. Works while the runner does, and afterwards until
        `drop_outputs`.
        """
        ...

    async def drop_outputs(self, launch: LaunchUid) -> None:
        """Remove what a launch's eval set has written."""
        ...

    def hygiene(self) -> AbstractAsyncContextManager[tuple[Kept, ...]]:
        """Change settings for a run, and say which are in force and which are not supported.

        They are given back when the context ends, however it ends; where that fails, at the next
        contact. Empty for a device that has none. Entering raises DeviceError.
        """
        ...

    async def read_state(self) -> Reading:
        """Return temperatures, thermal status, battery and clocks as they are now."""
        ...

    async def probe(self) -> None:
        """Return when the device answers; raises DeviceHung or DeviceGone within 2 s if not."""
        ...


class DeviceBus(Protocol):
    """All devices of one kind of transport."""

    def watch(self) -> AsyncGenerator[tuple[DeviceSnapshot, ...], None]:
        """Yield the whole bench now and after each change. Raises BenchUnavailable."""
        ...

    @property
    def trouble(self) -> str:
        """One sentence on what keeps devices from being seen now; empty when all is well."""
        ...

    def device(self, device: DeviceId) -> Device:
        """Return the device to work with. Raises DeviceGone when it is not there or not ready."""
        ...

    async def close(self) -> None:
        """Let go of everything; runners still at work are stopped."""
        ...


class Locks(Protocol):
    """One labtui process per device at a time."""

    def hold(self, device: DeviceId) -> AbstractContextManager[None]:
        """Hold the device until the context ends. Raises DeviceBusy at once if another does."""
        ...


class ModelInspector(Protocol):
    """Reads what a model file says of itself."""

    async def inspect(self, path: Path) -> Variant:
        """Return what is known of the file. Raises BadVariant."""
        ...


class Scorer(Protocol):
    """Scores the raw outputs of an eval set while they arrive."""

    @property
    def tally(self) -> Tally:
        """What the items that are complete so far say."""
        ...

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the outputs' `.npy` file. Raises BadOutputs."""
        ...

    def finish(self) -> tuple[Score, Predictions]:
        """Return the whole score. Raises BadOutputs when items are missing."""
        ...


ScorerFactory = Callable[[EvalSet, str, int | None], Scorer]
"""Called with the set, the variant's model (whose reference outputs count) and how many items from
the start are run (None = all). Raises UsageError when the set's folder cannot be read."""


class Recorder(Protocol):
    """The writing side of the history."""

    def record(self, event: BenchEvent) -> None:
        """Take an event; never blocks. It is on disk within 250 ms, a launch's end at once."""
        ...

    async def flush(self) -> None:
        """Return once everything taken so far is on disk. Raises StoreError if it cannot be."""
        ...

    @property
    def trouble(self) -> str:
        """Why events are waiting or were lost (disk full, …); empty when all is well."""
        ...


class History(Protocol):
    """The reading side of the history. Blocking, and quick: lists read stored summaries."""

    def sessions(self, limit: int = 100, before: SessionUid | None = None) -> list[SessionRow]:
        """Return sessions, newest first; `before` continues a list."""
        ...

    def plan(self, session: SessionUid) -> StoredPlan:
        """Return what a session was meant to do. Raises NothingMatched, StoreError."""
        ...

    def done(self, session: SessionUid) -> tuple[DoneLaunch, ...]:
        """Return the launches of a session that need not run again; checks always do."""
        ...

    def marks(self, session: SessionUid) -> list[Mark]:
        """Return what happened between launches: blocks that waited, early ends."""
        ...

    def results(self, session: SessionUid) -> list[ResultRow]:
        """Return one row per device and variant."""
        ...

    def launches(self, sessions: Sequence[SessionUid] = ()) -> Iterator[LaunchRow]:
        """Yield launches that measure in order of start; of all sessions when none is named."""
        ...

    def scores(self, sessions: Sequence[SessionUid] = ()) -> Iterator[ScoreRow]:
        """Yield what the outputs of launches of any purpose were worth, in order of start."""
        ...

    def predictions(self, sessions: Sequence[SessionUid] = ()) -> Iterator[PredictionsRow]:
        """Yield what launches predicted, one launch in memory at a time.

        Raises StoreError if what was stored is damaged.
        """
        ...

    def samples(self, sessions: Sequence[SessionUid] = ()) -> Iterator[SampleRow]:
        """Yield every sample of launches that measure in order, in constant memory.

        Raises StoreError if one is damaged.
        """
        ...

    def readings(self, sessions: Sequence[SessionUid] = ()) -> Iterator[ReadingRow]:
        """Yield readings of launches that measure in order of time."""
        ...

    def op_times(self, sessions: Sequence[SessionUid] = ()) -> Iterator[OpTimeRow]:
        """Yield the ops of profiling passes, launch by launch, in the order in which they ran."""
        ...

    def past(
        self,
        digest: Digest,
        engine: EngineOptions,
        device: DeviceId,
        *,
        is_virtual: bool,
        besides: SessionUid,
    ) -> Past:
        """Return what all sessions but one measured of a variant on a device, under these options.

        Raises StoreError.
        """
        ...

    def find_session(self, prefix: str) -> SessionUid:
        """Return the session whose id starts with `prefix` (`last` = the newest).

        Raises NothingMatched when there is none, UsageError when there are several.
        """
        ...
