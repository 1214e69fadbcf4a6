"""Where variants ran: asked against used, in a cell and in the lines of the details."""

from labtui.core.placement import Coverage, OpTime, PlacedPart, with_time_shares
from labtui.tui import units
from labtui.tui.cells import Cell, PageLine, cell, entry, heading
from labtui.tui.runstate import DeviceRun, VariantRun
from labtui.tui.theme import Tone, variant_letter

TOP_OPS = 8
"""Ops of the profile that are listed, those that take longest."""


def ran_on_cell(asked: str, coverage: Coverage) -> Cell:
    """Return the unit; a fallback is loud, and what nobody would say is no success."""
    match coverage:
        case Coverage.FULL:
            return cell(asked, Tone.MUTED)
        case Coverage.PARTIAL:
            return cell(f"▼ partly {asked}", Tone.BAD)
        case Coverage.NONE:
            return cell(f"▼ not {asked}", Tone.BAD)
        case Coverage.UNKNOWN:
            return cell(f"{asked}?", Tone.WARN)


def placement_lines(run: DeviceRun) -> list[PageLine]:
    """Return where each variant of the plan ran on this device, and what took longest."""
    return [
        line
        for number, known in sorted(run.variant_runs.items())
        if known.placement is not None
        for line in _variant_lines(run, number, known)
    ]


def _variant_lines(run: DeviceRun, number: int, known: VariantRun) -> list[PageLine]:
    variant = run.plan.variants[number].variant
    placement = known.placement
    assert placement is not None  # noqa: S101 (the caller leaves those out)
    ops = known.profile.ops if known.profile else ()
    control = (
        [entry("control", Cell(f"{units.latency_ms(known.control_p50_ns)} ms without it"))]
        if known.control_p50_ns is not None
        else []
    )
    return [
        *heading(f"placement of {variant_letter(number)} {variant.recipe or variant.model}"),
        entry("ran on", ran_on_cell(placement.asked, placement.coverage)),
        *(_part(part) for part in with_time_shares(placement, ops).parts),
        *_partitions(placement.partitions),
        *control,
        *_top_ops(ops),
    ]


def _part(part: PlacedPart) -> PageLine:
    ops = "ops not counted" if part.ops is None else units.plural(part.ops, "op")
    share = "" if part.time_share is None else f", {part.time_share:.0%} of the time"
    return entry(part.unit, cell(f"{part.delegate or 'own kernels'}: {ops}{share}"))


def _partitions(partitions: int | None) -> list[PageLine]:
    return [] if partitions is None else [entry("partitions", Cell(str(partitions)))]


def _top_ops(ops: tuple[OpTime, ...]) -> list[PageLine]:
    total_ns = sum(op.mean_ns for op in ops)
    if not total_ns:
        return []
    slowest = sorted(ops, key=lambda op: -op.mean_ns)[:TOP_OPS]
    return [
        entry(f"{op.mean_ns / total_ns:6.1%}", cell(f"{op.name} ×{op.count}")) for op in slowest
    ]
