"""The bench: a board of devices over live plots."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding

from labtui.core.events import Outcome
from labtui.core.model import DeviceId
from labtui.tui import units
from labtui.tui.actions import Scope, bindings
from labtui.tui.cells import Cell, cell
from labtui.tui.messages import Rearranged, RowMoved, RowPicked
from labtui.tui.screens.base import LabScreen
from labtui.tui.theme import Tone
from labtui.tui.views.board import BOARD, board_rows, device_sign
from labtui.tui.views.plot_title import plot_title
from labtui.tui.widgets.bars import Notice
from labtui.tui.widgets.live_plot import LivePlot
from labtui.tui.widgets.plot_grid import PlotGrid, capacity, page
from labtui.tui.widgets.table import Table

BOARD_LINES = 8
TALL_BOARD = 14
"""Most lines of the board on terminals below and from 36 lines."""


class BenchScreen(LabScreen):
    """Board, one sentence on the selected device, plots."""

    SCOPE = Scope.BENCH
    BINDINGS: ClassVar[list[Binding]] = bindings(Scope.BENCH)  # type: ignore[assignment]
    AUTO_FOCUS = "#board"

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self._is_solo = False

    def body(self) -> ComposeResult:
        """Board, notice, plots."""
        yield Table(BOARD, id="board", empty="Looking for devices…")
        yield Notice()
        limit = self.desk.limit
        yield PlotGrid(self.desk.glyphs, limit.limit_ms if limit else None)

    def tick(self, beat: int) -> None:
        """Bring the plots up to date on every beat, the rest less often."""
        super().tick(beat)
        self._draw_plots()

    def update(self) -> None:
        """Bring board, notice and the choice of plots up to date."""
        state = self.desk.state
        state.refresh_medians()
        board = self.query_one("#board", Table)
        board.set_empty(self._empty_board())
        board.set_rows(board_rows(state))
        most = TALL_BOARD if self.has_class("-tall") else BOARD_LINES
        board.styles.height = max(3, min(most, board.total + 1))
        self._show_selection()

    def _show_selection(self) -> None:
        board = self.query_one("#board", Table)
        self.desk.selected = DeviceId(board.key) if board.key else None
        self.query_one(Notice).say(*self._notice())
        self._arrange_plots()

    def on_resize(self) -> None:
        """Another size has room for another number of plots."""
        self.call_after_refresh(self.refresh_all)

    def _empty_board(self) -> str:
        desk = self.desk
        if desk.services is None:
            return "Starting the virtual bench…" if desk.is_virtual else "Opening the bench…"
        return desk.state.bench_error or "No device yet: plug in a phone with USB debugging on."

    def _notice(self) -> tuple[Cell, ...]:
        desk, state = self.desk, self.desk.state
        device = state.device(desk.selected) if desk.selected else None
        run = state.runs.get(desk.selected) if desk.selected else None
        if trouble := desk.trouble:
            return (cell(f"✖ {trouble}", Tone.BAD, 400),)
        if device is not None and device.cure:
            return (cell(f"{device.name}: {device.cure}", Tone.WARN, 400),)
        if run is not None and run.outcome is Outcome.FAILED:
            return (cell(f"✖ {device.name if device else ''}: {run.cause}", Tone.BAD, 400),)
        return self._next_step()

    def _next_step(self) -> tuple[Cell, ...]:
        state = self.desk.state
        if state.is_running:
            done = [run.share_done for run in state.runs.values()]
            share = sum(done) / len(done) if done else 0.0
            return (
                Cell(f"{units.bar(share, 20)} {share * 100:3.0f} %  ", Tone.ACCENT),
                Cell("x stops it, 4 shows the results so far", Tone.MUTED),
            )
        devices = units.plural(len(state.chosen), "device")
        shelf = self.desk.shelf
        if shelf.is_pending:
            return (Cell("Reading the model files…", Tone.MUTED),)
        variants = units.plural(len(shelf.selection()), "variant")
        ready = Cell(f"Next: {variants} on {devices}, {self.desk.draft.preset_name}. ", Tone.PLAIN)
        if state.outcome is not None:
            words = (
                f"Session {state.outcome.value}: 4 shows the results, e exports them, r runs again."
            )
            return (Cell(words, Tone.GOOD),)
        return (
            ready,
            Cell("r shows the plan, space marks devices", Tone.MUTED),
        )

    def _arrange_plots(self) -> None:
        state, grid = self.desk.state, self.query_one(PlotGrid)
        board = self.query_one("#board", Table)
        filtered = {row.key for row in board.rows} if board.is_filtered else None
        devices: list[str] = list(state.runs) or [d.id for d in state.ready]
        if filtered is not None:
            devices = [device for device in devices if device in filtered]
        selected = self.desk.selected or ""
        if selected and selected not in devices and state.device(DeviceId(selected)):
            devices.append(DeviceId(selected))
        room = 1 if self._is_solo else capacity(grid.size)
        shown = page(devices, selected, room)
        for plot, device in zip(grid.show(len(shown)), shown, strict=True):
            plot.attach(device, state.trace(DeviceId(device)))
            plot.select(device == selected)
            run = state.runs.get(DeviceId(device))
            plot.condemn(run.broken if run else frozenset())
            plot.set_title(
                self._title(DeviceId(device), plot.size.width), self._empty_text(DeviceId(device))
            )

    def _title(self, device: DeviceId, width: int) -> tuple[Cell, ...]:
        desk, state = self.desk, self.desk.state
        found, run = state.device(device), state.runs.get(device)
        if found is None:
            return ()
        sign = device_sign(state, found, any(d.id == device for d in state.devices))
        return plot_title(found, sign, run, is_held=desk.paused_at_s is not None, width=width)

    def _empty_text(self, device: DeviceId) -> str:
        if device in self.desk.state.runs:
            return "waiting for the first sample"
        return "no samples yet: r shows the plan and starts it"

    def _draw_plots(self) -> None:
        state, desk = self.desk.state, self.desk
        for plot in self.query_one(PlotGrid).plots:
            run = state.runs.get(DeviceId(plot.device))
            is_live = run is not None and run.phase.is_working and state.is_running
            end_s = state.trace(DeviceId(plot.device)).last_s or 0.0
            edge_s = desk.now_s if is_live else min(end_s, desk.now_s)
            plot.draw(edge_s, desk.window_s)

    def copy_text(self) -> str:
        """Return the selected row of the board."""
        return self.query_one("#board", Table).row_text

    @on(RowMoved)
    def _follow_cursor(self) -> None:
        for plot in self.query_one(PlotGrid).plots:
            plot.drop_cursor()
        self._show_selection()

    @on(Rearranged)
    def _follow_filter(self) -> None:
        self._show_selection()

    def retreat(self) -> bool:
        """Drop the cursors of the plots; else the filter."""
        read = [plot for plot in self.query_one(PlotGrid).plots if plot.has_cursor]
        for plot in read:
            plot.drop_cursor()
        return bool(read) or super().retreat()

    @on(RowPicked)
    def _open_picked(self) -> None:
        self.action_details()

    @on(LivePlot.Chosen)
    def _select_device(self, event: LivePlot.Chosen) -> None:
        self.query_one("#board", Table).go_to(event.device)

    def action_toggle_mark(self) -> None:
        """Mark the device for the next plan, or unmark it, and go to the next one."""
        board, marked = self.query_one("#board", Table), self.desk.state.marked
        if board.key:
            marked.symmetric_difference_update({DeviceId(board.key)})
            board.action_cursor_down()
            self.refresh_all()

    def action_mark_all(self) -> None:
        """Mark all ready devices that are shown; none of them if all are marked."""
        state = self.desk.state
        shown = {row.key for row in self.query_one("#board", Table).rows}
        ready = {device.id for device in state.ready if device.id in shown}
        state.marked = state.marked - ready if state.marked >= ready else state.marked | ready
        self.refresh_all()

    def action_details(self) -> None:
        """Show everything known of the selected device."""
        from labtui.tui.screens.details import DetailsScreen  # noqa: PLC0415 (not before first paint)

        if self.desk.selected is not None:
            self.app.push_screen(DetailsScreen(self.desk, self.desk.selected))

    def action_point_left(self) -> None:
        """Read the selected plot one column earlier."""
        self._point(-1)

    def action_point_right(self) -> None:
        """Read the selected plot one column later."""
        self._point(1)

    def _point(self, by: int) -> None:
        for plot in self.query_one(PlotGrid).plots:
            if plot.device == self.desk.selected:
                plot.move_cursor(by)

    def action_zoom_in(self) -> None:
        """Shorten the time window."""
        self.desk.step_window(-1)
        self.refresh_all()

    def action_zoom_out(self) -> None:
        """Lengthen the time window."""
        self.desk.step_window(1)
        self.refresh_all()

    def action_toggle_pause(self) -> None:
        """Hold the plots still, or let them go on; samples are kept either way."""
        self.desk.toggle_pause()
        self.refresh_all()

    def action_next_markers(self) -> None:
        """Draw with braille dots or with blocks: some fonts have only one of them."""
        self.query_one(PlotGrid).use(self.desk.step_glyphs())
        self.refresh_all()

    def action_toggle_solo(self) -> None:
        """Give the selected device's plot all the room, or share it again."""
        self._is_solo = not self._is_solo
        self.refresh_all()
