"""The title bar and the hint bar: one line each, clickable."""

from collections.abc import Iterable, Sequence

from textual import events
from textual.strip import Strip

from labtui.tui.actions import Action, Scope, key_name
from labtui.tui.cells import Cell
from labtui.tui.theme import Tone
from labtui.tui.widgets.styled import StyledWidget

_TARGETS = {Scope.APP: "app", Scope.ROWS: "focused"}
VIEWS = ("bench", "variants", "plan", "results", "history", "compare")

_Part = tuple[tuple[Cell, ...], str]
"""Cells, and the action that a click on them does; empty = none."""


class _Bar(StyledWidget):
    """One line of parts, each with an action of its own or none."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[_Part] = []

    def _show(self, parts: list[_Part]) -> None:
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
        """Set what is shown; the status, as much of it as has room, goes to the right end."""
        parts = _left_parts(view, is_virtual, is_tight=False)
        if _width(parts) + _cells_width(status) + 1 >= self.size.width:
            parts = _left_parts(view, is_virtual, is_tight=True)
        shown = list(status)
        while shown and _width(parts) + _cells_width(shown) + 1 >= self.size.width:
            shown.pop()
        gap = self.size.width - _width(parts) - _cells_width(shown) - 1
        self._show([*parts, ((Cell(" " * gap), *shown), "")])


def _left_parts(view: str, is_virtual: bool, *, is_tight: bool) -> list[_Part]:
    """Return name and views, the one shown in brackets; where it is tight, as little as tells."""
    name, kind = Cell(" labtui ", Tone.ACCENT), Cell(" VIRTUAL ", Tone.VIRTUAL)
    parts: list[_Part] = [] if is_tight and is_virtual else [((name,), "")]
    if is_virtual:
        parts.append(((kind,), ""))
    for number, title in enumerate(VIEWS, 1):
        is_here = title == view
        text = f" {number} {title}{'' if is_tight else ' '}"
        shown = Cell(f"[{text.strip()}]", Tone.STRONG) if is_here else Cell(text, Tone.MUTED)
        parts.append(((shown,), f"app.show('{title}')"))
    return parts


def _width(parts: Iterable[_Part]) -> int:
    return sum(_cells_width(cells) for cells, _ in parts)


def _cells_width(cells: Iterable[Cell]) -> int:
    return sum(len(cell.text) for cell in cells)


class HintBar(_Bar):
    """At most eight keys of the present view."""

    MOST = 8

    def show(self, actions: Sequence[Action]) -> None:
        """Set the hints."""
        parts: list[_Part] = []
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

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 (Textual's name)
        super().__init__(id=id)
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
