"""The variants: what is known of each file, and which ones the next plan runs."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding

from labtui.tui.actions import Scope, bindings
from labtui.tui.messages import RowMoved
from labtui.tui.screens.base import LabScreen
from labtui.tui.views.variant_details import variant_lines
from labtui.tui.views.variants import VARIANTS, variant_rows
from labtui.tui.widgets.page import Page
from labtui.tui.widgets.table import Table

_NONE = "No model files: start labtui with some, e.g. labtui tui --variant model.int8.tflite"


class VariantsScreen(LabScreen):
    """Table of files over the details of the selected one."""

    SCOPE = Scope.VARIANTS
    BINDINGS: ClassVar[list[Binding]] = bindings(Scope.VARIANTS)  # type: ignore[assignment]
    AUTO_FOCUS = "#shelf"

    def body(self) -> ComposeResult:
        """Table and details."""
        yield Table(VARIANTS, id="shelf", empty=_NONE)
        yield Page(id="variant", classes="pane")

    def update(self) -> None:
        """Bring both up to date."""
        table = self.query_one("#shelf", Table)
        table.set_rows(variant_rows(self.desk.shelf))
        item = self.desk.shelf.items.get(table.key)
        self.query_one("#variant", Page).set_lines(variant_lines(item) if item else [])

    def on_row_moved(self, _event: RowMoved) -> None:
        """Show the details of another file."""
        self.refresh_all()

    def copy_text(self) -> str:
        """Return the selected file's path and row."""
        table = self.query_one("#shelf", Table)
        return f"{table.row_text}\t{table.key}"

    def action_toggle_variant(self) -> None:
        """Choose the file, or leave it out, and go to the next one."""
        table = self.query_one("#shelf", Table)
        if table.key:
            self.desk.shelf.toggle(table.key)
            table.action_cursor_down()
            self.refresh_all()

    def action_choose_all(self) -> None:
        """Choose every usable file, or none."""
        self.desk.shelf.toggle_all()
        self.refresh_all()
