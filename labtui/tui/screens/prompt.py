"""A question that is answered in words."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.screen import ModalScreen
from textual.widgets import Input, Static


class Prompt(ModalScreen[str]):
    """Asks for a line of text; escape answers nothing."""

    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]
        Binding("escape", "dismiss", "Cancel"),
    ]

    def __init__(self, question: str) -> None:
        super().__init__(classes="dialog-screen")
        self._question = question

    def compose(self) -> ComposeResult:
        """Question over the line."""
        with Container(classes="dialog", id="prompt"):
            yield Static(self._question, id="question-text", markup=False)
            yield Input(placeholder="enter takes it · esc cancels", id="prompt-text")

    @on(Input.Submitted)
    def _answer(self, event: Input.Submitted) -> None:
        self.dismiss(event.value.strip())
