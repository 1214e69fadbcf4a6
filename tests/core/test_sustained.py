"""What is left once a device is warm; the history's SQL must say the same."""

import pytest

from labtui.core.events import BenchEvent
from labtui.core.model import LaunchUid
from labtui.core.plan import LaunchSpec
from labtui.core.stats import LaunchSummary, summarise
from labtui.core.sustained import sustained_p90_ns
from labtui.store import open_store
from tests.store.bench_events import (
    SESSION,
    launch_ended,
    launch_started,
    samples,
    session_ended,
    session_started,
)

S = 1_000_000_000
CASES = [
    ([], None),
    ([[10 * S] * 8], None),
    ([[10 * S] * 6 + [20 * S] * 3], 20 * S),
    ([[10 * S] * 3, [11 * S] * 3, [20 * S] * 3, [30 * S] * 3], 30 * S),
    ([*[[10 * S] * 3] * 7, [11 * S] * 3, [12 * S] * 3, [13 * S] * 3], 12.5 * S),
]


def summary(durations_ns: list[int]) -> LaunchSummary:
    found = summarise(durations_ns)
    assert found is not None
    return found


@pytest.mark.parametrize(("launches", "expected"), CASES)
def test_the_last_third_of_the_measured_time_counts(
    launches: list[list[int]], expected: float | None
) -> None:
    found = sustained_p90_ns([summary(durations_ns) for durations_ns in launches])
    assert expected == (None if found is None else pytest.approx(found))


@pytest.mark.parametrize(("launches", "expected"), CASES)
def test_the_history_says_the_same(
    launches: list[list[int]], expected: float | None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    store = open_store(tmp_path_factory.mktemp("history") / "history.db")
    events: list[BenchEvent] = [session_started()]
    for number, durations_ns in enumerate(launches):
        launch = LaunchUid(f"L{number}")
        events += [
            launch_started(launch, spec=LaunchSpec(number, 0, number)),
            samples(durations_ns, launch=launch),
            launch_ended(durations_ns, launch),
        ]
    with store.recorder() as recorder:
        for event in [*events, session_ended()]:
            recorder.record(event)
    (row,) = store.history.results(SESSION)
    assert expected == row.sustained_p90_ns
