"""The last lines of the log, newest at the bottom."""

from textual.strip import Strip

from labtui.tui.cells import Cell, pad
from labtui.tui.log import Log, LogLine
from labtui.tui.theme import Tone
from labtui.tui.widgets.styled import StyledWidget

_LEVELS = {"error": Tone.BAD, "warn": Tone.WARN, "warning": Tone.WARN, "info": Tone.PLAIN}


class LogPane(StyledWidget, can_focus=True):
    """A window on the log; the wheel and the arrow keys look back."""

    BINDINGS = [  # noqa: RUF012 (Textual's own declaration)
        ("up,k", "look(1)", ""), ("down,j", "look(-1)", ""),
        ("pageup,ctrl+u", "look(8)", ""), ("pagedown,ctrl+d", "look(-8)", ""),
    ]  # fmt: skip

    def __init__(self, log: Log) -> None:
        super().__init__(id="log")
        self._log = log
        self._seen = -1
        self._back = 0

    def update(self) -> None:
        """Repaint if there is anything new."""
        if self._seen != self._log.version:
            self._seen = self._log.version
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw the heading or a line."""
        if y == 0:
            held = f" · {self._back} lines back" if self._back else ""
            return self.strip(
                [Cell(f" log · the last {len(self._log.lines)} lines{held}", Tone.MUTED)]
            )
        number = len(self._log.lines) - self._back - (self.size.height - 1) + y - 1
        return self.strip(self._cells(self._log.lines[number]) if number >= 0 else [])

    def _cells(self, line: LogLine) -> list[Cell]:
        return [
            Cell(f" {line.time} ", Tone.MUTED),
            Cell(pad(line.level, 6, is_right=False), _LEVELS.get(line.level, Tone.MUTED)),
            Cell(f"{pad(line.source, 18, is_right=False)} ", Tone.ACCENT),
            Cell(line.text, _LEVELS.get(line.level, Tone.PLAIN)),
        ]

    def action_look(self, lines: int) -> None:
        """Look further back, or forth."""
        most = max(0, len(self._log.lines) - self.size.height + 1)
        self._back = max(0, min(most, self._back + lines))
        self.refresh()

    def on_mouse_scroll_up(self) -> None:
        """Wheel: back."""
        self.action_look(3)

    def on_mouse_scroll_down(self) -> None:
        """Wheel: forth."""
        self.action_look(-3)
