"""What outputs were worth: kept, read, and never mixed with what was measured."""

from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from sqlite3 import connect

import pytest

from labtui.core.accuracy import Golden, Health, Score, Tally
from labtui.core.events import BenchEvent, Outcome
from labtui.core.history import Numerics
from labtui.core.model import LaunchUid, SessionUid, VariantFormat
from labtui.core.plan import LaunchSpec, Purpose, Skip, remaining, schedule
from labtui.core.sustained import sustained_p90_ns
from labtui.errors import StoreError
from labtui.store import Store, migrate, open_store
from tests.store.bench_events import (
    EVAL_SET,
    GOLDEN,
    HALF,
    LAUNCH,
    PHONE,
    RIGHT,
    SESSION,
    launch_ended,
    launch_started,
    scored,
    scored_session,
    session_started,
    variant,
    whole_session,
)
from tests.store.conftest import Query

Record = Callable[[Iterable[BenchEvent]], None]


def test_scores_come_back_with_their_conditions(store: Store, record: Record) -> None:
    record(scored_session())
    *_, row = store.history.scores([SESSION])
    assert Score(EVAL_SET.digest, Tally(4, 2, 4), GOLDEN, Health.OK) == row.score
    assert ("digits", Purpose.EVALUATE, "net@56", "Pixel 7 Pro", "LiteRT 2.3", "gpu", 2) == (
        row.eval_set, row.purpose, row.model, row.device_name, row.engine, row.accelerator_asked,
        row.threads,
    )  # fmt: skip


def test_predictions_come_back_launch_by_launch(store: Store, record: Record) -> None:
    record([*scored_session(), *scored_session(SessionUid("01S001"))])
    rows = list(store.history.predictions([SESSION]))
    assert [RIGHT, RIGHT, RIGHT, HALF] == [row.predictions for row in rows]
    assert [f"{SESSION}L{n}" for n in (0, 1, 4, 5)] == [row.scored.launch for row in rows]
    assert 8 == len(list(store.history.predictions()))


def test_each_item_is_a_row(record: Record, query: Query) -> None:
    record(scored_session())
    sql = "select item, predicted, label_rank, is_right, confidence from prediction_item"
    assert [(0, 0, 1, 1, 0.9), (1, 2, 2, 0, 0.8), (2, 2, 1, 1, 0.7), (3, 1, 3, 0, 0.4)] == query(
        f"{sql} where launch = ?", f"{SESSION}L5"
    )


def test_an_eval_set_is_described_once(record: Record, query: Query) -> None:
    record([*scored_session(), *scored_session(SessionUid("01S001"))])
    assert [("digits", "classification", 4, 3, "two", "CC0")] == query(
        "select name, task, count, classes, label_names ->> '$[2]', licence from eval_set"
    )


def test_a_score_of_a_set_that_nobody_described_is_kept(store: Store, record: Record) -> None:
    record([session_started(), started(LAUNCH, Purpose.CHECK), scored(LAUNCH, RIGHT)])
    (row,) = store.history.scores()
    assert ("", EVAL_SET.digest) == (row.eval_set, row.score.eval_set)


def started(launch: LaunchUid, purpose: Purpose, index: int = 0) -> BenchEvent:
    return launch_started(launch, spec=LaunchSpec(index, 0, index, purpose))


def test_only_what_measures_counts_as_measured(store: Store, record: Record, query: Query) -> None:
    check, measure, evaluate = (LaunchUid(f"01L{n}") for n in range(3))
    record(
        [
            session_started(),
            started(check, Purpose.CHECK),
            launch_ended([7], check),
            started(measure, Purpose.MEASURE, 1),
            launch_ended([100], measure),
            started(evaluate, Purpose.EVALUATE, 2),
            launch_ended([9], evaluate, Outcome.FAILED, "It left."),
        ]
    )
    (session,), (result,) = store.history.sessions(), store.history.results(SESSION)
    assert (1, 1, 1, 0, 100, "It left.") == (
        session.launches, result.launches, result.samples, result.failed, result.p50_ns,
        result.cause,
    )  # fmt: skip
    assert [measure] == [row.launch for row in store.history.launches()]
    assert [("check",), ("measure",), ("evaluate",)] == query("select purpose from launch")


def test_checks_are_never_done(store: Store, record: Record) -> None:
    record(scored_session())
    assert [2, 3, 4, 5] == [launch.index for launch in store.history.done(SESSION)]


