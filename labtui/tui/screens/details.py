"""Everything known of one device."""

from labtui.core.model import DeviceId
from labtui.tui.desk import Desk
from labtui.tui.screens.page import PageScreen
from labtui.tui.views.details import detail_lines


class DetailsScreen(PageScreen):
    """A page that follows the device while it is open."""

    def __init__(self, desk: Desk, device: DeviceId) -> None:
        super().__init__()
        self._desk = desk
        self._device = device

    def on_mount(self) -> None:
        """Follow the device."""
        self.refresh_all()
        self.set_interval(1.0, self.refresh_all)

    def refresh_all(self) -> None:
        """Describe the device as it is now."""
        lines = detail_lines(self._desk.state, self._device)
        self.page.set_lines(lines)
