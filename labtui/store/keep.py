"""Bench events -> rows. Holds no state: a transaction that failed can be run again."""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import ParamSpec

from labtui.core.events import (
    AlarmRaised,
    BenchEvent,
    CanaryMeasured,
    DeviceEnded,
    GateWaited,
    HygieneApplied,
    LaunchEnded,
    LaunchStarted,
    MeasuredEnough,
    PushEnded,
    ReadingTaken,
    RunnerReported,
    SamplesArrived,
    Scored,
    SessionEnded,
    SessionStarted,
)
from labtui.core.model import LaunchUid
from labtui.core.protocol import Samples
from labtui.store.inbox import Losses
from labtui.store.keep_block import keep_canary, keep_early_stop, keep_wait
from labtui.store.keep_launch import (
    count_losses,
    end_launch,
    keep_alarm,
    keep_reading,
    keep_samples,
    start_launch,
)
from labtui.store.keep_report import keep_report
from labtui.store.keep_score import keep_score
from labtui.store.keep_session import (
    end_device,
    end_session,
    keep_push,
    keep_settings,
    start_session,
)

_Args = ParamSpec("_Args")

_UNFIT = (
    sqlite3.IntegrityError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
    OverflowError,
    UnicodeError,
)
"""What is wrong with an event, not with the disk: trying again would not help."""


def keep(
    connection: sqlite3.Connection, owner: str, events: Sequence[BenchEvent], losses: Losses
) -> int:
    """Store events and what was lost between them; return how many had no place.

    Such an event contradicts the history, e.g. samples of a launch that never started. It
    must not keep the others from the disk, hence it is left out.
    """
    rejected = 0
    batches: defaultdict[LaunchUid, list[Samples]] = defaultdict(list)
    for event in events:
        if isinstance(event, SamplesArrived):
            batches[event.launch].append(event.samples)
        else:
            rejected += not _fits(_keep_event, connection, owner, event)
    for launch, arrived in batches.items():
        rejected += not _fits(keep_samples, connection, launch, arrived)
    rejected += not _fits(count_losses, connection, losses)
    return rejected


def _fits(store: Callable[_Args, None], *args: _Args.args, **kwargs: _Args.kwargs) -> bool:
    try:
        store(*args, **kwargs)
    except _UNFIT:
        return False
    return True


def _keep_event(connection: sqlite3.Connection, owner: str, event: BenchEvent) -> None:
    match event:
        case SessionStarted():
            start_session(connection, owner, event)
        case PushEnded():
            keep_push(connection, owner, event)
        case HygieneApplied():
            keep_settings(connection, owner, event)
        case GateWaited():
            keep_wait(connection, owner, event)
        case CanaryMeasured():
            keep_canary(connection, owner, event)
        case MeasuredEnough():
            keep_early_stop(connection, owner, event)
        case DeviceEnded():
            end_device(connection, owner, event)
        case SessionEnded():
            end_session(connection, event)
        case _:
            _keep_of_launch(connection, event)


def _keep_of_launch(connection: sqlite3.Connection, event: BenchEvent) -> None:
    match event:
        case LaunchStarted():
            start_launch(connection, event)
        case RunnerReported():
            keep_report(connection, event.launch, event.event)
        case ReadingTaken():
            keep_reading(connection, event)
        case Scored():
            keep_score(connection, event.launch, event.score, event.predictions)
        case LaunchEnded():
            end_launch(connection, event)
        case AlarmRaised():
            keep_alarm(connection, event)
