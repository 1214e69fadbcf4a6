"""`labtui doctor`: what is wrong with this bench, and what mends it."""

import argparse
import asyncio
import dataclasses
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from labtui.cli.checks import Check, Health, host_checks
from labtui.cli.compose import OpenBus, open_bus
from labtui.cli.discover import settled
from labtui.cli.iphone_checks import library_check, pair_records_check, usbmuxd_check
from labtui.cli.output import print_document, print_line, print_table, say
from labtui.cli.rescue import Rescue, print_rescues, rescue_all
from labtui.cli.scrub import Scrubber, private_words
from labtui.cli.selftest import Step, digest_of, selftest, variant_for
from labtui.cli.settings import Settings, pair_records_dir
from labtui.cli.transcript import Transcript, check_place, write_transcript
from labtui.core.model import DeviceSnapshot, Platform
from labtui.core.select import select
from labtui.errors import DeviceGone, UsageError

_MARKS = {Health.GOOD: "ok", Health.DOUBTFUL: "look", Health.BAD: "mend"}


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Check host and devices, or try every operation on one device; 3 if something is bad.

    Phones that an ended run has left with its settings get their own back, whatever is asked.
    """
    if arguments.selftest and arguments.rescue:
        raise UsageError("--rescue and --selftest exclude each other; give one.")
    if arguments.selftest:
        return asyncio.run(_selftest(arguments, settings))
    if arguments.transcript is not None or arguments.variant is not None:
        raise UsageError("--transcript and --variant belong to --selftest DEVICE: give it too.")
    return asyncio.run(_rescue(settings) if arguments.rescue else _examine(settings))


async def _rescue(settings: Settings) -> int:
    async with open_bus(settings) as bench:
        rescues = await rescue_all(bench, await settled(bench))
    return print_rescues(rescues, settings)


async def _examine(settings: Settings) -> int:
    checks = _host_checks(settings)
    async with open_bus(settings) as bench:
        devices = await settled(bench)
        checks += await _server_checks(bench)
        rescues = await rescue_all(bench, devices)
    checks += [_device_check(device) for device in devices]
    checks += [_rescue_check(rescue) for rescue in rescues]
    _print(checks, settings)
    return 3 if any(check.health is Health.BAD for check in checks) else 0


def _host_checks(settings: Settings) -> list[Check]:
    """Look before a bus is opened: a worker closes what lies open."""
    records = pair_records_check(pair_records_dir())
    return [*host_checks(settings), library_check(), records]


async def _server_checks(bench: OpenBus) -> list[Check]:
    """Return how the programs are that phones are reached through."""
    trouble = bench.androids.trouble
    adb = Check("adb", Health.BAD if trouble else Health.GOOD, trouble or "answers")
    return [adb] if bench.iphones is None else [adb, await usbmuxd_check(bench.iphones.config)]


def _device_check(device: DeviceSnapshot) -> Check:
    health = Health.DOUBTFUL if device.cure else Health.GOOD
    return Check(device.name, health, device.cure or device.state.value)


def _rescue_check(rescue: Rescue) -> Check:
    health = Health.DOUBTFUL if rescue.problem else Health.GOOD
    return Check(f"settings of {rescue.name}", health, rescue.text)


def _print(checks: Sequence[Check], settings: Settings) -> None:
    if settings.as_json:
        print_document("doctor", checks=checks)
        return
    rows = [(_MARKS[check.health], check.name, check.text) for check in checks]
    print_table(("", "what", "finding"), rows, settings)


async def _selftest(arguments: argparse.Namespace, settings: Settings) -> int:
    if arguments.transcript is not None:
        check_place(arguments.transcript)
    checks = _host_checks(settings)
    async with open_bus(settings) as bench:
        devices = await settled(bench)
        for rescue in await rescue_all(bench, devices):
            say(f"{rescue.name}: {rescue.text}")
        (chosen, *_) = select(devices, [arguments.selftest])
        variant = variant_for(chosen, arguments.variant)
        checks += await _server_checks(bench)
        transcript = Transcript(chosen, checks, variant)
        names = _given_names(bench, devices)
        try:
            await _try_all(bench, transcript, settings)
        finally:
            names += _given_names(bench, devices)  # a phone may have told it only meanwhile
            scrub = Scrubber(private_words(devices, names, _files(arguments, settings)))
            if arguments.transcript is not None:
                write_transcript(arguments.transcript, transcript.document(scrub))
    return 0 if all(step.passed for step in transcript.steps) else 3


def _files(arguments: argparse.Namespace, settings: Settings) -> list[Path]:
    """Return the user's own files that a sentence may name."""
    named = (arguments.variant, arguments.transcript, settings.db, settings.state_dir)
    return [path for path in named if path is not None]


async def _try_all(bench: OpenBus, transcript: Transcript, settings: Settings) -> None:
    """Try every operation; steps are kept and printed as they end."""
    chosen, variant = transcript.device, transcript.variant
    digest = await asyncio.to_thread(digest_of, variant)
    if chosen.cure:
        say(f"{chosen.name}: {chosen.cure}")
    with bench.locks.hold(chosen.id):
        tried = selftest(lambda: bench.bus.device(chosen.id), chosen.platform, variant, digest)
        async for step in tried:
            transcript.steps.append(step)
            _print_step(step, settings)
    transcript.is_complete = True


def _given_names(bench: OpenBus, devices: Sequence[DeviceSnapshot]) -> list[str]:
    """Return what the owners of iPhones call them."""
    names = []
    for device in devices:
        if device.platform is Platform.IOS and bench.iphones is not None:
            with suppress(DeviceGone):
                names.append(bench.iphones.given_name(device.id))
    return names


def _print_step(step: Step, settings: Settings) -> None:
    if settings.as_json:
        print_line("selftest_step", **dataclasses.asdict(step))
        return
    mark = "ok  " if step.passed else "FAIL"
    print(f"{mark} {step.seconds:6.2f} s  {step.name}: {step.text}", flush=True)  # noqa: T201
