"""The history of one variant on one device: same options only, and none of this session."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from labtui.core.events import BenchEvent, Outcome
from labtui.core.model import DeviceId, Digest, EngineOptions, LaunchUid, SessionUid
from labtui.core.plan import LaunchSpec
from labtui.core.plausibility import Past
from labtui.core.protocol import Aggregate
from labtui.store import Store
from tests.store.bench_events import (
    DIGEST,
    PHONE,
    launch_ended,
    launch_started,
    phone,
    reported,
    session_ended,
    session_started,
    variant,
)
from tests.store.conftest import Query

Record = Callable[[Iterable[BenchEvent]], None]
NOW = SessionUid("01S999")
ENGINE = variant().engine


def session(
    number: int,
    *p50s_ns: int,
    outcome: Outcome = Outcome.DONE,
    engine: EngineOptions = ENGINE,
    device: DeviceId = PHONE,
    is_virtual: bool = False,
    digest: Digest = DIGEST,
) -> list[BenchEvent]:
    uid = SessionUid(f"01S{number:03d}")
    planned = replace(variant(digest=digest), engine=engine)
    phones = [phone(device, is_virtual=is_virtual)]
    events: list[BenchEvent] = [session_started(uid, phones, [planned])]
    for index, p50_ns in enumerate(p50s_ns):
        launch = LaunchUid(f"01L{number:03d}{index}")
        events += [
            launch_started(launch, uid, device, LaunchSpec(index, 0, 0)),
            launch_ended([p50_ns], launch, outcome),
        ]
    return [*events, session_ended(uid)]


def past(store: Store, engine: EngineOptions = ENGINE) -> Past:
    return store.history.past(DIGEST, engine, PHONE, is_virtual=False, besides=NOW)


def test_each_session_counts_once_by_its_median(store: Store, record: Record) -> None:
    record([*session(1, 100, 120, 500), *session(2, 90), *session(999, 7, 7, 7)])
    assert Past((90, 120), 4) == past(store)


def test_without_history_there_is_none(store: Store, record: Record) -> None:
    assert Past() == past(store)
    record(session(999, 5))
    assert Past() == past(store)


@pytest.mark.parametrize(
    "other",
    [
        session(1, 5, outcome=Outcome.FAILED),
        session(1, 5, outcome=Outcome.STOPPED),
        session(1, 5, engine=replace(ENGINE, threads=7)),
        session(1, 5, engine=replace(ENGINE, accelerator="cpu")),
        session(1, 5, engine=replace(ENGINE, affinity=3)),
        session(1, 5, engine=replace(ENGINE, xnnpack=False)),
        session(1, 5, device=DeviceId("android:OTHER")),
        session(1, 5, is_virtual=True),
        session(1, 5, digest=Digest("b" * 64)),
    ],
    ids=["failed", "stopped", "threads", "unit", "cpus", "xnnpack", "device", "virtual", "file"],
)
def test_what_differs_is_another_history(
    store: Store, record: Record, other: list[BenchEvent]
) -> None:
    record([*other, *session(999)])
    assert Past() == past(store)


def test_a_mask_of_cpus_is_compared_like_everything_else(store: Store, record: Record) -> None:
    pinned = replace(ENGINE, affinity=0xF0)
    record([*session(1, 5, engine=pinned), *session(999)])
    assert Past((5,), 1) == past(store, pinned)


def test_totals_are_no_history(store: Store, record: Record) -> None:
    uid, launch = SessionUid("01S1"), LaunchUid("01L1")
    totals = reported(Aggregate(5, 7.0, p50_ns=7.0), launch)
    record([session_started(uid), launch_started(launch, uid), totals, launch_ended([], launch)])
    record(session(999))
    assert Past() == past(store)


def test_looking_back_uses_indexes(store: Store, query: Query) -> None:
    from labtui.store import history  # noqa: PLC0415 (its SQL alone)

    names = ("device", "digest", "besides", "accelerator", "threads", "affinity", "xnnpack")
    sql = f"explain query plan {history._PAST}"
    for name in (*names, "is_virtual", "most"):
        sql = sql.replace(f":{name}", "1")
    plan = [row[3] for row in query(sql)]
    assert [] == [step for step in plan if step.startswith("SCAN")]
