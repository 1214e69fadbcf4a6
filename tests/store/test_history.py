"""What is recorded comes back: sessions, launches, samples, readings, results."""

from collections.abc import Callable, Iterable

import pytest

from labtui.core.events import BenchEvent, DeviceEnded, Outcome
from labtui.core.history import ReadingRow, SampleRow, StoredPlan
from labtui.core.model import DeviceId, Digest, LaunchUid, SessionUid
from labtui.core.plan import LaunchSpec
from labtui.core.readings import ThermalStatus
from labtui.core.stats import summarise
from labtui.errors import NothingMatched, StoreError, UsageError
from labtui.store import Store
from tests.store.bench_events import (
    DIGEST,
    LAUNCH,
    MEASURED_NS,
    PHONE,
    SESSION,
    STARTED_US,
    launch_ended,
    launch_started,
    phone,
    reading_taken,
    samples,
    session_ended,
    session_started,
    variant,
    whole_session,
)
from tests.store.conftest import Query

Record = Callable[[Iterable[BenchEvent]], None]


def test_a_session_is_listed_with_its_counts(store: Store, record: Record) -> None:
    record(whole_session())
    (row,) = store.history.sessions()
    assert (SESSION, "nightly", "quick") == (row.session, row.name, row.preset)
    assert (STARTED_US, STARTED_US + 10_000) == (row.started_us, row.ended_us)
    assert (1, 1, 1, 4) == (row.devices, row.variants, row.launches, row.samples)
    assert (Outcome.DONE, False, ("baseline",), "") == (
        row.outcome,
        row.is_virtual,
        row.tags,
        row.note,
    )


def test_a_launch_comes_back_with_its_conditions(store: Store, record: Record) -> None:
    record(whole_session())
    (row,) = store.history.launches()
    assert (LAUNCH, SESSION, PHONE, DIGEST) == (row.launch, row.session, row.device, row.digest)
    assert ("Pixel 7 Pro", "Tensor G2", "Android 14", "build/7") == (
        row.device_name,
        row.soc,
        row.os_version,
        row.build,
    )
    assert ("LiteRT 2.3", "host 0.1") == (row.engine, row.runner)
    assert ("gpu", "gpu GPU 61 + cpu 3", 2) == (
        row.accelerator_asked,
        row.placement,
        row.threads,
    )
    assert (2_000, 3_000, 2) == (row.init_ns, row.first_ns, row.warmup_count)
    assert (31.5, 35.0, True) == (row.start_temp_c, row.end_temp_c, row.was_throttled)
    assert (summarise(MEASURED_NS), Outcome.DONE, "") == (row.summary, row.outcome, row.cause)


def test_samples_come_back_in_order_with_their_starts(store: Store, record: Record) -> None:
    record(whole_session())
    assert [
        SampleRow(LAUNCH, 0, 1_000_000, 900, True),
        SampleRow(LAUNCH, 1, 1_000_900, 800, True),
        SampleRow(LAUNCH, 2, 2_000_000, 100, False),
        SampleRow(LAUNCH, 3, 2_000_100, 130, False),
        SampleRow(LAUNCH, 4, 2_000_230, 110, False),
        SampleRow(LAUNCH, 5, 2_000_340, 120, False),
    ] == list(store.history.samples())


def test_the_sample_view_says_the_same_as_the_reader(
    store: Store, record: Record, query: Query
) -> None:
    paced = samples([5, 6, 7], first_index=6, t0_ns=9_000_000, offsets_us=(0, 20, 40))
    record([*whole_session(), paced])
    rows = [(s.launch, s.index, s.t_ns, s.latency_ns, s.is_warmup) for s in store.history.samples()]
    assert rows == query("select launch, idx, t_ns, latency_ns, is_warmup from sample order by idx")
    assert (LAUNCH, 8, 9_040_000, 7, False) == rows[-1]


def test_readings_come_back_from_device_and_runner(store: Store, record: Record) -> None:
    record(whole_session())
    assert [
        ReadingRow(LAUNCH, 500, 31.5, 0, 81, 29.5, None),
        ReadingRow(LAUNCH, 2_500_000, None, None, None, None, 0.9),
        ReadingRow(LAUNCH, 3_000_000, 35.0, 0, 81, 29.5, None),
    ] == list(store.history.readings([SESSION]))


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], None),
        ([None], None),
        ([ThermalStatus.NONE], False),
        ([None, ThermalStatus.NONE, ThermalStatus.SEVERE], True),
    ],
)
def test_throttling_is_unknown_when_nothing_could_tell(
    store: Store, record: Record, statuses: list[ThermalStatus | None], expected: bool | None
) -> None:
    readings = [reading_taken(30.0, status) for status in statuses]
    record([session_started(), launch_started(), *readings])
    (row,) = store.history.launches()
    assert expected is row.was_throttled


