"""The line over a plot: device, state, and what the launch at work says of its variant."""

from labtui.core.accuracy import tally_text
from labtui.core.model import DeviceSnapshot
from labtui.core.plan import Purpose
from labtui.tui import units
from labtui.tui.cells import Cell, cell
from labtui.tui.runstate import DeviceRun
from labtui.tui.theme import Sign, Tone, variant_tone


def plot_title(
    device: DeviceSnapshot, sign: Sign, run: DeviceRun | None, *, is_held: bool, width: int
) -> tuple[Cell, ...]:
    """Return the title; where there is no room for all of it, words are left out.

    First the state's, unless something is wrong; then an accuracy's interval becomes its half.
    """
    is_virtual = device.facts is not None and device.facts.is_virtual
    name = (
        cell(f" {device.name}", Tone.STRONG),
        Cell(" virtual" if is_virtual else "", Tone.VIRTUAL),
    )
    held = Cell("  held: P goes on" if is_held else "", Tone.WARN)
    whole, short = Cell(f"  {sign}", sign.tone), Cell(f"  {sign.glyph}", sign.tone)
    if sign.tone is Tone.BAD:
        short = whole
    titles = (
        (*name, whole, *_work(run), held),
        (*name, short, *_work(run), held),
        (*name, short, *_work(run, is_short=True), held),
    )
    return next((title for title in titles if _width(title) <= width), titles[-1])


def _width(cells: tuple[Cell, ...]) -> int:
    return sum(len(part.text) for part in cells)


def _work(run: DeviceRun | None, *, is_short: bool = False) -> tuple[Cell, ...]:
    if run is None or run.spec is None:
        return ()
    tone = Tone.BAD if run.variant_run.is_broken else variant_tone(run.variant_index or 0)
    if (words := _words(run, is_short)) == "":
        return ()
    return (cell(f"  {run.variant_label} {words}", tone),)


def _words(run: DeviceRun, is_short: bool) -> str:
    """Return what the launch at work has found out so far."""
    done = run.evaluated
    if run.purpose is Purpose.CHECK:
        return f"golden check of {units.plural(done.of_items, 'item')}" if done else "golden check"
    if run.purpose is Purpose.EVALUATE and done is not None:
        if is_short:
            return f"{units.accuracy(done.tally)} % of {done.tally.items:,}"
        return f"{tally_text(done.tally)}/{done.of_items:,}"
    return "" if run.p50_ns is None else f"p50 {units.latency_ms(run.p50_ns)} ms"