@pytest.mark.parametrize(("done", "left"), [([2, 3], [0, 1]), ([1, 2], [0, 3]), ([1, 2, 3], None)])
def test_what_goes_on_checks_again(
    store: Store, record: Record, done: list[int], left: list[int] | None
) -> None:
    planned = replace(variant(), check=0, evaluate=0)
    begun = session_started(variants=[planned], eval_sets=(EVAL_SET,))
    specs = {spec.index: spec for spec in schedule(begun.plan, PHONE)}
    events: list[BenchEvent] = [begun]
    for index in (0, *done):
        launch = LaunchUid(f"01L{index}")
        events += [launch_started(launch, spec=specs[index]), launch_ended([5], launch)]
    record(events)
    rest = remaining(store.history.plan(SESSION).plan, store.history.done(SESSION))
    assert left == (rest and [spec.index for spec in schedule(rest, PHONE)])


def test_what_failed_is_not_done(store: Store, record: Record) -> None:
    failed = launch_ended([], LAUNCH, Outcome.FAILED, "It left.")
    record([session_started(), started(LAUNCH, Purpose.EVALUATE), failed])
    assert () == store.history.done(SESSION)


def test_what_is_evaluated_is_no_past(store: Store, record: Record) -> None:
    measured = started(LAUNCH, Purpose.MEASURE)
    other = LaunchUid("01L001")
    record([session_started(), measured, launch_ended([100], LAUNCH)])
    record([started(other, Purpose.EVALUATE, 1), launch_ended([5], other)])
    (planned,) = store.history.plan(SESSION).plan.variants
    past = store.history.past(
        planned.variant.digest, planned.engine, PHONE, is_virtual=False, besides=SessionUid("x")
    )
    assert ((100.0,), 1) == (past.session_p50s_ns, past.launches)


def test_a_result_shows_its_evaluation(store: Store, record: Record) -> None:
    record(scored_session())
    right, half = store.history.results(SESSION)
    assert (Tally(4, 4, 4), Tally(4, 2, 4)) == (right.tally, half.tally)
    assert ("digits", Numerics.OK, 41.5, (1, 56, 56, 1), 9_100, VariantFormat.TFLITE) == (
        half.eval_set, half.numerics, half.golden_snr_db, half.input_shape, half.parameters,
        half.format,
    )  # fmt: skip


def test_what_nobody_scored_is_unchecked(store: Store, record: Record) -> None:
    record(whole_session())
    (result,) = store.history.results(SESSION)
    assert (Numerics.UNCHECKED, None, "", None) == (
        result.numerics, result.tally, result.eval_set, result.golden_snr_db,
    )  # fmt: skip


def test_a_check_is_no_accuracy(store: Store, record: Record) -> None:
    record([session_started(), started(LAUNCH, Purpose.CHECK), scored(LAUNCH, RIGHT)])
    (result,) = store.history.results(SESSION)
    assert (Numerics.OK, None, 41.5) == (result.numerics, result.tally, result.golden_snr_db)


@pytest.mark.parametrize("health", [health for health in Health if health.is_red])
def test_broken_once_is_broken(store: Store, record: Record, health: Health) -> None:
    golden = Golden(2, None, 0)
    later = LaunchUid("01L001")
    record(
        [
            session_started(),
            started(LAUNCH, Purpose.CHECK),
            scored(LAUNCH, HALF, health, golden),
            started(later, Purpose.EVALUATE, 1),
            scored(later, RIGHT, Health.OK, None),
        ]
    )
    (result,) = store.history.results(SESSION)
    broken, _ = store.history.scores()
    assert (Numerics.BROKEN, Tally(4, 4, 4), None) == (
        result.numerics, result.tally, result.golden_snr_db,
    )  # fmt: skip
    assert (health, golden) == (broken.score.health, broken.score.golden)


def test_a_health_of_another_version_is_red(store: Store, record: Record, query: Query) -> None:
    record([session_started(), started(LAUNCH, Purpose.CHECK), scored(LAUNCH, RIGHT)])
    query("update score set health = 'upside_down' returning launch_id")
    query("commit")
    (row,), (result,) = store.history.scores(), store.history.results(SESSION)
    assert row.score.is_red
    assert Numerics.BROKEN is result.numerics


def test_damaged_predictions_are_said(store: Store, record: Record, query: Query) -> None:
    record(scored_session())
    query("update prediction set items = '[[1,2]]' returning launch_id")
    query("commit")
    with pytest.raises(StoreError, match="the predictions of launch 01S000L0"):
        list(store.history.predictions())