def many_launches(launches: list[tuple[int, Outcome]]) -> list[BenchEvent]:
    events: list[BenchEvent] = [session_started()]
    for index, (p50_ns, outcome) in enumerate(launches):
        launch = LaunchUid(f"01L{index:03d}")
        cause = "The runner crashed." if outcome is Outcome.FAILED else ""
        events += [
            launch_started(launch, spec=LaunchSpec(index, 0, index // 2)),
            samples([p50_ns], launch=launch),
            launch_ended([p50_ns], launch, outcome, cause),
        ]
    return [*events, session_ended()]


DONE, FAILED, STOPPED = Outcome.DONE, Outcome.FAILED, Outcome.STOPPED


@pytest.mark.parametrize(
    ("launches", "expected"),
    [
        ([(100, DONE)], (100.0, None, 0, "")),
        ([(100, DONE), (300, DONE)], (200.0, 200.0, 0, "")),
        ([(100, DONE), (300, DONE), (110, DONE)], (110.0, 200.0, 0, "")),
        ([(100, DONE), (110, STOPPED), (900, FAILED)], (105.0, 10.0, 1, "The runner crashed.")),
        ([(900, FAILED)], (None, None, 1, "The runner crashed.")),
    ],
)
def test_results_are_medians_over_launches(
    store: Store,
    record: Record,
    launches: list[tuple[int, Outcome]],
    expected: tuple[float | None, float | None, int, str],
) -> None:
    record(many_launches(launches))
    (row,) = store.history.results(SESSION)
    assert expected == (row.p50_ns, row.spread_ns, row.failed, row.cause)
    assert (len(launches), 12_345, "gpu", 2) == (
        row.launches,
        row.size_bytes,
        row.accelerator_asked,
        row.threads,
    )


def test_a_device_where_nothing_could_be_launched_has_result_rows(
    store: Store, record: Record
) -> None:
    other = DeviceId("android:OTHER")
    record(
        [
            session_started(
                devices=[phone(), phone(other, is_virtual=True)],
                variants=[variant("fp32", Digest("c" * 64)), variant()],
            ),
            DeviceEnded(other, Outcome.FAILED, "The phone is full."),
        ]
    )
    rows = store.history.results(SESSION)
    assert [(PHONE, "fp32"), (PHONE, "full8"), (other, "fp32"), (other, "full8")] == [
        (r.device, r.recipe) for r in rows
    ]
    assert (0, 0, None, "The phone is full.", True) == (
        rows[-1].launches,
        rows[-1].failed,
        rows[-1].p50_ns,
        rows[-1].cause,
        rows[-1].is_virtual,
    )


def test_sessions_are_paged_newest_first(store: Store, record: Record) -> None:
    record(session_started(SessionUid(f"01S{n}")) for n in range(5))
    newest = store.history.sessions(limit=2)
    assert ["01S4", "01S3"] == [row.session for row in newest]
    older = store.history.sessions(limit=2, before=newest[-1].session)
    assert ["01S2", "01S1"] == [row.session for row in older]


@pytest.mark.parametrize(
    ("prefix", "found"), [("last", "01SB2"), ("01sa", "01SA1"), ("01SB2", "01SB2")]
)
def test_a_session_is_found_by_its_start(
    store: Store, record: Record, prefix: str, found: str
) -> None:
    record(session_started(SessionUid(uid)) for uid in ("01SA1", "01SB1", "01SB2"))
    assert found == store.history.find_session(prefix)


def test_what_cannot_be_found_is_said(store: Store, record: Record) -> None:
    with pytest.raises(NothingMatched, match="history list"):
        store.history.find_session("last")
    record(session_started(SessionUid(uid)) for uid in ("01SB1", "01SB2"))
    with pytest.raises(UsageError, match="Several sessions"):
        store.history.find_session("01SB")
    with pytest.raises(NothingMatched, match="No session matches '%'"):
        store.history.find_session("%")


@pytest.mark.parametrize(
    "damage",
    [
        "latency_ns = replace(latency_ns, '130', '230')",
        "t0_ns = t0_ns + 1",
        "seq0 = seq0 + 1",
        "is_warmup = 1 - is_warmup",
        "crc32 = crc32 + 1",
    ],
)
def test_a_chunk_that_changed_on_disk_is_flagged(
    store: Store, record: Record, query: Query, damage: str
) -> None:
    record(whole_session())
    query(f"update sample_chunk set {damage} where n = 4 returning id")  # noqa: S608 (names from here)
    query("commit")
    with pytest.raises(StoreError, match=f"damaged .*{LAUNCH}.* do not match their checksum"):
        list(store.history.samples())


def test_reading_a_history_that_is_gone_is_a_store_error(store: Store) -> None:
    store.path.unlink()
    with pytest.raises(StoreError, match="There is no history at"):
        store.history.sessions()


def test_the_plan_of_a_session_comes_back(store: Store, record: Record) -> None:
    started = session_started(tags=("baseline",))
    record([started, session_ended(outcome=Outcome.STOPPED)])
    assert StoredPlan(SESSION, started.plan, Outcome.STOPPED) == store.history.plan(SESSION)


def test_the_plan_of_no_session_is_not_there(store: Store) -> None:
    with pytest.raises(NothingMatched, match="no session 01S000"):
        store.history.plan(SESSION)


def test_a_plan_that_cannot_be_read_is_said(store: Store, record: Record, query: Query) -> None:
    record([session_started()])
    query("update session set plan = json_set(plan, '$.moon', 1) returning uid")
    query("commit")
    with pytest.raises(StoreError, match=r"01S000 .*unknown field 'moon'.*start a new run"):
        store.history.plan(SESSION)
