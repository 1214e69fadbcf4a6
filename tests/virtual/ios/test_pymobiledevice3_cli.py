"""pymobiledevice3's own command line, unmodified."""

import json
import sys

import pytest

from labtui.virtual.ios.apps import RUNNER_BUNDLE_ID
from tests.virtual.ios.rig import PRO_13, PRO_17, Iphones, run_tool


async def run_cli(iphones: Iphones, *args: str) -> str:
    ran = await run_tool(iphones, sys.executable, "-m", "pymobiledevice3", *args)
    assert 0 == ran.status, ran.stderr.decode()
    return ran.text


async def test_it_lists_phones(iphones: Iphones) -> None:
    (listed,) = json.loads(await run_cli(iphones, "usbmux", "list"))
    assert (iphones.udid, "16.7") == (listed["UniqueDeviceID"], listed["ProductVersion"])


async def test_it_lists_apps(iphones: Iphones) -> None:
    assert RUNNER_BUNDLE_ID in await run_cli(iphones, "apps", "list", "--type", "User")


async def test_it_reads_the_battery(iphones: Iphones) -> None:
    iphones.phone.hold_skin(37.0)
    answer = await run_cli(iphones, "diagnostics", "battery", "single")
    assert '"Temperature": 3700' in answer


@pytest.mark.parametrize("profiles", [[PRO_13], [PRO_17]], ids=["directly", "by a tunnel"])
async def test_it_launches_an_app(iphones: Iphones) -> None:
    iphones.phone.close_app()
    answer = await run_cli(iphones, "developer", "dvt", "launch", RUNNER_BUNDLE_ID)
    app = iphones.phone.device.apps.runner
    assert app
    assert str(app.pid) in answer
