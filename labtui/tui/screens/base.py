"""What every view has: title bar, hint bar, notice of a terminal that is too small, log pane."""

from collections import Counter
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container
from textual.screen import Screen
from textual.widgets import Static

from labtui.tui.actions import Scope, hints
from labtui.tui.cells import Cell
from labtui.tui.desk import Desk
from labtui.tui.messages import Rearranged
from labtui.tui.views.board import device_sign
from labtui.tui.widgets.bars import HintBar, TitleBar
from labtui.tui.widgets.filter_line import FilterLine
from labtui.tui.widgets.log_pane import LogPane

TOO_SMALL = (
    "labtui needs 60 columns and 16 lines.\n"
    "Make the terminal larger, or use the headless commands: labtui run --help"
)


class LabScreen(Screen[None]):
    """A view; the app calls `tick` a few times a second while it is shown."""

    SCOPE: ClassVar[Scope]
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 (Textual's own declaration)
        (0, "-narrow"),
        (60, "-usable"),
        (120, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [  # noqa: RUF012
        (0, "-low"),
        (16, "-short"),
        (36, "-tall"),
    ]

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk

    def compose(self) -> ComposeResult:
        """Bars above and below the view's own widgets."""
        yield TitleBar()
        yield Static(TOO_SMALL, id="too-small", markup=False)
        with Container(id="body"):
            yield from self.body()
        yield HintBar()

    def body(self) -> ComposeResult:
        """Yield the view's own widgets."""
        raise NotImplementedError

    def update(self) -> None:
        """Bring the view's own widgets up to date."""
        raise NotImplementedError

    @property
    def is_up(self) -> bool:
        """Whether all widgets are there: not while they are made, nor while they are taken down."""
        return self.is_mounted and self.app.is_running

    def on_screen_resume(self) -> None:
        """Show the present state at once."""
        self.call_after_refresh(self.refresh_all)

    def refresh_all(self) -> None:
        """Bring everything up to date."""
        if not self.is_up:
            return
        self.query_one(TitleBar).show(self.SCOPE.value, self._status(), self.desk.is_virtual)
        for pane in self.query(LogPane):
            pane.update()
        self.update()
        self.show_filters()

    def show_filters(self) -> None:
        """Bring filter lines and hints up to date; while one types there are none."""
        lines = list(self.query(FilterLine))
        for line in lines:
            line.update()
        is_typing = any(line.is_edited for line in lines)
        pane: Scope | None = getattr(self.focused, "PANE", None)
        self.query_one(HintBar).show([] if is_typing else hints(self.SCOPE, pane))

    @on(Rearranged)
    @on(events.DescendantFocus)
    def _follow_focus(self) -> None:
        if self.is_up:
            self.show_filters()

    def retreat(self) -> bool:
        """Drop the filter, if there is one; return whether there was."""
        lines = list(self.query(FilterLine))
        for line in lines:
            line.drop()
        return bool(lines)

    def tick(self, beat: int) -> None:
        """Repaint what changed; every third beat is enough for numbers people read."""
        if beat % 3 == 0:
            self.refresh_all()

    def toggle_log(self) -> None:
        """Show or hide the log pane."""
        panes = self.query(LogPane)
        if panes:
            panes.remove()
        else:
            self.query_one("#body").mount(LogPane(self.desk.log))

    def copy_text(self) -> str:
        """Return what copying copies here."""
        return ""

    def _status(self) -> list[Cell]:
        """Return how many devices are in each state; without the words where there is no room."""
        state = self.desk.state
        signs = Counter(device_sign(state, device) for device in state.devices).most_common(3)
        has_words = self.size.width >= 100
        return [
            Cell(f"{s.glyph} {number} {s.word}  " if has_words else f"{s.glyph}{number} ", s.tone)
            for s, number in signs
        ]
