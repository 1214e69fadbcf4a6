"""The rows of a comparison: evidence, baselines, refusals, notes, gates."""

from dataclasses import replace
from typing import Any

import pytest

from labtui.core.accuracy import Health, Predictions, Score, Tally
from labtui.core.compare.evidence import Evidence, VariantKey, evidence_of
from labtui.core.compare.over_time import over_time
from labtui.core.compare.reasons import BROKEN_BASELINE, IMPORTED, NOT_INTERLEAVED, OTHER_SESSIONS
from labtui.core.compare.table import Gate, Row, Word, is_closed, table
from labtui.core.events import Outcome
from labtui.core.history import LaunchRow, Numerics, PredictionsRow, ScoreRow
from labtui.core.model import DeviceId, Digest, LaunchUid, SessionUid
from labtui.core.placement import Coverage
from labtui.core.plan import Purpose
from labtui.core.protocol import Aggregate
from labtui.failure import FailureCode
from tests.core.compare.rows import ABBA, PHONE, SESSION, evidence, launch, launches, results_of


def compared(rows: list[LaunchRow], **results: Any) -> list[Row]:
    return list(table([evidence(rows, **results)]))


def other(rows: list[LaunchRow], **results: Any) -> Row:
    _, found = compared(rows, **results)
    return found


FASTER = launches(ABBA, {"A": 10, "B": 9})


def test_the_first_of_the_plan_is_the_baseline() -> None:
    rows = compared(launches("BAABABBA" * 2, {"A": 10, "B": 9}))
    assert [("net fp32", Word.BASELINE), ("net int8", Word.FASTER)] == [
        (row.evidence.variant.name, row.word) for row in rows
    ]


def test_each_model_has_a_baseline_of_its_own() -> None:
    rows = launches("ABCDDCBA" * 8, {"A": 10, "B": 9, "C": 20, "D": 18})
    two = [replace(row, model="vit") if row.recipe in ("fp16", "int4") else row for row in rows]
    assert [Word.BASELINE, Word.FASTER] * 2 == [row.word for row in compared(two)]


def test_a_variant_that_the_device_was_spared_is_no_baseline() -> None:
    spared, *rest = evidence(launches("ABCCBA" * 8, {"A": 10, "B": 10, "C": 9}))
    rows = table([[replace(spared, launches=()), *rest]])
    assert [Word.BASELINE, Word.FASTER] == [row.word for row in rows[1:]]


def test_without_a_baseline_there_is_no_verdict() -> None:
    (found,) = table([evidence(FASTER)[1:]], lambda _evidence, _peers: None)
    assert (Word.NOT_COMPARABLE, None) == (found.word, found.unpaired_ratio)
    assert ("no variant of its device is a baseline for it",) == found.refusals


def test_another_phone_changes_nothing_for_the_first() -> None:
    alone = compared(FASTER)
    more = [replace(row, device=DeviceId("android:2")) for row in FASTER]
    rows = table(evidence_of([*FASTER, *more], results_of([*FASTER, *more])))
    assert 4 == len(rows)
    assert [row.standing for row in alone] == [row.standing for row in rows[:2]]


def test_a_copy_of_a_variant_is_compared_with_it() -> None:
    rows = [
        replace(row, digest=Digest("A" * 64), recipe="fp32")
        for row in launches(ABBA, {"A": 10, "B": 10})
    ]
    names = ["net fp32", "net fp32 (copy 2)"]
    assert names == [row.evidence.variant.name for row in compared(rows)]
    assert Word.SAME is other(rows).word


def test_options_make_another_variant() -> None:
    rows = [
        replace(row, accelerator_asked="gpu", threads=4, digest=Digest("A" * 64), recipe="fp32")
        if row.recipe == "int8"
        else row
        for row in FASTER
    ]
    found = other(rows)
    assert ("net fp32 (gpu, 4 threads)", Word.FASTER) == (found.evidence.variant.name, found.word)


def test_the_name_tells_all_options() -> None:
    key = VariantKey("net", "int8", Digest("a"), "cpu", 1, 0xF0, xnnpack=False)
    assert "net int8 (CPUs f0, no XNNPACK)" == key.name


def test_broken_outputs_are_never_faster() -> None:
    peers = evidence(FASTER)
    broken = replace(peers[1].results[0], numerics=Numerics.BROKEN)
    rows = table([[peers[0], replace(peers[1], results=(broken,))]])
    assert [Word.BASELINE, Word.BROKEN] == [row.word for row in rows]


