"""The lines of a device's details."""

from labtui.core.model import DeviceId, DeviceSnapshot, Transport
from labtui.core.readings import Battery, ClusterClock, Reading, Temperature
from labtui.tui import units
from labtui.tui.cells import Cell, PageLine, cell, entry, heading
from labtui.tui.state import BenchState
from labtui.tui.theme import DEVICE_SIGNS, Tone
from labtui.tui.views.board import link_cell
from labtui.tui.views.placement import placement_lines
from labtui.tui.views.results import throttled_cell


def detail_lines(state: BenchState, device: DeviceId) -> list[PageLine]:
    """Return what is known of a device; says so if it has left."""
    found = state.device(device)
    if found is None:
        return [(Cell("The device has left the bench.", Tone.WARN),)]
    reading = state.reading(device)
    return [
        *_headline(found),
        *_facts(found),
        *heading("transports, best first"),
        *(_transport(transport) for transport in found.transports),
        *(_reading(reading) if reading else []),
        *(placement_lines(run) if (run := state.runs.get(device)) else []),
    ]


def _headline(device: DeviceSnapshot) -> list[PageLine]:
    sign = DEVICE_SIGNS[device.state]
    link = link_cell(device)
    lines: list[PageLine] = [
        (cell(device.name, Tone.STRONG), Cell("  "), link, Cell("  "), Cell(str(sign), sign.tone))
    ]
    return [*lines, (), (cell(device.cure, Tone.WARN, 400),)] if device.cure else lines


def _facts(device: DeviceSnapshot) -> list[PageLine]:
    lines = [*heading("device"), entry("identity", cell(device.id))]
    if device.facts is None:
        return [*lines, entry("", Cell("it has not answered yet", Tone.MUTED))]
    facts = device.facts
    return [
        *lines,
        entry("SoC", cell(facts.soc or units.NOTHING)),
        entry("system", cell(facts.os_version)),
        entry("build", cell(facts.build)),
        entry("ABI", cell(facts.abi)),
        entry("free", Cell(units.size(device.free_bytes))),
        entry("simulated", Cell("yes: real protocol and inference, simulated phone", Tone.VIRTUAL))
        if facts.is_virtual
        else entry("simulated", Cell("no")),
    ]


def _transport(transport: Transport) -> PageLine:
    sign = DEVICE_SIGNS[transport.state]
    return entry(transport.kind.value, cell(f"{transport.serial}  "), Cell(str(sign), sign.tone))


def _reading(reading: Reading) -> list[PageLine]:
    status = reading.thermal_status
    return [
        *heading("heat"),
        entry("status", cell(units.NOTHING if status is None else status.name.lower())),
        entry("throttled", throttled_cell(reading.is_throttled)),
        *map(_sensor, reading.temperatures),
        *(_battery(reading.battery) if reading.battery else []),
        *([*heading("clocks"), *map(_clock, reading.clocks)] if reading.clocks else []),
    ]  # fmt: skip


def _sensor(sensor: Temperature) -> PageLine:
    degrees = Cell(f"{sensor.temp_c:5.1f} °C  ")
    return entry(sensor.name[:13], degrees, Cell(sensor.kind.value, Tone.MUTED))


def _battery(battery: Battery) -> list[PageLine]:
    level = units.NOTHING if battery.level_percent is None else f"{battery.level_percent} %"
    charging = {True: ", charging", False: ", not charging", None: ""}[battery.is_charging]
    volts = "" if battery.voltage_mv is None else f", {battery.voltage_mv / 1000:.2f} V"
    degrees = "" if battery.temp_c is None else f", {battery.temp_c:.1f} °C"
    return [*heading("battery"), entry("level", Cell(level + charging + volts + degrees))]


def _clock(clock: ClusterClock) -> PageLine:
    parts = [("now", clock.now_khz), ("limit", clock.limit_khz), ("max", clock.max_khz)]
    words = "  ".join(f"{name} {_mhz(khz)}" for name, khz in parts)
    is_capped = bool(clock.limit_khz and clock.max_khz and clock.limit_khz < clock.max_khz)
    return entry(clock.name, cell(words), Cell("  ▲ capped" if is_capped else "", Tone.WARN))


def _mhz(khz: int | None) -> str:
    return units.NOTHING if khz is None else f"{khz / 1000:.0f} MHz"
