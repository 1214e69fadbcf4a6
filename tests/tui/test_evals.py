"""Choosing what the next plan is checked and scored on."""

from pathlib import Path

import pytest

from labtui.core.plan import Plan
from labtui.errors import UsageError
from labtui.tui.app import LabtuiApp
from labtui.tui.evals import ITEMS, EvalChoice
from labtui.tui.views.plan import evaluation_cost
from tests.eval_sets import eval_set
from tests.tui.fakes import FakeEvalSets, FakeLab, phones, variant
from tests.tui.screen import settle, text
from tests.tui.test_views import plan_of

SET = eval_set("mobilenet_v2", count=1_000, name="pairs100")
FOLDER = Path(SET.folder)


def test_sets_and_numbers_of_items_go_round() -> None:
    choice = EvalChoice([FOLDER])
    choice.step()
    assert FOLDER == choice.folder
    choice.step()
    assert choice.folder is None
    choice.take(Path("/other"))
    assert ([FOLDER, Path("/other")], Path("/other")) == (choice.folders, choice.folder)
    for expected in (*ITEMS[1:], None):
        choice.step_items()
        assert expected == choice.items


async def test_a_plan_gets_its_checks_and_evaluations_once_they_are_known() -> None:
    choice, plan = EvalChoice([FOLDER], FOLDER, 300), plan_of("fp32", "full8")
    with pytest.raises(UsageError, match="still being read"):
        choice.applied(plan)
    whole = await choice.completed(plan, FakeEvalSets(SET))
    assert [(0, 0), (0, 0)] == [(one.check, one.evaluate) for one in whole.variants]
    assert (300, (SET,)) == (whole.eval_items, whole.eval_sets)


async def test_without_a_set_variants_are_only_checked() -> None:
    choice, plan = EvalChoice([FOLDER], None, 300), plan_of("fp32")
    whole = await choice.completed(plan, FakeEvalSets(SET))
    assert [(0, None)] == [(one.check, one.evaluate) for one in whole.variants]
    assert whole.eval_items is None


async def test_another_choice_has_to_be_read_again() -> None:
    sets, choice, plan = FakeEvalSets(SET), EvalChoice([FOLDER], FOLDER), plan_of("fp32")
    await choice.completed(plan, sets)
    await choice.completed(plan, sets)
    assert [FOLDER] == sets.asked
    choice.step()
    assert not choice.is_ready([variant("fp32")])
    await choice.completed(plan, sets)
    assert [FOLDER, None] == sets.asked


async def test_a_late_answer_to_an_older_question_is_dropped() -> None:
    choice, plan = EvalChoice([FOLDER], FOLDER), plan_of("fp32")
    assert choice.ask([variant("fp32")])
    assert not choice.ask([variant("fp32")])
    assert choice.ask([variant("full8")])
    await choice.prepare(plan, FakeEvalSets(SET))
    assert not choice.is_ready([variant("fp32")])


async def test_a_set_that_cannot_be_used_says_why() -> None:
    sets, choice = FakeEvalSets(SET, error="Other items."), EvalChoice([FOLDER], FOLDER)
    with pytest.raises(UsageError, match="Other items"):
        await choice.completed(plan_of("fp32"), sets)


async def test_what_it_costs_is_that_of_the_busiest_device() -> None:
    plan: Plan = await EvalChoice([FOLDER], FOLDER).completed(plan_of("fp32"), FakeEvalSets(SET))
    seconds, size_bytes = evaluation_cost(plan)
    assert seconds > 0
    assert SET.inputs.size_bytes == size_bytes
    assert (0, 0) == evaluation_cost(plan_of("fp32"))


async def shown_plan(app: LabtuiApp, lab: FakeLab, *keys: str) -> str:
    async with app.run_test(size=(100, 50)) as pilot:
        await settle(pilot)
        await pilot.press("3")
        for key in keys:
            await pilot.press(key)
            await settle(pilot)
        await app.workers.wait_for_complete()
        await settle(pilot)
        return text(app)


async def test_the_plan_shows_the_set_its_items_and_their_cost() -> None:
    lab = FakeLab(phones(2), eval_set=SET)
    shown = await shown_plan(LabtuiApp(lab.startup), lab, "i")
    assert "▸ pairs100, 100 of 1,000 items" in shown
    assert "golden check before measuring: 2 of 2 variants" in shown
    assert "checks and scoring: about" in shown


async def test_v_leaves_the_set_out() -> None:
    lab = FakeLab(phones(2), eval_set=SET)
    assert "▸ none: v takes the next one" in await shown_plan(LabtuiApp(lab.startup), lab, "v")


async def test_a_folder_can_be_named_and_what_is_wrong_with_it_is_said() -> None:
    lab = FakeLab(phones(2))
    lab.eval_sets.error = "/my/set is no eval set."
    keys = ("V", *"/my/set", "enter")
    shown = await shown_plan(LabtuiApp(lab.startup), lab, *keys)
    assert "/my/set is no eval set." in shown
    assert Path("/my/set") == lab.eval_sets.asked[-1]


async def test_escape_names_nothing() -> None:
    lab = FakeLab(phones(2))
    app = LabtuiApp(lab.startup)
    await shown_plan(app, lab, "v", "escape")
    assert app.desk.evals.folder is None


async def test_a_plan_that_is_started_at_once_has_its_checks() -> None:
    lab = FakeLab(phones(1), eval_set=SET)
    lab.bench.hangs = True
    app = LabtuiApp(lab.startup)
    async with app.run_test(size=(100, 50)) as pilot:
        await settle(pilot)
        await app.action_start()
        while not lab.bench.plans:
            await pilot.pause()
        (plan,) = lab.bench.plans
        assert [0, 0] == [one.check for one in plan.variants]
