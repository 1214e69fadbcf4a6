"""Compare: variants x devices, each with a verdict against its baseline."""

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding

from labtui.core.compare.table import Row, Word
from labtui.core.compare.verdict import DEFAULT_MARGIN
from labtui.core.compare.wording import sentence
from labtui.core.text import clean
from labtui.errors import LabtuiError
from labtui.plot import ASCII
from labtui.tui.actions import Scope, bindings
from labtui.tui.cells import Cell, cell
from labtui.tui.comparing import Baselines, LiveComparison, Material, load_material
from labtui.tui.desk import Desk, OpenedSession
from labtui.tui.screens.base import LabScreen
from labtui.tui.theme import Tone
from labtui.tui.views.compare import (
    TONES,
    Drawing,
    Look,
    compare_columns,
    look_for,
    verdict_key,
)
from labtui.tui.widgets.bars import Notice
from labtui.tui.widgets.table import Table

_NONE = "Nothing to compare yet: r shows the plan, c in the history (5) compares a session."
_LEGEND = "bar: 95 % interval, {one} same time, {margin} ±{percent:g} %"


class CompareScreen(LabScreen):
    """A table of verdicts between what is compared and what the selected verdict says in words."""

    SCOPE = Scope.COMPARE
    BINDINGS: ClassVar[list[Binding]] = bindings(Scope.COMPARE)  # type: ignore[assignment]
    AUTO_FOCUS = "#compare"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._baselines = Baselines()
        self._live = LiveComparison()
        self._loaded: tuple[OpenedSession, Material] | None = None
        self._opened_rows: tuple[Row, ...] = ()
        """Of the session opened from the history, once it is read."""
        self._why_empty = ""
        """Why there are none of them."""
        self._drawing = Drawing()

    def body(self) -> ComposeResult:
        """Sentence on the session, table, sentence on the row."""
        yield Notice(id="headline")
        yield Table(compare_columns(self._look), id="compare", empty=_NONE)
        yield Notice(id="sentence")

    def on_screen_resume(self) -> None:
        """Read the session that was opened since."""
        super().on_screen_resume()
        opened = self.desk.opened
        if opened is not None and (self._loaded is None or self._loaded[0] is not opened):
            self._opened_rows = ()
            self._read(opened)

    @work(exclusive=True, exit_on_error=False, group="compare")
    async def _read(self, opened: OpenedSession) -> None:
        self._why_empty = "Reading…"
        try:
            history = self.desk.opened_services.history
            material = await asyncio.to_thread(load_material, history, opened.session)
            rows = await asyncio.to_thread(material.rows, self._baselines)
        except LabtuiError as error:
            self._why_empty = clean(str(error), 400)
        else:
            self._why_empty = "The session has no results to compare."
            self._loaded, self._opened_rows = (opened, material), rows
        self.refresh_all()

    @property
    def rows(self) -> Sequence[Row]:
        """The verdicts on the session shown."""
        if self.desk.opened is not None:
            return self._opened_rows
        return self._live.rows(self.desk.state, self._baselines)

    @property
    def _look(self) -> Look:
        return look_for(self.rows, self.size.width, ascii_only=self.desk.glyphs is ASCII)

    @property
    def _selected(self) -> Row | None:
        return self.row(self.query_one("#compare", Table).key)

    def row(self, key: str) -> Row | None:
        """Return a verdict as it is now."""
        return next((row for row in self.rows if verdict_key(row) == key), None)

    def update(self) -> None:
        """Bring table and sentences up to date."""
        look, table = self._look, self.query_one("#compare", Table)
        table.set_empty(self._why_empty if self.desk.opened else _NONE)
        table.set_columns(compare_columns(look))
        table.set_rows(self._drawing.rows(self.rows, look))
        self.query_one("#headline", Notice).say(*self._headline())
        self._say_selected()

    def on_row_moved(self) -> None:
        """Say what the selected verdict means."""
        self._say_selected()

    def on_row_picked(self) -> None:
        """Open by double click."""
        self.action_show_verdict()

    def _say_selected(self) -> None:
        row, notice = self._selected, self.query_one("#sentence", Notice)
        words = sentence(row, DEFAULT_MARGIN) if row else ""
        notice.say(cell(words, TONES[row.word] if row else Tone.PLAIN, 400))

    def _headline(self) -> tuple[Cell, ...]:
        desk = self.desk
        one, margin = "|:" if desk.glyphs is ASCII else "│┊"
        words = _LEGEND.format(one=one, margin=margin, percent=100 * DEFAULT_MARGIN)
        legend = Cell(words, Tone.MUTED)
        if desk.opened is not None:
            return (cell(f"{desk.opened.name}  {desk.opened.session}  ", Tone.STRONG), legend)
        if desk.state.plan is None or desk.state.outcome is None:
            return (legend,)
        title = f"{desk.state.plan.name}  {desk.state.outcome.value}  "
        return (cell(title, Tone.STRONG), legend)

    def action_toggle_baseline(self) -> None:
        """Compare the variants of the selected one's model with it, or with the first again."""
        row = self._selected
        if row is None:
            return
        if row.word is Word.BROKEN:
            self.notify("Its outputs are broken: nothing is compared with it.", markup=False)
            return
        self._baselines = self._baselines.toggled(row.evidence.variant)
        if self._loaded is not None:
            self._opened_rows = self._loaded[1].rows(self._baselines)
        self.refresh_all()

    def action_show_verdict(self) -> None:
        """Show what the selected verdict rests on."""
        from labtui.tui.screens.verdict import VerdictScreen  # noqa: PLC0415 (when asked for)

        key = self.query_one("#compare", Table).key
        if key:
            self.app.push_screen(VerdictScreen(lambda: self.row(key), lambda: self._look))

    def copy_text(self) -> str:
        """Return the selected row."""
        return self.query_one("#compare", Table).row_text
