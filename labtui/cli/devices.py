"""`labtui devices`: who is on the bench, in what state, and what to do about it."""

import argparse
import asyncio

from labtui.cli.compose import open_bus
from labtui.cli.discover import settled
from labtui.cli.output import degrees, print_document, print_line, print_table, say, size
from labtui.cli.settings import Settings
from labtui.core.model import DeviceSnapshot
from labtui.core.select import matches, select

_HEADERS = (
    "device", "state", "SoC", "system", "battery %", "temp °C", "free", "reached by", "id",
)  # fmt: skip


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """List devices once, or print each change until stopped."""
    listing = _watch if arguments.watch else _list
    return asyncio.run(listing(arguments.selectors, settings))


async def _list(selectors: list[str], settings: Settings) -> int:
    async with open_bus(settings) as bench:
        devices = select(await settled(bench), selectors)
    if settings.as_json:
        print_document("devices", devices=devices, trouble=bench.bus.trouble)
        return 0
    print_table(_HEADERS, [_row(d) for d in devices], settings)
    for device in devices:
        if device.cure:
            say(f"{device.name}: {device.cure}")
    if bench.bus.trouble:
        say(bench.bus.trouble)
    return 0


async def _watch(selectors: list[str], settings: Settings) -> int:
    async with open_bus(settings) as bench:
        async for snapshot in bench.bus.watch():
            shown = [d for d in snapshot if not selectors or any(matches(d, s) for s in selectors)]
            if settings.as_json:
                print_line("devices", devices=shown, trouble=bench.bus.trouble)
            else:
                print_table(_HEADERS, [_row(d) for d in shown], settings)
    return 0


def _row(device: DeviceSnapshot) -> tuple[str, ...]:
    facts, reading = device.facts, device.reading
    battery = reading.battery.level_percent if reading and reading.battery else None
    return (
        f"{device.name}{' (virtual)' if facts and facts.is_virtual else ''}",
        device.state.value,
        facts.soc if facts else "-",
        facts.os_version if facts else "-",
        "-" if battery is None else str(battery),
        degrees(reading.headline_c if reading else None),
        size(device.free_bytes),
        ", ".join(f"{t.kind.value} {t.serial}" for t in device.transports),
        device.id,
    )
