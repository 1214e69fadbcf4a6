"""The lines of the plan view."""

from labtui.bench.preview import DevicePreview, Preview, engine_words
from labtui.core.plan import PRESETS, Plan
from labtui.tui import units
from labtui.tui.cells import Cell, PageLine, cell, heading, pad
from labtui.tui.theme import Tone, variant_letter, variant_tone
from labtui.tui.views.board import link_cell
from labtui.tui.views.variants import precision_text

_SHOWN_LAUNCHES = 24


def plan_lines(preview: Preview, *, is_running: bool) -> list[PageLine]:
    """Return the plan as lines: what, how long, in which order, what to mind."""
    plan = preview.plan
    return [
        (),
        *_summary(preview),
        *heading("preset"),
        *(_preset_line(name, plan.preset.name) for name in PRESETS),
        *((Cell(f"    + {words}", Tone.MUTED),) for words in preview.passes),
        *heading("variants"),
        *(_variant_line(plan, number) for number in range(len(plan.variants))),
        *heading("devices, and the order of launches on each"),
        *(_device_line(device) for device in preview.devices),
        *_warnings(preview),
        (),
        _start_line(is_running),
    ]


def _summary(preview: Preview) -> list[PageLine]:
    plan = preview.plan
    variants, devices = len(plan.variants), len(plan.devices)
    words = f"  {units.plural(variants, 'variant')} × {units.plural(devices, 'device')}"
    each = units.plural(variants * plan.preset.launches, "launch", "launches")
    cost = f"  About {units.duration(preview.duration_s)}"
    return [
        (Cell(words, Tone.STRONG), Cell(f": {each} on each, all devices at the same time.")),
        (Cell(cost, Tone.ACCENT), Cell(f", at most {units.size(preview.push_bytes)} to push.")),
    ]


def _preset_line(name: str, current: str) -> PageLine:
    is_current = name == current
    return (
        Cell("  ▸ " if is_current else "    ", Tone.ACCENT),
        Cell(f"{name:<11}", Tone.STRONG if is_current else Tone.MUTED),
        Cell(PRESETS[name].summary, Tone.PLAIN if is_current else Tone.MUTED),
    )


def _variant_line(plan: Plan, number: int) -> PageLine:
    planned = plan.variants[number]
    variant, engine = planned.variant, planned.engine
    options = ", ".join(engine_words(engine)) or engine.accelerator
    return (
        Cell(f"    {variant_letter(number)} ", variant_tone(number)),
        cell(pad(variant.name, 24, is_right=False), Tone.STRONG),
        Cell(f" {units.size(variant.size_bytes):>8}  "),
        Cell(f"{options}  ", Tone.ACCENT if engine_words(engine) else Tone.MUTED),
        cell(precision_text(variant), Tone.MUTED),
    )


def _device_line(share: DevicePreview) -> PageLine:
    link, order = link_cell(share.device), share.order
    shown = order[:_SHOWN_LAUNCHES]
    more = len(order) - len(shown)
    return (
        cell("    " + pad(share.device.name, 22, is_right=False), Tone.STRONG),
        Cell(pad(link.text, 8, is_right=False), link.tone),
        Cell(f"{units.size(share.push_bytes):>8}  "),
        *(Cell(f"{variant_letter(number)} ", variant_tone(number)) for number in shown),
        Cell(f"… {more} more" if more else "", Tone.MUTED),
    )


def _warnings(preview: Preview) -> list[PageLine]:
    if not preview.warnings:
        return []
    lines = [(cell(f"  ▲ {warning}", Tone.WARN, 400),) for warning in preview.warnings]
    return [*heading("warnings"), *lines]


def _start_line(is_running: bool) -> PageLine:
    if is_running:
        return (Cell("  A plan is running: x stops it before another can start.", Tone.WARN),)
    return (
        Cell("  enter", Tone.ACCENT), Cell(" starts · "), Cell("[ ]", Tone.ACCENT),
        Cell(" preset · "), Cell("a", Tone.ACCENT), Cell(" accelerator · "),
        Cell("t", Tone.ACCENT), Cell(" threads · "), Cell("o", Tone.ACCENT),
        Cell(" control run"),
    )  # fmt: skip
