"""The device board: state -> rows."""

from labtui.core.events import Outcome
from labtui.core.model import DeviceSnapshot, Platform, TransportKind
from labtui.core.plan import Purpose
from labtui.core.readings import Reading
from labtui.core.select import device_words
from labtui.tui import units
from labtui.tui.cells import Cell, Column, Row, cell
from labtui.tui.runstate import DeviceRun, Phase
from labtui.tui.state import BenchState
from labtui.tui.theme import DEVICE_SIGNS, Sign, Tone, variant_letter, variant_tone

BOARD = (
    Column("device", 14, 30, can_shrink=True),
    Column("link", 4, 8, rank=1),
    Column("state", 9, 16),
    Column("SoC", 8, 22, rank=4),
    Column("system", 7, 14, rank=5),
    Column("°C", 4, 5, is_right=True),
    Column("bat%", 4, 4, is_right=True, rank=2),
    Column("free", 6, 8, is_right=True, rank=3),
    Column("plan", 12, 20),
    Column("", 12, 12, rank=6),
    Column("p50 ms", 6, 7, is_right=True),
    Column("clock%", 6, 6, is_right=True, rank=6),
    Column("serial", 8, 24, rank=7),
)
_LINKS = {
    TransportKind.USB: "USB", TransportKind.WIFI: "Wi-Fi", TransportKind.EMULATOR: "emul.",
    TransportKind.LOCAL: "local",
}  # fmt: skip


def board_rows(state: BenchState) -> list[Row]:
    """Return one row per device on the bench, then those of the session that have left."""
    present = {device.id for device in state.devices}
    left = [run.device for run in state.runs.values() if run.device.id not in present]
    return [_board_row(state, d, d.id in present) for d in (*state.devices, *left)]


def device_sign(state: BenchState, device: DeviceSnapshot, is_present: bool = True) -> Sign:
    """Return what to say a device is up to."""
    run = state.runs.get(device.id)
    if not is_present:
        return Sign("✖", "gone", Tone.BAD)
    if run is not None and (state.is_running or run.outcome is Outcome.FAILED):
        return run.sign
    return DEVICE_SIGNS[device.state]


def _board_row(state: BenchState, device: DeviceSnapshot, is_present: bool) -> Row:
    run, reading = state.runs.get(device.id), state.reading(device.id)
    cells = (
        *_identity_cells(device, device_sign(state, device, is_present)),
        *_condition_cells(device, reading),
        plan_cell(run),
        _bar_cell(run),
        Cell(units.latency_ms(run.p50_ns if run else None), _run_tone(run)),
        _clock_cell(reading),
        cell(_serial(device), Tone.MUTED),
    )
    is_marked = device.id in state.marked
    return Row(device.id, cells, is_marked, _words(device, run))


def _words(
    device: DeviceSnapshot, run: DeviceRun | None
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return what a filter finds besides the cells: the words of selectors, the plan's variants."""
    planned = run.plan.variants if run else ()
    words = {**device_words(device), "variant": [p.variant.name for p in planned]}
    return tuple((key, tuple(texts)) for key, texts in words.items())


def _identity_cells(device: DeviceSnapshot, sign: Sign) -> tuple[Cell, ...]:
    facts = device.facts
    return (
        cell(device.name, Tone.STRONG),
        link_cell(device),
        Cell(str(sign), sign.tone),
        cell(facts.soc if facts else "", Tone.MUTED),
        cell(facts.os_version if facts else "", Tone.MUTED),
    )


def _condition_cells(device: DeviceSnapshot, reading: Reading | None) -> tuple[Cell, ...]:
    battery = reading.battery if reading else None
    level = battery.level_percent if battery else None
    temp_c = reading.headline_c if reading else None
    is_hot = reading is not None and reading.is_throttled
    return (
        Cell(units.temp(temp_c), Tone.WARN if is_hot else Tone.PLAIN),
        Cell(units.NOTHING if level is None else str(level)),
        Cell(units.size(device.free_bytes)),
    )


def _serial(device: DeviceSnapshot) -> str:
    return device.facts.hardware_id if device.facts else device.transports[0].serial


def link_cell(device: DeviceSnapshot) -> Cell:
    """Return how a device is reached; `virtual` goes before everything else."""
    if device.facts is not None and device.facts.is_virtual:
        return Cell("virtual", Tone.VIRTUAL)
    if device.platform is Platform.HOST:
        return Cell("host", Tone.MUTED)
    return Cell(_LINKS[device.transports[0].kind], Tone.MUTED)


def _clock_cell(reading: Reading | None) -> Cell:
    """Return the lowest clock limit of the clusters; below 100 the device is capped."""
    ratio = reading.clock_limit_ratio if reading else None
    if ratio is None:
        return Cell(units.NOTHING)
    return Cell(f"{ratio * 100:.0f}", Tone.WARN if ratio < 1 else Tone.PLAIN)


def _run_tone(run: DeviceRun | None) -> Tone:
    if run is None or run.variant_index is None:
        return Tone.PLAIN
    if run.variant_run.is_broken:
        return Tone.BAD
    return variant_tone(run.variant_index)


def plan_cell(run: DeviceRun | None) -> Cell:
    """Return progress, what matters most first: share done, variant, launch of how many."""
    if run is None:
        return Cell("")
    if run.phase is Phase.PUSHING:
        share = run.sent_bytes / run.total_bytes if run.total_bytes else 0.0
        return cell(f"{units.bar(share, 6)} {units.size(run.total_bytes)}", Tone.ACCENT)
    if run.outcome is Outcome.FAILED:
        return cell(run.cause, Tone.BAD)
    if run.spec is None:
        return Cell("")
    if run.outcome is not Outcome.RUNNING:
        return Cell(f"{run.spec.index + 1}/{run.launches} launches", Tone.MUTED)
    return cell(f"{run.share_done * 100:3.0f}% {_launch_words(run)}", _run_tone(run))


def _launch_words(run: DeviceRun) -> str:
    """Return the variant at work, and which launch it is, or what it is for."""
    match run.purpose:
        case Purpose.CHECK:
            return f"check {run.variant_label}"
        case Purpose.EVALUATE:
            accuracy = units.accuracy(run.evaluated.tally if run.evaluated else None)
            return f"{variant_letter(run.variant_index or 0)} {accuracy}"
        case Purpose.MEASURE:
            number = run.spec.index + 1 if run.spec else 0
            return f"{run.variant_label} {number}/{run.launches}"


def _bar_cell(run: DeviceRun | None) -> Cell:
    is_shown = run is not None and run.spec is not None and run.outcome is Outcome.RUNNING
    return Cell(units.bar(run.share_done, 12) if run and is_shown else "", _run_tone(run))
