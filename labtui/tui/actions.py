"""Every action of the TUI in one list: keys, hints, help, palette and docs are made from it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from textual.binding import Binding


class Scope(StrEnum):
    """Who handles an action."""

    APP = "app"
    BENCH = "bench"
    VARIANTS = "variants"
    PLAN = "plan"
    RESULTS = "results"
    HISTORY = "history"
    COMPARE = "compare"
    TABLE = "table"
    ROWS = "rows"
    """Tables, but not pages."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing the user can do."""

    name: str
    """`action_<name>` of the scope's class does it."""
    keys: tuple[str, ...]
    """Textual key names, the first one is shown."""
    description: str
    """Imperative, without a full stop."""
    group: str
    """Heading in the help."""
    scope: Scope = Scope.APP
    hint: str = ""
    """One or two words for the bottom line; empty = not there."""


ACTIONS: tuple[Action, ...] = (
    Action("toggle_mark", ("space",), "Mark or unmark the device", "Bench", Scope.BENCH, "mark"),
    Action("mark_all", ("a",), "Mark all ready devices shown, or none", "Bench", Scope.BENCH),
    Action(
        "details",
        ("enter",),
        "Show everything known of the device",
        "Bench",
        Scope.BENCH,
        "details",
    ),
    Action(
        "point_left",
        ("h", "left"),
        "Read the plot one column earlier (esc ends)",
        "Plots",
        Scope.BENCH,
    ),
    Action(
        "point_right",
        ("l", "right"),
        "Read the plot one column later",
        "Plots",
        Scope.BENCH,
    ),
    Action(
        "zoom_in",
        ("plus", "equals_sign"),
        "Shorten the time window of the plots",
        "Plots",
        Scope.BENCH,
    ),
    Action("zoom_out", ("minus",), "Lengthen the time window of the plots", "Plots", Scope.BENCH),
    Action("toggle_pause", ("P",), "Hold the plots still, or let them go on", "Plots", Scope.BENCH),
    Action("next_markers", ("m",), "Draw the plots with other characters", "Plots", Scope.BENCH),
    Action(
        "toggle_solo", ("f",), "Give the selected device's plot all the room", "Plots", Scope.BENCH
    ),
    Action(
        "toggle_variant",
        ("space",),
        "Choose the variant, or leave it out",
        "Variants",
        Scope.VARIANTS,
        "choose",
    ),
    Action("choose_all", ("a",), "Choose all variants, or none", "Variants", Scope.VARIANTS, "all"),
    Action("start_plan", ("enter",), "Start the plan", "Plan", Scope.PLAN, "start"),
    Action(
        "next_preset",
        ("right_square_bracket", "right", "l"),
        "Take the next preset",
        "Plan",
        Scope.PLAN,
        "preset",
    ),
    Action(
        "previous_preset",
        ("left_square_bracket", "left", "h"),
        "Take the preset before",
        "Plan",
        Scope.PLAN,
    ),
    Action("next_accelerator", ("a",), "Ask for the next accelerator", "Plan", Scope.PLAN),
    Action("next_threads", ("t",), "Take another number of threads", "Plan", Scope.PLAN),
    Action(
        "toggle_control",
        ("o",),
        "Run each variant once more without the accelerator asked for, or not",
        "Plan",
        Scope.PLAN,
    ),
    Action(
        "next_eval_set",
        ("v",),
        "Score on the next eval set, or on none",
        "Plan",
        Scope.PLAN,
    ),
    Action("name_eval_set", ("V",), "Score on the eval set in another folder", "Plan", Scope.PLAN),
    Action("next_items", ("i",), "Score on another number of its items", "Plan", Scope.PLAN),
    Action(
        "show_accuracy",
        ("enter",),
        "Show how right the result is: golden check, comparison, mistakes",
        "Results",
        Scope.RESULTS,
        "accuracy",
    ),
    Action(
        "show_session",
        ("enter",),
        "Show the results of the session",
        "History",
        Scope.HISTORY,
        "results",
    ),
    Action(
        "compare_session",
        ("c",),
        "Compare the variants of the session",
        "History",
        Scope.HISTORY,
        "compare",
    ),
    Action("reload", ("f5",), "Read the history again", "History", Scope.HISTORY),
    Action(
        "show_verdict",
        ("enter",),
        "Show what the verdict rests on: launches, order, conditions",
        "Compare",
        Scope.COMPARE,
        "details",
    ),
    Action(
        "toggle_baseline",
        ("b",),
        "Compare with the selected variant, or again with the first of its model",
        "Compare",
        Scope.COMPARE,
        "baseline",
    ),
    Action("run", ("r",), "Preview the plan: marked devices x chosen variants", "Run", hint="run"),
    Action("stop", ("x",), "Stop the running plan on every device", "Run", hint="stop"),
    Action(
        "export",
        ("e",),
        "Write the session shown, or the last one, as CSV files",
        "Run",
        hint="export",
    ),
    Action("copy", ("y",), "Copy the selected row to the clipboard (OSC 52)", "Run"),
    Action("show('bench')", ("1",), "Bench: devices and live plots", "Views"),
    Action("show('variants')", ("2",), "Variants: choose what to run", "Views"),
    Action("show('plan')", ("3", "p"), "Plan: what would happen", "Views"),
    Action("show('results')", ("4",), "Results of this or the opened session", "Views"),
    Action("show('history')", ("5",), "History: all sessions", "Views"),
    Action("show('compare')", ("6",), "Compare: verdicts on variants, device by device", "Views"),
    Action("toggle_log", ("L",), "Show or hide the log: the last 200 lines", "Views"),
    Action("back", ("escape",), "Drop filter or cursor, or go back to the bench", "Views"),
    Action("cursor_down", ("j", "down"), "Next row", "Moving", Scope.TABLE),
    Action("cursor_up", ("k", "up"), "Row before", "Moving", Scope.TABLE),
    Action("first", ("g", "home"), "First row", "Moving", Scope.TABLE),
    Action("last", ("G", "end"), "Last row", "Moving", Scope.TABLE),
    Action("page_down", ("ctrl+d", "pagedown"), "Half a page down", "Moving", Scope.TABLE),
    Action("page_up", ("ctrl+u", "pageup"), "Half a page up", "Moving", Scope.TABLE),
    Action(
        "filter", ("slash",), "Show only rows that have all words", "Rows", Scope.ROWS, "filter"
    ),
    Action("sort", ("s",), "Sort by the next column, as a click on a title", "Rows", Scope.ROWS),
    Action("reverse", ("R",), "Turn the order round", "Rows", Scope.ROWS),
    Action("help", ("question_mark", "f1"), "Show this help", "labtui", hint="help"),
    Action("command_palette", ("ctrl+p",), "Find an action by name", "labtui"),
    Action("toggle_theme", ("T",), "Change between dark and light", "labtui"),
    Action(
        "toggle_mouse",
        ("percent_sign",),
        "Give the mouse back to the terminal, or take it",
        "labtui",
    ),
    Action("save_screenshot", ("S",), "Save a picture of the screen (SVG)", "labtui"),
    Action(
        "leave",
        ("q", "ctrl+q", "ctrl+c"),
        "Quit; asks first if a plan is running",
        "labtui",
        hint="quit",
    ),
)

