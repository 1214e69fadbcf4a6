"""The registry: each action can be found, has a key, and somebody who does it."""

from collections import defaultdict

import pytest

from labtui.tui.actions import ACTIONS, Action, Scope, by_group, hints, key_name, search
from labtui.tui.app import LabtuiApp
from labtui.tui.screens.bench import BenchScreen
from labtui.tui.screens.compare import CompareScreen
from labtui.tui.screens.history import HistoryScreen
from labtui.tui.screens.plan import PlanScreen
from labtui.tui.screens.results import ResultsScreen
from labtui.tui.screens.variants import VariantsScreen
from labtui.tui.widgets.page import Page
from labtui.tui.widgets.table import Table

HANDLERS: dict[Scope, tuple[type, ...]] = {
    Scope.APP: (LabtuiApp,),
    Scope.BENCH: (BenchScreen,),
    Scope.VARIANTS: (VariantsScreen,),
    Scope.PLAN: (PlanScreen,),
    Scope.RESULTS: (ResultsScreen,),
    Scope.HISTORY: (HistoryScreen,),
    Scope.COMPARE: (CompareScreen,),
    Scope.TABLE: (Table, Page),
    Scope.ROWS: (Table,),
}
VIEWS = [scope for scope in Scope if scope not in (Scope.APP, Scope.TABLE, Scope.ROWS)]


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.name)
def test_every_action_has_a_handler_a_key_and_a_description(action: Action) -> None:
    method = f"action_{action.name.partition('(')[0]}"
    assert all(callable(getattr(handler, method, None)) for handler in HANDLERS[action.scope])
    assert action.keys
    assert action.description
    assert not action.description.endswith(".")


@pytest.mark.parametrize("view", VIEWS)
def test_no_key_means_two_things_in_one_view(view: Scope) -> None:
    users = defaultdict(list)
    for action in ACTIONS:
        if action.scope in (view, Scope.APP, Scope.TABLE, Scope.ROWS):
            for key in action.keys:
                users[key].append(action.name)
    assert {} == {key: names for key, names in users.items() if len(names) > 1}


@pytest.mark.parametrize("pane", [None, Scope.ROWS])
@pytest.mark.parametrize("view", VIEWS)
def test_the_bottom_line_has_at_most_eight_hints_that_fit_80_columns(
    view: Scope, pane: Scope | None
) -> None:
    shown = hints(view, pane)
    assert 1 <= len(shown) <= 8
    assert 80 >= sum(len(f" {key_name(action.keys[0])} {action.hint} ") for action in shown)


@pytest.mark.parametrize(
    ("words", "names"),
    [("csv", ["export"]), ("quit", ["leave"]), ("window plots short", ["zoom_in"]), ("zzz", [])],
)
def test_search_finds_by_words(words: str, names: list[str]) -> None:
    assert names == [action.name for action in search(words)]


def test_searching_for_nothing_finds_everything() -> None:
    assert list(ACTIONS) == list(search(""))


def test_groups_keep_every_action() -> None:
    assert len(ACTIONS) == sum(len(group) for group in by_group(ACTIONS).values())
