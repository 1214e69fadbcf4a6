"""The variants: what is known of each file, and which ones the next plan runs."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding

from labtui.core.model import TensorSpec, Variant
from labtui.tui import units
from labtui.tui.actions import Scope, bindings
from labtui.tui.cells import Cell, PageLine, cell, entry
from labtui.tui.messages import RowMoved
from labtui.tui.screens.base import LabScreen
from labtui.tui.shelf import Item
from labtui.tui.theme import Tone
from labtui.tui.views.variants import VARIANTS, precision_text, shape_text, variant_rows
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
        self.query_one("#variant", Page).set_lines(_details(item) if item else [])

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


def _details(item: Item) -> list[PageLine]:
    lines: list[PageLine] = [entry("file", cell(str(item.path), limit=400), width=10)]
    if item.error:
        return [*lines, entry("unusable", cell(item.error, Tone.BAD, 400), width=10)]
    if item.variant is None:
        return [*lines, entry("", Cell("reading…", Tone.MUTED), width=10)]
    return [*lines, *_known(item.variant)]


def _known(variant: Variant) -> list[PageLine]:
    weights = f"{precision_text(variant)} of {units.count(variant.parameters)} parameters"
    ops = ", ".join(f"{name} × {count}" for name, count in variant.ops)
    return [
        entry("SHA-256", Cell(variant.digest, Tone.MUTED), width=10),
        entry("weights", cell(weights), width=10),
        *(entry("input", cell(_tensor_text(spec)), width=10) for spec in variant.inputs),
        *(entry("output", cell(_tensor_text(spec)), width=10) for spec in variant.outputs),
        entry("ops", cell(ops, limit=400), width=10),
    ]  # fmt: skip


def _tensor_text(spec: TensorSpec) -> str:
    scale = "" if spec.scale is None else f"  scale {spec.scale:.6g}, zero point {spec.zero_point}"
    return f"{shape_text(spec.shape)} {spec.dtype}  {spec.name}{scale}"
