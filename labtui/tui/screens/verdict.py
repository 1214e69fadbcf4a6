"""What one verdict rests on."""

from collections.abc import Callable

from labtui.core.compare.table import Row
from labtui.tui.screens.page import PageScreen
from labtui.tui.views.compare import Look
from labtui.tui.views.compare_details import verdict_lines


class VerdictScreen(PageScreen):
    """A page that follows the verdict while it is open."""

    def __init__(self, row: Callable[[], Row | None], look: Callable[[], Look]) -> None:
        super().__init__()
        self._row = row
        self._look = look

    def on_mount(self) -> None:
        """Follow the verdict."""
        self.refresh_all()
        self.set_interval(1.0, self.refresh_all)

    def refresh_all(self) -> None:
        """Describe the verdict as it is now; what is gone stays as it was."""
        row = self._row()
        if row is not None:
            self.page.set_lines(verdict_lines(row, self._look()))
