"""Everything known of one device."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.screen import ModalScreen

from labtui.core.model import DeviceId
from labtui.tui.desk import Desk
from labtui.tui.views.details import detail_lines
from labtui.tui.widgets.page import Page


class DetailsScreen(ModalScreen[None]):
    """A page that follows the device while it is open."""

    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]
        Binding("escape,q,enter", "dismiss", "Close"),
        Binding("y", "app.copy", "Copy"),
    ]

    def __init__(self, desk: Desk, device: DeviceId) -> None:
        super().__init__(classes="dialog-screen")
        self._desk = desk
        self._device = device

    def compose(self) -> ComposeResult:
        """One box."""
        with Container(classes="dialog", id="details"):
            yield Page(id="details-page")

    def on_mount(self) -> None:
        """Follow the device."""
        self.refresh_all()
        self.set_interval(1.0, self.refresh_all)

    def refresh_all(self) -> None:
        """Describe the device as it is now."""
        lines = detail_lines(self._desk.state, self._device)
        self.query_one("#details-page", Page).set_lines(lines)

    def copy_text(self) -> str:
        """Return the page."""
        return self.query_one("#details-page", Page).text
