"""benchmark_model on a virtual phone behind a real adb server."""

import hashlib
import re
import time
from dataclasses import replace
from pathlib import Path

import pytest

from labtui.adapters.android.shelf import FOLDER, runner_path
from labtui.core.model import Digest, Tool
from labtui.core.protocol import Aggregate, End, Hello, Profile, RunnerError, decode_event
from labtui.core.request import LaunchRequest
from labtui.errors import DeviceGone
from labtui.failure import FailureCode
from tests.adapters.android.desk import Desk, a_request, events_of, pushed
from tests.adapters.android.tool_script import a_tool

SLEEPS = "echo 'INFO: STARTING!'; sleep 60"


def _tool(script: Path) -> Tool:
    content = script.read_bytes()
    return Tool(str(script), Digest(hashlib.sha256(content).hexdigest()), len(content))


async def _prepared(desk: Desk, folder: Path, script: Path) -> LaunchRequest:
    """Bring variant and tool onto the phone; return what launches them."""
    tool = _tool(script)
    await desk.device.prepare(tool)
    return replace(a_request(await pushed(desk, folder)), tool=tool.digest, rate_hz=None)


async def test_a_launch_from_hello_to_end(desk: Desk, tmp_path: Path) -> None:
    request = await _prepared(desk, tmp_path, a_tool(tmp_path))
    async with desk.device.launch(replace(request, profile_runs=4)) as process:
        events = await events_of(process)
    assert [1, 1, 1, 1] == [
        sum(isinstance(event, kind) for event in events)
        for kind in (Hello, Aggregate, Profile, End)
    ]
    assert isinstance(events[-1], End)
    assert request.tool is not None
    script = desk.phone.files.host_path(runner_path(request.tool))
    assert 0o755 == script.stat().st_mode & 0o777
    assert not desk.phone.device.processes.programs()


async def test_a_launch_is_stopped(desk: Desk, tmp_path: Path) -> None:
    request = await _prepared(desk, tmp_path, a_tool(tmp_path, before=SLEEPS))
    async with desk.device.launch(request) as process:
        while b'"log"' not in await process.read():
            pass
        started_s = time.monotonic()
        process.stop()
        end = decode_event(await process.read())
        assert b"" == await process.read()
    assert time.monotonic() - started_s < 2.0
    assert isinstance(end, End)
    assert end.is_stopped
    assert not _left_behind(desk)


async def test_a_launch_that_is_left_leaves_no_process(desk: Desk, tmp_path: Path) -> None:
    request = await _prepared(desk, tmp_path, a_tool(tmp_path, before=SLEEPS))
    async with desk.device.launch(request) as process:
        while b'"log"' not in await process.read():
            pass
        assert _left_behind(desk)
    assert not _left_behind(desk)


async def test_the_cable_is_pulled_meanwhile(desk: Desk, tmp_path: Path) -> None:
    request = await _prepared(desk, tmp_path, a_tool(tmp_path, before=SLEEPS))
    async with desk.device.launch(request) as process:
        while b'"log"' not in await process.read():
            pass
        await desk.phone.unplug()
        with pytest.raises(DeviceGone):
            await events_of(process)


async def test_a_variant_that_is_gone(desk: Desk, tmp_path: Path) -> None:
    request = await _prepared(desk, tmp_path, a_tool(tmp_path))
    for path in desk.phone.files.host_path(f"{FOLDER}/variants").iterdir():
        path.unlink()
    async with desk.device.launch(request) as process:
        events = await events_of(process)
    assert isinstance(events[-1], RunnerError)
    assert FailureCode.MODEL_MISSING is events[-1].code


def _left_behind(desk: Desk) -> list[str]:
    """Return the scripts that still run."""
    names = desk.phone.device.processes.running().values()
    return [name for name in names if re.fullmatch("[0-9a-f]{64}", name)]