def test_what_a_device_was_spared_is_said(store: Store, record: Record) -> None:
    plain = session_started()
    skip = Skip(PHONE, 0, "It needs iOS 18: update the phone.")
    record([replace(plain, plan=replace(plain.plan, skipped=(skip,)))])
    (result,) = store.history.results(SESSION)
    assert ("It needs iOS 18: update the phone.", 0) == (result.cause, result.launches)
    assert (skip,) == store.history.plan(SESSION).plan.skipped


SECOND_NS = 1_000_000_000


@pytest.mark.parametrize(
    ("launches", "sustained_s"),
    [
        # Each launch: seconds per inference, how many.
        ([(1, 89)], None),
        ([(1, 90)], 1.0),
        ([(1, 30), (1, 30), (2, 20)], 2.0),
        ([(1, 200), (2, 50)], 2.0),
        ([(9, 10), (1, 30), (2, 30), (4, 30)], 4.0),
        ([(1, 70), (9, 1), (2, 10), (3, 5), (4, 5)], 3.5),
        ([], None),
    ],
)
def test_sustained_is_the_last_third_of_what_was_measured(
    store: Store, record: Record, launches: list[tuple[int, int]], sustained_s: float | None
) -> None:
    events: list[BenchEvent] = [session_started()]
    for index, (latency_s, count) in enumerate(launches):
        launch = LaunchUid(f"01L{index}")
        events += [
            started(launch, Purpose.MEASURE, index),
            launch_ended([latency_s * SECOND_NS] * count, launch),
        ]
    record(events)
    (result,) = store.history.results(SESSION)
    assert (sustained_s and sustained_s * SECOND_NS) == result.sustained_p90_ns
    summaries = [row.summary for row in store.history.launches() if row.summary is not None]
    assert sustained_p90_ns(summaries) == result.sustained_p90_ns


def test_within_one_launch_the_last_third_counts(store: Store, record: Record) -> None:
    durations_ns = [SECOND_NS] * 60 + [2 * SECOND_NS] * 30
    record([session_started(), started(LAUNCH, Purpose.MEASURE), launch_ended(durations_ns)])
    (result,), (launch,) = store.history.results(SESSION), store.history.launches()
    assert launch.summary is not None
    assert 2.0 * SECOND_NS == result.sustained_p90_ns == launch.summary.tail_p90_ns


OLD_SESSION = """
    insert into device values ('android:OLD', 'android');
    insert into variant values ('aa', 'tflite', 9, 7, '[{"shape":[1,8,8,3]}]', '[]', '{}', '{}');
    insert into session (uid, name, preset, seed, plan, started_us, outcome, host, labtui_version,
        owner) values ('01S', 'n', 'quick', 0, '{}', 1, 'done', '{}', '0.3.0', 'gone');
    insert into session_device (session, device, position, name, soc, os_version, build, abi,
        is_virtual, transport, outcome)
        values ('01S', 'android:OLD', 0, 'P', '', '', '', '', 0, 'usb', 'done');
    insert into session_variant (session, position, digest, path, model, recipe, accelerator,
        threads) values ('01S', 0, 'aa', 'x.tflite', 'x', '', 'cpu', 1);
    insert into launch (uid, session, device, variant_position, block, position, started_us,
        outcome) values ('01L', '01S', 'android:OLD', 0, 0, 0, 1, 'done');
    insert into launch_stat values (1, 100, 1e9, 1, 4, 1e9, 1e9, 1e9, 6);
    insert into evaluation values (1, 4, 9, '[]');
"""


def test_a_history_of_version_3_keeps_its_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "history.db"
    known = migrate.migrations()
    third = {name: sql for name, sql in known.items() if name < "0004"}
    monkeypatch.setattr(migrate, "migrations", lambda: third)
    migrate.migrate(path)
    with closing(connect(path)) as connection:
        connection.executescript(OLD_SESSION)
    monkeypatch.setattr(migrate, "migrations", lambda: known)
    history = open_store(path).history
    (result,), (launch,) = history.results(SessionUid("01S")), history.launches()
    assert (1, 1e9, None, Numerics.UNCHECKED, (1, 8, 8, 3), 7) == (
        result.launches, result.p90_ns, result.sustained_p90_ns, result.numerics,
        result.input_shape, result.parameters,
    )  # fmt: skip
    assert launch.summary is not None
    assert (None, []) == (launch.summary.tail_p90_ns, list(history.scores()))
