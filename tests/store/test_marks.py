"""What happened between launches: kept, read, and minded when a session is resumed."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from labtui.core.events import (
    BenchEvent,
    CanaryMeasured,
    GateShut,
    GateWaited,
    LaunchEnded,
    MeasuredEnough,
    SessionStarted,
)
from labtui.core.marks import Mark, pause_text
from labtui.core.plan import DoneLaunch, Purpose, remaining, schedule
from labtui.store import Store
from tests.store.bench_events import (
    EVAL_SET,
    MEASURED_NS,
    PHONE,
    SESSION,
    launch_ended,
    launch_started,
    session_ended,
    session_started,
)
from tests.store.conftest import Query

Record = Callable[[Iterable[BenchEvent]], None]


def happened(*events: BenchEvent) -> list[BenchEvent]:
    return [session_started(), *events, session_ended()]


def said(store: Store) -> list[tuple[int | None, str]]:
    marks = store.history.marks(SESSION)
    assert {(PHONE, "Pixel 7 Pro")} >= {(mark.device, mark.device_name) for mark in marks}
    return [(mark.block, mark.text) for mark in marks]


def test_blocks_that_waited(store: Store, record: Record, query: Query) -> None:
    hot = ("its thermal status is severe", "its battery\x1b is at 3 %")
    record(happened(GateWaited(PHONE, 2, 120.4, hot), GateWaited(PHONE, 0, 4.0, ())))
    assert [
        (0, "block 0 waited 4 s until the device was fit"),
        (2, f"block 2 waited 120 s and began all the same: {hot[0]}, its battery\ufffd is at 3 %"),
    ] == said(store)
    assert [(2, 120.4, 2)] == query(
        "select block, seconds, json_array_length(reasons_left) from gate_wait where block > 0"
    )


def test_only_a_canary_that_moved_or_failed_is_worth_a_word(store: Store, record: Record) -> None:
    record(
        happened(
            CanaryMeasured(PHONE, None, 1e6, None, ""),
            CanaryMeasured(PHONE, 0, 1.01e6, 1.01, ""),
            CanaryMeasured(PHONE, 1, 1.2e6, 1.2, ""),
            CanaryMeasured(PHONE, 2, None, None, "It crashed."),
        )
    )
    assert [
        (1, "the canary moved by +20.0% in block 1: the device is not what it was"),
        (2, "the canary failed, and was given up: It crashed."),
    ] == said(store)


def test_an_early_end(store: Store, record: Record) -> None:
    record(happened(MeasuredEnough(PHONE, 14, is_decided=True)))
    assert [
        Mark(
            PHONE,
            "Pixel 7 Pro",
            None,
            "stopped after 14 launches of each variant: decided",
        )
    ] == store.history.marks(SESSION)


def test_events_are_told_in_the_same_words() -> None:
    assert "waiting: a, b" == pause_text(GateShut(PHONE, 0, ("a", "b")))
    assert "block 1 waited 3 s until the device was fit" == pause_text(GateWaited(PHONE, 1, 3, ()))
    assert "" == pause_text(CanaryMeasured(PHONE, 0, 1.0, 1.0, ""))
    limit = pause_text(MeasuredEnough(PHONE, 3, is_decided=False))
    assert "stopped after 3 launches of each variant: the time limit was reached" == limit


def decided() -> tuple[SessionStarted, list[BenchEvent]]:
    """Return a session whose only variant has 2 launches and an evaluation, stopped after one."""
    started = session_started(eval_sets=(EVAL_SET,))
    (variant,) = started.plan.variants
    plan = replace(started.plan, variants=(replace(variant, evaluate=0),))
    started = replace(started, plan=plan)
    first = schedule(plan, PHONE)[0]
    ended: LaunchEnded = launch_ended(MEASURED_NS)
    return started, [
        started,
        launch_started(spec=first),
        ended,
        MeasuredEnough(PHONE, 1, is_decided=True),
    ]


def test_what_was_not_needed_is_not_resumed(store: Store, record: Record) -> None:
    started, events = decided()
    record([*events, session_ended()])
    rest = remaining(started.plan, store.history.done(SESSION))
    assert rest is not None
    assert [Purpose.EVALUATE] == [spec.purpose for spec in schedule(rest, PHONE)]


def test_without_an_early_end_the_rest_is_resumed(store: Store, record: Record) -> None:
    _, events = decided()
    record([*events[:-1], session_ended()])
    assert (DoneLaunch(PHONE, 0),) == store.history.done(SESSION)
