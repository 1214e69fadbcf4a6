"""`labtui doctor`: what is wrong with this bench, and what mends it."""

import argparse
import asyncio
import dataclasses
from collections.abc import Sequence

from labtui.cli.checks import Check, Health, host_checks
from labtui.cli.compose import open_bus
from labtui.cli.discover import settled
from labtui.cli.output import print_document, print_line, print_table
from labtui.cli.selftest import Step, selftest
from labtui.cli.settings import Settings
from labtui.core.model import DeviceSnapshot
from labtui.core.select import select

_MARKS = {Health.GOOD: "ok", Health.DOUBTFUL: "look", Health.BAD: "mend"}


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Check host and devices, or try every operation on one device; 3 if something is bad."""
    if arguments.selftest:
        return asyncio.run(_selftest(arguments.selftest, settings))
    return asyncio.run(_examine(settings))


async def _examine(settings: Settings) -> int:
    checks = host_checks(settings)
    async with open_bus(settings) as bench:
        devices = await settled(bench)
        trouble = bench.bus.trouble
    checks.append(Check("adb", Health.BAD if trouble else Health.GOOD, trouble or "answers"))
    checks += [_device_check(device) for device in devices]
    _print(checks, settings)
    return 3 if any(check.health is Health.BAD for check in checks) else 0


def _device_check(device: DeviceSnapshot) -> Check:
    health = Health.DOUBTFUL if device.cure else Health.GOOD
    return Check(device.name, health, device.cure or device.state.value)


def _print(checks: Sequence[Check], settings: Settings) -> None:
    if settings.as_json:
        print_document("doctor", checks=checks)
        return
    rows = [(_MARKS[check.health], check.name, check.text) for check in checks]
    print_table(("", "what", "finding"), rows, settings)


async def _selftest(selector: str, settings: Settings) -> int:
    async with open_bus(settings) as bench:
        (chosen, *_) = select(await settled(bench), [selector])
        steps: list[Step] = []
        with bench.locks.hold(chosen.id):
            async for step in selftest(bench.bus.device(chosen.id)):
                steps.append(step)
                _print_step(step, settings)
    return 0 if all(step.passed for step in steps) else 3


def _print_step(step: Step, settings: Settings) -> None:
    if settings.as_json:
        print_line("selftest_step", **dataclasses.asdict(step))
        return
    mark = "ok  " if step.passed else "FAIL"
    print(f"{mark} {step.seconds:6.2f} s  {step.name}: {step.text}", flush=True)  # noqa: T201
