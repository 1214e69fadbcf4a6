"""`labtui runner install`: the runner on phones, with its engine library or as a signed app."""

import argparse
import asyncio
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from labtui.cli.compose import OpenBus, open_bus
from labtui.cli.discover import settled
from labtui.cli.ipa import Package, read_package
from labtui.cli.output import print_document, print_table, say
from labtui.cli.settings import Settings, engines_dir
from labtui.core.model import DeviceId, DeviceSnapshot, Platform
from labtui.core.select import select
from labtui.errors import DeviceError, UsageError
from labtui.failure import FailureCode

if TYPE_CHECKING:
    from labtui.adapters.android.engine_source import Library
    from labtui.adapters.android.install import Placed

Report: TypeAlias = Callable[[str, int], None]
"""Takes a phone's name and the percent of its installation that is done."""

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
    package = (
        None if arguments.ipa is None else await asyncio.to_thread(read_package, arguments.ipa)
    )
    libraries = await asyncio.to_thread(_read_engine, arguments)
    async with open_bus(settings) as bench:
        phones = select(await settled(bench), arguments.selectors)
        _check_platforms(arguments, phones)
        if libraries:
            _check_abis(libraries, phones)
            await asyncio.to_thread(_keep, libraries, replaces=arguments.replace)
        report = _reporter(settings)
        installed = await asyncio.gather(
            *(_install(bench, phone, package, report) for phone in phones)
        )
    _show(installed, settings)
    failed = [one for one in installed if one.cause]
    return DeviceError.exit_code if failed else 0


def _check_platforms(arguments: argparse.Namespace, phones: Sequence[DeviceSnapshot]) -> None:
    """Raise UsageError unless all are phones for which the right options were given."""
    names = {p: [d.name for d in phones if d.platform is p] for p in Platform}
    androids, iphones = names.pop(Platform.ANDROID), names.pop(Platform.IOS)
    if others := [name for rest in names.values() for name in rest]:
        raise UsageError(f"Only phones need an installed runner: leave out {', '.join(others)}.")
    if arguments.ipa is not None and androids:
        raise UsageError(f"--ipa is for iPhones: leave out {', '.join(androids)}.")
    if iphones and (arguments.engine is not None or arguments.replace):
        raise UsageError(
            f"--engine and --replace are for Android phones: leave out {', '.join(iphones)}."
        )
    if iphones and arguments.ipa is None:
        raise UsageError(
            f"{', '.join(iphones)} takes a runner app that you have signed: name it with "
            "--ipa FILE (runners/ios says how to build it)."
        )


def _read_engine(arguments: argparse.Namespace) -> tuple["Library", ...]:
    from labtui.adapters.android.engine_source import read_libraries  # noqa: PLC0415 (heavy)

    if arguments.engine is None and arguments.replace:
        raise UsageError("--replace says what to do with --engine PATH: give both.")
    return () if arguments.engine is None else read_libraries(arguments.engine)


def _keep(libraries: Sequence["Library"], *, replaces: bool) -> None:
    from labtui.adapters.android.engines import EngineShelf  # noqa: PLC0415 (heavy)

    EngineShelf(engines_dir()).keep(libraries, replaces=replaces)


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


async def _install(
    bench: OpenBus, phone: DeviceSnapshot, package: Package | None, report: Report
) -> Installed:
    try:
        with bench.locks.hold(phone.id):
            if package is not None:
                placed = await _install_app(bench, phone, package, report)
            else:
                placed = await bench.androids.device(phone.id).install()
            return Installed(phone.id, phone.name, placed)
    except DeviceError as error:
        return Installed(phone.id, phone.name, cause=str(error), code=error.code)


async def _install_app(
    bench: OpenBus, phone: DeviceSnapshot, package: Package, report: Report
) -> tuple["Placed", ...]:
    from labtui.adapters.android.install import Placed  # noqa: PLC0415 (heavy)

    assert bench.iphones is not None  # noqa: S101 (somebody has shown this iPhone)
    await bench.iphones.install(
        phone.id, package.path, lambda percent, _: report(phone.name, percent)
    )
    name, where = package.path.name, package.bundle_id
    return (Placed("app", name, where, package.digest, was_sent=True),)


def _reporter(settings: Settings) -> Report:
    """Return what says each tenth of the way on a terminal, and nothing in a pipe."""
    tenths: dict[str, int] = {}

    def report(name: str, percent: int) -> None:
        if percent // 10 > tenths.get(name, 0):
            tenths[name] = percent // 10
            say(f"{name}: {percent} %")

    is_watched = sys.stderr.isatty() or settings.verbose
    return report if is_watched else lambda _name, _percent: None


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