def test_nothing_is_compared_with_broken_outputs() -> None:
    peers = evidence(FASTER)
    broken = replace(peers[0].results[0], numerics=Numerics.BROKEN)
    rows = table([[replace(peers[0], results=(broken,)), peers[1]]])
    assert [Word.BROKEN, Word.NOT_COMPARABLE] == [row.word for row in rows]
    assert (BROKEN_BASELINE,) == rows[1].refusals


def test_one_after_the_other_is_no_comparison() -> None:
    rows = [
        replace(row, block=row.variant_position)
        for row in launches("A" * 16 + "B" * 16, {"A": 10, "B": 9})
    ]
    found = other(rows)
    assert (Word.NOT_COMPARABLE, (NOT_INTERLEAVED,)) == (found.word, found.refusals)
    assert 0.9 == pytest.approx(found.unpaired_ratio, rel=0.01)


def test_what_differed_besides_is_among_the_reasons() -> None:
    rows = [
        replace(row, block=row.variant_position, start_temp_c=30 + 8 * row.variant_position)
        for row in launches("A" * 16 + "B" * 16, {"A": 10, "B": 9})
    ]
    assert "temperature at start: 30.0 °C against 38.0 °C" in other(rows).refusals


def test_imported_launches_are_not_compared() -> None:
    imported = [replace(row, is_imported=True) for row in FASTER]
    assert (IMPORTED,) == other(imported).refusals


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({"coverage": Coverage.NONE}, "fell back: cpu asked, cpu 12 used"),
        ({"coverage": Coverage.PARTIAL}, "fell back in part: cpu asked, cpu 12 used"),
        (
            {"engine": "LiteRT 2.2"},
            "not the same for both, engine: LiteRT 2.3.0 against LiteRT 2.2",
        ),
        ({"was_throttled": True}, "not the same for both, throttled: no against yes"),
    ],
)
def test_what_else_differed_is_named_beside_the_verdict(change: dict[str, Any], note: str) -> None:
    rows = [replace(row, **change) if row.recipe == "int8" else row for row in FASTER]
    found = other(rows)
    assert (Word.FASTER, (note,)) == (found.word, found.notes)


def test_sessions_taken_together_say_where_they_differ() -> None:
    later = launches(ABBA, {"A": 10, "B": 9}, session=SessionUid("S2"), os_version="Android 15")
    found = other([*FASTER, *later])
    assert found.standing is not None
    assert (32, Word.FASTER) == (found.standing.p50.pairs, found.word)
    system = "system: Android 14 (UP1A) against Android 15 (UP1A)"
    assert (f"not the same in all sessions, {system}",) == found.notes


def test_failed_launches_are_left_out_with_their_partners() -> None:
    rows = list(FASTER)
    rows[1] = replace(rows[1], outcome=Outcome.FAILED, code=FailureCode.OUT_OF_MEMORY)
    rows[2] = replace(rows[2], outcome=Outcome.STOPPED)
    found = other(rows)
    assert found.standing is not None
    assert 14 == found.standing.p50.pairs
    assert (
        "left out: 1 failed (out_of_memory), 1 stopped",
        "left out for want of a partner in their round: 2",
    ) == found.notes


def test_a_variant_that_never_ran_has_a_row_and_the_cause() -> None:
    rows = launches("AAAA", {"A": 10})
    spared = replace(
        results_of(rows)[0], recipe="int4", digest=Digest("D"), variant_position=3,
        cause="it needs an NPU",
    )  # fmt: skip
    (peers,) = evidence_of(rows, [*results_of(rows), spared])
    found = table([peers])[1]
    assert (Word.CANNOT_TELL, ("never launched: it needs an NPU",)) == (found.word, found.notes)


def test_totals_are_compared_and_labelled() -> None:
    rows = [
        replace(row, summary=None, aggregate=Aggregate(50, row.summary.mean_ns))
        for row in FASTER
        if row.summary
    ]
    found = other(rows)
    assert (Word.FASTER, ("totals only: no samples behind them",)) == (found.word, found.notes)
    assert found.standing is not None
    assert found.standing.p90.ratio is None


def test_the_last_good_attempt_at_a_launch_counts() -> None:
    again = [launch("A", 0, None), launch("B", 1, 9e6), launch("A", 0, 10e6)]
    first = evidence(again)[0]
    assert [Outcome.DONE] == [row.outcome for row in first.launches]


