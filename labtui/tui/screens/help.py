"""The help: all actions, searchable."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.screen import ModalScreen
from textual.widgets import Input

from labtui.tui.actions import Action, by_group, key_name, search
from labtui.tui.cells import Cell, PageLine
from labtui.tui.theme import Tone
from labtui.tui.widgets.page import Page


class HelpScreen(ModalScreen[None]):
    """All actions under headings; typing narrows the list."""

    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]
        Binding("escape,f1", "dismiss", "Close"),
        Binding("down", "scroll(1)", "Down"),
        Binding("up", "scroll(-1)", "Up"),
    ]

    def __init__(self) -> None:
        super().__init__(classes="dialog-screen")

    def compose(self) -> ComposeResult:
        """Search line over the list."""
        with Container(classes="dialog", id="help"):
            yield Input(placeholder="type to search · esc closes", id="help-search")
            yield Page(id="help-list")

    def on_mount(self) -> None:
        """Show everything."""
        self._fill("")

    @on(Input.Changed)
    def _narrow(self, event: Input.Changed) -> None:
        self._fill(event.value)

    def _fill(self, words: str) -> None:
        lines: list[PageLine] = []
        for group, actions in by_group(search(words)).items():
            lines += [(), (Cell(group.upper(), Tone.MUTED),), *map(_action_line, actions)]
        self.query_one("#help-list", Page).set_lines(lines or [(), _NOTHING])

    def action_scroll(self, lines: int) -> None:
        """Scroll the list while the search line has the focus."""
        page = self.query_one("#help-list", Page)
        page.action_cursor_down() if lines > 0 else page.action_cursor_up()


_NOTHING = (Cell("No action has these words.", Tone.MUTED),)


def _action_line(action: Action) -> PageLine:
    keys = "  ".join(map(key_name, action.keys))
    return (Cell(f"  {keys:<18}", Tone.ACCENT), Cell(action.description))
