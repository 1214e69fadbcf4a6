"""Events on their way to the disk: bounded, and never in the way of who measures."""

from collections import Counter
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Event, Lock

from labtui.core.events import (
    BenchEvent,
    LaunchEnded,
    ReadingTaken,
    RunnerReported,
    SamplesArrived,
    Scored,
    SessionEnded,
    SessionStarted,
)
from labtui.core.model import LaunchUid
from labtui.core.protocol import Control, Log, Profile, RunnerReading

_URGENT = (LaunchEnded, SessionStarted, SessionEnded)
_EVENT_BYTES = 1_000
"""What an event other than samples takes in memory, with its readings or texts: generous."""
_SAMPLE_BYTES = 40
"""An int object and its place in a tuple."""
_OP_BYTES = 400
"""An op of a profile with its texts."""
_PREDICTION_BYTES = 120
"""An item's class, rank and confidence, each an object and its place in a tuple."""
_HURRY_SHARE = 1 / 8
"""When this much of the room is taken, the writer's pause ends early."""


class Loss(StrEnum):
    """What can be dropped, as the columns of `launch` that count it."""

    SAMPLES = "dropped_samples"
    READINGS = "dropped_readings"
    LOGS = "dropped_logs"


Losses = Counter[tuple[LaunchUid, Loss]]


@dataclass
class Parcel:
    """What the writer takes at once."""

    events: list[BenchEvent] = field(default_factory=list)
    losses: Losses = field(default_factory=Counter)
    waiters: list[Future[None]] = field(default_factory=list)
    cost_bytes: int = 0

    def add(self, other: "Parcel") -> None:
        """Append what was taken later."""
        self.events += other.events
        self.losses += other.losses
        self.waiters += other.waiters
        self.cost_bytes += other.cost_bytes


class Inbox:
    """Takes events from any thread; holds at most `limit_bytes`, then counts what it drops."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._lock = Lock()
        self._arriving = Parcel()
        self._held_bytes = 0
        self._arrived = Event()
        self._urgent = Event()

    def put(self, event: BenchEvent) -> None:
        """Take an event, or count it as lost when there is no room."""
        cost_bytes = _cost_bytes(event)
        with self._lock:
            loss = self._loss(event) if self._held_bytes + cost_bytes > self._limit_bytes else None
            if loss is not None:
                self._arriving.losses.update(loss)
            else:
                self._arriving.events.append(event)
                self._arriving.cost_bytes += cost_bytes
                self._held_bytes += cost_bytes
            is_filling = self._arriving.cost_bytes > self._limit_bytes * _HURRY_SHARE
        if not self._arrived.is_set():
            self._arrived.set()
        if is_filling or isinstance(event, _URGENT):
            self._urgent.set()

    @staticmethod
    def _loss(event: BenchEvent) -> Losses | None:
        """Return what is lost without the event; None = it is small and must not be dropped."""
        match event:
            case SamplesArrived(launch, _, samples):
                return Counter({(launch, Loss.SAMPLES): len(samples.durations_ns)})
            case ReadingTaken(launch) | RunnerReported(launch, _, RunnerReading()):
                return Counter({(launch, Loss.READINGS): 1})
            case RunnerReported(launch, _, Log()):
                return Counter({(launch, Loss.LOGS): 1})
        return None

    def wait_for(self, waiter: "Future[None]") -> None:
        """Have `waiter` told when everything put so far is on disk."""
        with self._lock:
            self._arriving.waiters.append(waiter)
        self.hurry()

    def hurry(self) -> None:
        """End the writer's pause now."""
        self._arrived.set()
        self._urgent.set()

    def take(self, idle_s: float | None, pause_s: float) -> Parcel:
        """Wait up to `idle_s` for an arrival, then up to `pause_s` for more; return it all."""
        if not self._arrived.wait(idle_s):
            pause_s = 0.0
        self._urgent.wait(pause_s)
        self._arrived.clear()
        self._urgent.clear()
        with self._lock:
            parcel, self._arriving = self._arriving, Parcel()
        return parcel

    def release(self, cost_bytes: int) -> None:
        """Give room back: events of that cost are on disk."""
        with self._lock:
            self._held_bytes -= cost_bytes


def _cost_bytes(event: BenchEvent) -> int:
    match event:
        case SamplesArrived(samples=several) | RunnerReported(event=Control() as several):
            return _EVENT_BYTES + _SAMPLE_BYTES * len(several.durations_ns)
        case RunnerReported(event=Profile(ops=ops)):
            return _EVENT_BYTES + _OP_BYTES * len(ops)
        case Scored(predictions=predictions):
            return _EVENT_BYTES + _PREDICTION_BYTES * len(predictions)
    return _EVENT_BYTES
