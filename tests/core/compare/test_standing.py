"""Where variants stand: verdicts, Holm, more launches, flips."""

import math
import random
import time

import pytest

from labtui.core.compare.standing import Stat, Timing, standings
from labtui.core.compare.verdict import Verdict
from labtui.core.history import LaunchRow
from tests.core.compare.rows import ABBA, launches


def timings(rows: list[LaunchRow]) -> list[Timing]:
    return [
        Timing(r.variant_position, r.block, r.index, s.p50_ns, s.p90_ns, s.mean_ns, r.session)
        for r in rows
        if (s := r.summary)
    ]


@pytest.mark.parametrize(
    ("ratio", "verdict"),
    [(0.9, Verdict.FASTER), (1.1, Verdict.SLOWER), (1.0, Verdict.SAME), (1.005, Verdict.SAME)],
)
@pytest.mark.parametrize("stat", [Stat.P50, Stat.P90])
def test_the_verdict_is_that_of_the_truth(ratio: float, verdict: Verdict, stat: Stat) -> None:
    found = standings(timings(launches(ABBA, {"A": 10, "B": 10 * ratio})), 0, [1], stat=stat)[1]
    assert verdict is found.verdict
    assert ratio == pytest.approx(found.judged.ratio, rel=0.005)
    assert stat is found.judged_by


def test_a_common_slowdown_is_no_difference() -> None:
    rows = timings(launches(ABBA, {"A": 10, "B": 10}))
    hot = [
        Timing(
            t.variant, t.block, t.position, t.p50_ns * (1 + t.position / 80), t.p90_ns, t.mean_ns
        )
        for t in rows
        if t.p50_ns
    ]
    assert Verdict.SAME is standings(hot, 0, [1])[1].verdict


def test_few_pairs_give_no_verdict() -> None:
    found = standings(timings(launches("ABBA", {"A": 10, "B": 5})), 0, [1])[1]
    assert (Verdict.CANNOT_TELL, 4) == (found.verdict, found.more_launches)


def test_several_variants_share_one_chance_of_a_false_alarm() -> None:
    # 6 pairs give p = 0.031 at best: enough for one variant, not for one of three.
    alone = standings(timings(launches("ABBAABBAABBA", {"A": 10, "B": 9})), 0, [1])[1]
    order = "ABCDDCBA" * 3
    three = standings(timings(launches(order, {"A": 10, "B": 9, "C": 8, "D": 7})), 0, [1, 2, 3])
    assert Verdict.FASTER is alone.verdict
    assert [Verdict.CANNOT_TELL] * 3 == [standing.verdict for standing in three.values()]
    assert [pytest.approx(3 * 2 / 2**6)] * 3 == [standing.p_holm for standing in three.values()]


def test_more_launches_help_against_holm() -> None:
    times = {"A": 10.0, "B": 9.0, "C": 8.0, "D": 7.0}
    few = standings(timings(launches("ABCDDCBA" * 3, times)), 0, [1, 2, 3])[1]
    assert few.more_launches is not None
    rounds = 6 + few.more_launches + few.more_launches % 2
    many = standings(timings(launches("ABCDDCBA" * (rounds // 2), times)), 0, [1, 2, 3])
    assert {Verdict.FASTER} == {standing.verdict for standing in many.values()}


def test_means_that_contradict_medians_are_told() -> None:
    rows = timings(launches(ABBA, {"A": 10, "B": 9.5}))
    flipped = [
        Timing(t.variant, t.block, t.position, t.p50_ns, t.p90_ns, mean_ns, t.session)
        for t in rows
        if (mean_ns := 12e6 if t.variant else 10e6)
    ]
    assert standings(flipped, 0, [1])[1].is_flip
    assert not standings(rows, 0, [1])[1].is_flip


def test_pairs_lie_within_a_session() -> None:
    rows = timings(launches("ABBAABBA", {"A": 10, "B": 9}))
    again = [
        Timing(t.variant, t.block, t.position, 2 * (t.p50_ns or 0), t.p90_ns, t.mean_ns, "S2")
        for t in rows
    ]
    found = standings([*rows, *again], 0, [1])[1]
    assert (Verdict.FASTER, 8) == (found.verdict, found.p50.pairs)
    assert 0.9 == pytest.approx(found.p50.ratio, rel=0.005)


def test_without_any_pair_it_is_still_a_verdict() -> None:
    found = standings([Timing(0, 0, 0, 1.0, 1.0, 1.0), Timing(1, 0, 1, None, None, None)], 0, [1])[
        1
    ]
    assert (Verdict.CANNOT_TELL, None, None) == (found.verdict, found.p_holm, found.mean_ratio)
    assert found.more_launches == 6


def test_after_each_launch_the_verdicts_cost_little() -> None:
    rows = timings(launches("ABCDDCBA" * 16, {"A": 10, "B": 9, "C": 8, "D": 7}))
    began = time.process_time()
    for count in range(1, len(rows) + 1):
        standings(rows[:count], 0, [1, 2, 3])
    assert (time.process_time() - began) / len(rows) < 0.010  # 2 ms where nothing else runs


def test_a_phone_on_which_all_are_equal_rarely_says_otherwise() -> None:
    rng, alarms, tables = random.Random(4), 0, 400
    for _ in range(tables):
        rows = [
            Timing(variant, index // 8, index, p50_ns, p50_ns, p50_ns)
            for index, variant in enumerate((0, 1, 2, 3, 3, 2, 1, 0) * 5)
            if (p50_ns := math.exp(rng.gauss(0, 0.01)))
        ]
        found = standings(rows, 0, [1, 2, 3], margin=1e-9)
        alarms += any(one.verdict is not Verdict.CANNOT_TELL for one in found.values())
    assert alarms / tables <= 0.065