_KEY_NAMES = {
    "question_mark": "?", "slash": "/", "percent_sign": "%", "plus": "+", "minus": "-",
    "equals_sign": "=", "left_square_bracket": "[", "right_square_bracket": "]", "escape": "esc",
}  # fmt: skip


def key_name(key: str) -> str:
    """Return a key as people write it: `question_mark` -> `?`, `ctrl+p` -> `^p`."""
    return _KEY_NAMES.get(key, key.replace("ctrl+", "^"))


def bindings(scope: Scope) -> list[Binding]:
    """Return the key bindings of one scope."""
    return [
        Binding(",".join(action.keys), action.name, action.description, show=False)
        for action in ACTIONS
        if action.scope is scope
    ]


def hints(view: Scope, pane: Scope | None) -> list[Action]:
    """Return what the bottom line names: actions of the view, the focused pane and the app."""
    return [
        action
        for scope in (view, pane, Scope.APP)
        for action in ACTIONS
        if action.hint and action.scope is scope
    ]


def search(words: str) -> Iterator[Action]:
    """Yield the actions that have every word in their key, description or group."""
    wanted = words.lower().split()
    for action in ACTIONS:
        keys = " ".join(map(key_name, action.keys))
        haystack = f"{keys} {action.description} {action.group}".lower()
        if all(word in haystack for word in wanted):
            yield action


def by_group(actions: Iterable[Action]) -> dict[str, list[Action]]:
    """Return actions under their headings, in registry order."""
    groups: dict[str, list[Action]] = {}
    for action in actions:
        groups.setdefault(action.group, []).append(action)
    return groups
