"""The lines of the plan view."""

from functools import partial
from pathlib import Path
from textwrap import wrap

from labtui.bench.preview import DevicePreview, Preview, engine_words
from labtui.core.duration import expected_eval_s
from labtui.core.model import DeviceId
from labtui.core.plan import Plan, eval_task, needed_eval_sets, schedule
from labtui.core.presets import PRESETS
from labtui.core.text import clean
from labtui.tui import units
from labtui.tui.cells import Cell, PageLine, cell, heading, pad
from labtui.tui.theme import Tone, variant_letter, variant_tone
from labtui.tui.views.board import link_cell
from labtui.tui.views.variants import precision_text

_SHOWN_LAUNCHES = 24
_PRESET_WIDTH = max(map(len, PRESETS)) + 2
_SENTENCE_WIDTH = 74
"""On the narrowest screen, behind the mark."""


def plan_lines(
    preview: Preview, eval_folder: Path | None = None, *, is_running: bool
) -> list[PageLine]:
    """Return the plan as lines: what, how long, in which order, what to mind."""
    plan = preview.plan
    return [
        (),
        *_summary(preview),
        *heading("preset"),
        *(_preset_line(name, plan.preset.name) for name in PRESETS),
        *((Cell(f"    + {words}", Tone.MUTED),) for words in preview.passes),
        *heading("eval set"),
        *_evaluation(plan, eval_folder),
        *heading("variants"),
        *(_variant_line(plan, number) for number in range(len(plan.variants))),
        *heading("devices, and the order of launches on each"),
        *(_device_line(device) for device in preview.devices),
        *_warnings(preview),
        (),
        *_start_lines(is_running),
    ]


def _summary(preview: Preview) -> list[PageLine]:
    plan = preview.plan
    variants, devices = len(plan.variants), len(plan.devices)
    words = f"  {units.plural(variants, 'variant')} × {units.plural(devices, 'device')}"
    each = units.plural(variants * plan.preset.launches, "launch", "launches")
    each = f"up to {each}" if plan.skipped else each
    cost = f"  About {units.duration(preview.duration_s)}"
    return [
        (Cell(words, Tone.STRONG), Cell(f": {each} on each, all devices at once.")),
        (Cell(cost, Tone.ACCENT), Cell(f", at most {units.size(preview.push_bytes)} to push.")),
    ]


def _preset_line(name: str, current: str) -> PageLine:
    is_current = name == current
    return (
        Cell("  ▸ " if is_current else "    ", Tone.ACCENT),
        Cell(pad(name, _PRESET_WIDTH, is_right=False), Tone.STRONG if is_current else Tone.MUTED),
        Cell(PRESETS[name].summary, Tone.PLAIN if is_current else Tone.MUTED),
    )


def _evaluation(plan: Plan, folder: Path | None) -> list[PageLine]:
    """Return what variants are scored on, and what that and the golden checks cost."""
    scored = [e for e in plan.eval_sets if folder is not None and e.folder == str(folder)]
    words = "none: v takes the next one, V asks for a folder"
    for eval_set in scored:
        items = min(eval_set.count, plan.eval_items or eval_set.count)
        words = f"{eval_set.name}, {items:,} of {eval_set.count:,} items"
    line = (Cell("  ▸ ", Tone.ACCENT), cell(words, Tone.STRONG if scored else Tone.MUTED))
    seconds, size_bytes = evaluation_cost(plan)
    if not seconds:
        return [line]
    cost = f"    checks and scoring: about {units.duration(seconds)} of the time above"
    push = f", {units.size(size_bytes)} of items to push to each phone"
    return [line, (Cell(cost + push, Tone.MUTED),)]


def evaluation_cost(plan: Plan) -> tuple[float, int]:
    """Return what checks and evaluations cost the device that has most of them: s, bytes."""
    return max(map(partial(_device_cost, plan), plan.devices))


def _device_cost(plan: Plan, device: DeviceId) -> tuple[float, int]:
    tasks = [task for spec in schedule(plan, device) if (task := eval_task(plan, spec))]
    size_bytes = sum(e.inputs.size_bytes for e in needed_eval_sets(plan, device))
    return sum(map(expected_eval_s, tasks)), size_bytes


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
    return [
        *_concerns("left out", preview.left_out, Tone.MUTED),
        *_concerns("warnings", preview.warnings, Tone.WARN),
    ]


def _concerns(title: str, sentences: tuple[str, ...], tone: Tone) -> list[PageLine]:
    if not sentences:
        return []
    lines = (line for sentence in sentences for line in _concern(sentence, tone))
    return [*heading(title), *lines]


def sentence_lines(sentence: str, tone: Tone) -> list[PageLine]:
    """Return a sentence on as many lines as it needs."""
    return [(cell(f"  {part}", tone),) for part in wrap(clean(sentence, 600), _SENTENCE_WIDTH)]


def _concern(sentence: str, tone: Tone) -> list[PageLine]:
    first, *rest = wrap(sentence, _SENTENCE_WIDTH)
    return [(cell(f"  ▲ {first}", tone),), *((cell(f"    {part}", tone),) for part in rest)]


def _start_lines(is_running: bool) -> list[PageLine]:
    if is_running:
        return [(Cell("  A plan is running: x stops it before another can start.", Tone.WARN),)]
    more = (
        Cell("  v", Tone.ACCENT), Cell(" eval set · "), Cell("V", Tone.ACCENT),
        Cell(" its folder · "), Cell("i", Tone.ACCENT), Cell(" number of items"),
    )  # fmt: skip
    return [_START_LINE, more]


_START_LINE: PageLine = (
    Cell("  enter", Tone.ACCENT), Cell(" starts · "), Cell("[ ]", Tone.ACCENT),
    Cell(" preset · "), Cell("a", Tone.ACCENT), Cell(" accelerator · "),
    Cell("t", Tone.ACCENT), Cell(" threads · "), Cell("o", Tone.ACCENT),
    Cell(" control run"),
)  # fmt: skip
