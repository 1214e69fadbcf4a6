"""The title bar and the hint bar: one line each, clickable."""

from collections.abc import Sequence

from textual import events
from textual.strip import Strip

from labtui.tui.actions import Action, Scope, key_name
from labtui.tui.cells import Cell
from labtui.tui.theme import Tone
from labtui.tui.widgets.styled import StyledWidget

_TARGETS = {Scope.APP: "app", Scope.ROWS: "focused"}
VIEWS = ("bench", "variants", "plan", "results", "history")


class _Bar(StyledWidget):
    """One line of parts, each with an action of its own or none."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[tuple[tuple[Cell, ...], str]] = []

    def _show(self, parts: list[tuple[tuple[Cell, ...], str]]) -> None:
        if parts != self._parts:
            self._parts = parts
            self.refresh()

    def render_line(self, y: int) -> Strip:  # noqa: ARG002
        """Draw the line."""
        return self.strip([cell for cells, _ in self._parts for cell in cells])

    async def on_click(self, event: events.Click) -> None:
        """Do what the part under the mouse stands for."""
        end = 0
        for cells, action in self._parts:
            end += sum(len(cell.text) for cell in cells)
            if event.x < end:
                if action:
                    await self.run_action(action)
                return


class TitleBar(_Bar):
    """Name, views, what the bench is doing; VIRTUAL where the devices are simulated."""

    def show(self, view: str, status: Sequence[Cell], is_virtual: bool) -> None:
        """Set what is shown; the status goes to the right end."""
        parts: list[tuple[tuple[Cell, ...], str]] = [((Cell(" labtui ", Tone.ACCENT),), "")]
        if is_virtual:
            parts.append(((Cell(" VIRTUAL ", Tone.VIRTUAL),), ""))
        for number, name in enumerate(VIEWS, 1):
            is_here = name == view
            text = f"[{number} {name}]" if is_here else f" {number} {name} "
            tone = Tone.STRONG if is_here else Tone.MUTED
            parts.append(((Cell(text, tone),), f"app.show('{name}')"))
        used = sum(len(cell.text) for cells, _ in parts for cell in cells)
        room = self.size.width - used - sum(len(cell.text) for cell in status) - 1
        if room >= 1:
            parts.append(((Cell(" " * room), *status), ""))
        self._show(parts)


class HintBar(_Bar):
    """At most eight keys of the present view."""

    MOST = 8

    def show(self, actions: Sequence[Action]) -> None:
        """Set the hints."""
        parts: list[tuple[tuple[Cell, ...], str]] = []
        for action in actions[: self.MOST]:
            where = _TARGETS.get(action.scope, "screen")
            cells = (
                Cell(f" {key_name(action.keys[0])}", Tone.ACCENT),
                Cell(f" {action.hint} ", Tone.MUTED),
            )
            parts.append((cells, f"{where}.{action.name}"))
        self._show(parts)


class Notice(StyledWidget):
    """One sentence: the cure of the selected device, or what to do next."""

    def __init__(self) -> None:
        super().__init__()
        self._cells: tuple[Cell, ...] = ()

    @property
    def text(self) -> str:
        """What it says."""
        return "".join(cell.text for cell in self._cells)

    def say(self, *cells: Cell) -> None:
        """Set the sentence."""
        if cells != self._cells:
            self._cells = cells
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw the sentence, broken over the lines there are."""
        import textwrap  # noqa: PLC0415 (only for sentences that do not fit)

        width = self.size.width - 2
        if len(self.text) <= width:
            return self.strip([Cell(" "), *self._cells] if y == 0 else [])
        lines = textwrap.wrap(self.text, width, max_lines=self.size.height, placeholder=" …")
        tone = self._cells[0].tone
        return self.strip([Cell(f" {lines[y]}", tone)] if y < len(lines) else [])
