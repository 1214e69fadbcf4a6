"""How right a result is: what the history knows, as lines, and the page that shows them."""

from dataclasses import replace

import pytest

from labtui.core.accuracy import Golden, Health, Score
from labtui.core.budget import budget
from labtui.core.history import Numerics, PredictionsRow, ResultRow, ScoreRow
from labtui.core.model import DeviceId, Digest
from labtui.core.plan import Purpose
from labtui.errors import StoreError
from labtui.tui.accuracy_details import load_details
from labtui.tui.app import LabtuiApp
from labtui.tui.cells import PageLine
from labtui.tui.desk import OpenedSession
from labtui.tui.views.accuracy import accuracy_lines
from tests.core.result_rows import result
from tests.eval_sets import eval_set
from tests.prediction_rows import scored_row, wrong_at
from tests.tui.fakes import FakeEvalSets, FakeHistory, FakeLab
from tests.tui.screen import settle, text
from tests.tui.test_views import plan_of

ITEMS = 40
SET = eval_set("net", count=ITEMS, name="digits")
LABELS = tuple(0 for _ in range(ITEMS))


def row(recipe: str, *wrong: int, device: str = "android:1", **others: object) -> PredictionsRow:
    found = scored_row(recipe, wrong_at(ITEMS, *wrong), device=device, **others)  # type: ignore[arg-type]
    score = replace(found.scored.score, eval_set=SET.digest)
    return replace(found, scored=replace(found.scored, score=score))


def check(recipe: str, golden: Golden, health: Health = Health.OK) -> ScoreRow:
    scored = row(recipe).scored
    score = Score(SET.digest, scored.score.tally, golden, health)
    return replace(scored, purpose=Purpose.CHECK, score=score)


def shown(
    history: FakeHistory, recipe: str = "full8", sets: FakeEvalSets | None = None, **others: object
) -> str:
    details = load_details(history, sets or FakeEvalSets(), one(recipe, **others))
    return as_text(accuracy_lines(details, budget(20)))


def one(recipe: str, **others: object) -> ResultRow:
    return result("net", recipe, 10.0, **others)  # type: ignore[arg-type]


def as_text(lines: list[PageLine]) -> str:
    return "\n".join("".join(cell.text for cell in line) for line in lines)


@pytest.fixture
def history() -> FakeHistory:
    """Two phones; full8 lost ten items on the first, and one more on the second."""
    return FakeHistory(
        score_rows=[check("full8", Golden(8, 38.5, 8, 0.9998))],
        prediction_rows=[
            row("fp32"),
            row("full8", *range(10)),
            row("int4", 0),
            row("full8", *range(11), device="android:2"),
        ],
    )


def test_a_variant_is_compared_with_the_float_one_and_with_other_devices(
    history: FakeHistory,
) -> None:
    page = shown(history)
    for words in (
        "net full8 on Phone 1",
        "The p90 (whether it is sustained is not known) of",
        "38.5 dB to the float model",
        "75.0 % [59.8, 85.8] of 40",
        "AGAINST NET FP32, ITEM BY ITEM",
        "verdict       worse",
        "-25.0 points",
        "10 lost, 0 gained",
        "as one of 2 (Holm)",
        "75.0 % of the items alike",
        "all 2 devices predict the same for 97.5 % of the",
    ):
        assert words in page, page


def test_the_reference_says_that_it_is_one(history: FakeHistory) -> None:
    assert "it is what 2 variants are compared with" in shown(history, "fp32")


def test_too_few_items_name_how_many_more_would_decide(history: FakeHistory) -> None:
    assert "cannot tell: about " in shown(history, "int4")


def test_mistakes_and_classes_need_the_labels(history: FakeHistory) -> None:
    assert "There is no session" in shown(history)
    history.stored_plan = replace(plan_of("fp32"), eval_sets=(SET,))
    assert "The labels are gone." in shown(history)
    page = shown(history, sets=FakeEvalSets(label_row=LABELS))
    assert "item 0        0 taken for 1: 50.0 % sure, right one at rank 2" in page
    assert " 75.0 % [59.8, 85.8]  30 of 40" in page


def test_what_was_not_checked_nor_scored_says_how() -> None:
    page = shown(FakeHistory())
    assert "not made: no reference outputs of this model" in page
    assert "run with --eval SET" in page


def test_a_broken_variant_says_what_is_wrong_and_by_how_much(history: FakeHistory) -> None:
    history.score_rows = [check("full8", Golden(8, None, 1), Health.NAN)]
    page = shown(history, numerics=Numerics.BROKEN)
    for words in ("✖ BROKEN", "numbers that are not finite", "not finite to the", "1 of 8 items"):
        assert words in page
    assert "Its outputs are broken: how fast they come does" in page


def test_other_options_are_another_variant(history: FakeHistory) -> None:
    assert "not scored" in shown(history, threads=4)
    assert "not scored" in shown(history, digest=Digest("another"))
    assert "72.5 %" in shown(history, device=DeviceId("android:2"))


async def test_enter_on_a_result_opens_the_page(lab: FakeLab, history: FakeHistory) -> None:
    lab.history = history
    app = LabtuiApp(lab.startup)
    async with app.run_test(size=(100, 50)) as pilot:
        await settle(pilot)
        opened = (one("fp32"), one("full8"))
        app.desk.opened = OpenedSession(opened[0].session, "scored", opened)
        await app.action_show_opened()
        await settle(pilot)
        await pilot.press("j", "enter")
        await app.workers.wait_for_complete()
        await settle(pilot)
        assert "AGAINST NET FP32" in text(app)
        await pilot.press("escape")
        await settle(pilot)
        assert "[4 results]" in text(app)


async def test_a_damaged_history_is_a_sentence_on_the_page(
    lab: FakeLab, history: FakeHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def scores(_self: FakeHistory, _sessions: object = ()) -> object:
        raise StoreError("The history is damaged.")

    monkeypatch.setattr(FakeHistory, "scores", scores)
    app = LabtuiApp(lab.startup)
    async with app.run_test(size=(100, 50)) as pilot:
        await settle(pilot)
        app.desk.opened = OpenedSession(one("fp32").session, "scored", (one("fp32"),))
        await app.action_show_opened()
        await settle(pilot)
        await pilot.press("enter")
        await app.workers.wait_for_complete()
        await settle(pilot)
        assert "The history is damaged." in text(app)


def test_every_line_fits_the_box_on_the_narrowest_screen(history: FakeHistory) -> None:
    history.stored_plan = replace(plan_of("fp32"), eval_sets=(SET,))
    page = shown(history, sets=FakeEvalSets(label_row=LABELS))
    assert 66 >= max(map(len, page.splitlines()))
