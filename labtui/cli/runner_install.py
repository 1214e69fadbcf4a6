"""`labtui runner install`: runner and engine library, on this computer and on phones."""

import argparse
import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labtui.cli.compose import OpenBus, open_bus
from labtui.cli.discover import settled
from labtui.cli.output import print_document, print_table, say
from labtui.cli.settings import Settings, engines_dir
from labtui.core.model import DeviceId, DeviceSnapshot, Platform
from labtui.core.select import select
from labtui.errors import DeviceError, UsageError
from labtui.failure import FailureCode

if TYPE_CHECKING:
    from labtui.adapters.android.engine_source import Library
    from labtui.adapters.android.install import Placed

_HEADERS = ("device", "what", "name", "SHA-256", "on the phone")


@dataclass(frozen=True, slots=True)
class Installed:
    """What lies on one phone now, or why nothing does."""

    device: DeviceId
    name: str
    placed: tuple["Placed", ...] = ()
    cause: str = ""
    code: FailureCode | None = None


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Keep the engine if one is given, then bring runner and engine onto the phones."""
    return asyncio.run(_run(arguments, settings))


async def _run(arguments: argparse.Namespace, settings: Settings) -> int:
    libraries = await asyncio.to_thread(_read_engine, arguments)
    async with open_bus(settings) as bench:
        phones = _phones(select(await settled(bench), arguments.selectors))
        if libraries:
            _check_abis(libraries, phones)
            await asyncio.to_thread(_keep, libraries, replaces=arguments.replace)
        installed = await asyncio.gather(*(_install(bench, phone) for phone in phones))
    _show(installed, settings)
    failed = [one for one in installed if one.cause]
    return DeviceError.exit_code if failed else 0


def _read_engine(arguments: argparse.Namespace) -> tuple["Library", ...]:
    from labtui.adapters.android.engine_source import read_libraries  # noqa: PLC0415 (heavy)

    if arguments.engine is None and arguments.replace:
        raise UsageError("--replace says what to do with --engine PATH: give both.")
    return () if arguments.engine is None else read_libraries(arguments.engine)


def _keep(libraries: Sequence["Library"], *, replaces: bool) -> None:
    from labtui.adapters.android.engines import EngineShelf  # noqa: PLC0415 (heavy)

    EngineShelf(engines_dir()).keep(libraries, replaces=replaces)


def _phones(devices: Sequence[DeviceSnapshot]) -> tuple[DeviceSnapshot, ...]:
    """Return the devices. Raises UsageError unless all are Android phones."""
    if others := [device.name for device in devices if device.platform is not Platform.ANDROID]:
        raise UsageError(
            f"Only Android phones need an installed runner: leave out {', '.join(others)}."
        )
    return tuple(devices)


def _check_abis(libraries: Sequence["Library"], phones: Sequence[DeviceSnapshot]) -> None:
    """Raise UsageError, before anything is stored or sent, for a phone that gets no library."""
    from labtui.adapters.android.elf import abi_words  # noqa: PLC0415 (heavy)

    made_for = tuple(dict.fromkeys(library.abi for library in libraries))
    for phone in phones:
        if phone.facts is not None and phone.facts.abi not in made_for:
            raise UsageError(
                f"{libraries[0].name} is made for {', '.join(map(abi_words, made_for))}, "
                f"{phone.name} is {abi_words(phone.facts.abi)}: name an engine for it."
            )


async def _install(bench: OpenBus, phone: DeviceSnapshot) -> Installed:
    from labtui.adapters.android.device import AndroidDevice  # noqa: PLC0415 (heavy)

    try:
        with bench.locks.hold(phone.id):
            device = bench.bus.device(phone.id)
            assert isinstance(device, AndroidDevice)  # noqa: S101 (only these were chosen)
            return Installed(phone.id, phone.name, await device.install())
    except DeviceError as error:
        return Installed(phone.id, phone.name, cause=str(error), code=error.code)


def _show(installed: Sequence[Installed], settings: Settings) -> None:
    if settings.as_json:
        print_document("runner_install", devices=installed)
        return
    rows = [
        (one.name, file.kind, file.name, file.digest[:12], _status(file))
        for one in installed
        for file in one.placed
    ]
    print_table(_HEADERS, rows, settings)
    for one in installed:
        if one.cause:
            say(f"{one.name}: {one.cause}")


def _status(file: "Placed") -> str:
    return f"{file.path} ({'sent, verified' if file.was_sent else 'was there, verified'})"