@pytest.mark.parametrize(
    ("told", "throttled"),
    [((False, None), False), ((None, None), None), ((None, True), True), ((), None)],
)
def test_throttled_is_known_or_not(told: tuple[bool | None, ...], throttled: bool | None) -> None:
    rows = tuple(launch("A", i, 1e6, was_throttled=said) for i, said in enumerate(told))
    key = VariantKey("net", "fp32", Digest("a"))
    assert throttled is Evidence(key, PHONE, "Pixel", rows, ()).was_throttled


def test_the_drift_is_that_of_the_last_launches() -> None:
    rows = [launch("A", i, 10e6 if i < 4 else 13e6) for i in range(8)]
    assert 1.3 == pytest.approx(evidence(rows)[0].drift_ratio)
    assert evidence(rows[:1])[0].drift_ratio is None


# --- accuracy -----------------------------------------------------------------------------------


def scored(recipe: str, wrong: int, *, items: int = 400, eval_set: str = "e") -> PredictionsRow:
    ranks = tuple(2 if i < wrong else 1 for i in range(items))
    predicted = tuple(1 if rank > 1 else 0 for rank in ranks)
    letter = {"fp32": "A", "int8": "B"}[recipe]
    row = ScoreRow(
        LaunchUid(recipe), SESSION, PHONE, "Pixel 7 Pro", "G2", "14", "UP1A", False, "net", recipe,
        Digest(letter * 64), "LiteRT", "runner", "cpu", "cpu 12", 1, None, True, Purpose.EVALUATE,
        "digits", Score(Digest(eval_set), Tally(items, items - wrong, items), None, Health.OK),
    )  # fmt: skip
    return PredictionsRow(row, Predictions(predicted, ranks, (0.9,) * items))


def with_accuracy(*rows: PredictionsRow) -> Row:
    return table([evidence(FASTER)], predictions=rows)[1]


def test_less_accurate_on_the_same_items() -> None:
    found = with_accuracy(scored("fp32", 0), scored("int8", 40))
    assert found.accuracy is not None
    assert -0.1 == pytest.approx(found.accuracy.comparison.difference)
    assert is_closed(Gate.LESS_ACCURATE, found)
    assert not is_closed(Gate.SLOWER, found)


def test_other_items_are_not_compared() -> None:
    assert with_accuracy(scored("fp32", 0), scored("int8", 40, eval_set="f")).accuracy is None
    assert with_accuracy(scored("fp32", 0), scored("int8", 40, items=399)).accuracy is None
    assert with_accuracy(scored("int8", 40)).accuracy is None


# --- over time ----------------------------------------------------------------------------------


def later(**others: Any) -> tuple[Evidence, ...]:
    return evidence(launches(ABBA, {"A": 11, "B": 9}, session=SessionUid("S2"), **others))


def test_two_sessions_are_side_by_side_with_the_reasons() -> None:
    rows = over_time([evidence(FASTER)], [later(build="UP2A")])
    assert [Word.NOT_COMPARABLE] * 2 == [row.word for row in rows]
    system = "system: Android 14 (UP1A) against Android 14 (UP2A)"
    assert (OTHER_SESSIONS, system) == rows[0].refusals
    assert 1.1 == pytest.approx(rows[0].unpaired_ratio, rel=0.01)


def test_another_file_of_the_same_name_is_a_reason() -> None:
    rows = over_time([evidence(FASTER)], [later(digest=Digest("E" * 64))])
    assert f"file: {'A' * 12} against {'E' * 12}" in rows[0].refusals


def test_other_phones_are_named() -> None:
    found = over_time([evidence(FASTER)], [later(device=DeviceId("android:2"), device_name="S23")])
    assert "device: Pixel 7 Pro, Tensor G2 against S23, Tensor G2" in found[0].refusals


def test_what_only_one_session_has_is_no_row() -> None:
    assert () == over_time([evidence(FASTER)], [later(model="vit")])


@pytest.mark.parametrize(
    ("gate", "word"),
    [
        (Gate.SLOWER, Word.SLOWER),
        (Gate.BROKEN, Word.BROKEN),
        (Gate.CANNOT_TELL, Word.CANNOT_TELL),
        (Gate.CANNOT_TELL, Word.NOT_COMPARABLE),
    ],
)
def test_gates_close_on_their_words(gate: Gate, word: Word) -> None:
    class Fake(Row):
        @property
        def word(self) -> Word:
            return word

    row = Fake(evidence(FASTER)[1], None)
    assert is_closed(gate, row)
    assert [gate] == [one for one in Gate if is_closed(one, row)]
