"""A box with one page of text, for screens that tell all that is known of one thing."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.screen import ModalScreen

from labtui.tui.widgets.page import Page


class PageScreen(ModalScreen[None]):
    """Shows its page over what is there; subclasses fill it when they are mounted."""

    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]
        Binding("escape,q,enter", "dismiss", "Close"),
        Binding("y", "app.copy", "Copy"),
    ]

    def __init__(self) -> None:
        super().__init__(classes="dialog-screen")

    def compose(self) -> ComposeResult:
        """One box."""
        with Container(classes="dialog", id="details"):
            yield Page(id="details-page")

    @property
    def page(self) -> Page:
        """What is read."""
        return self.query_one("#details-page", Page)

    def copy_text(self) -> str:
        """Return the page."""
        return self.page.text
