"""The runner app opens by itself as soon as the phone allows it."""

import asyncio

import pytest

from labtui.adapters.ios import opening
from labtui.core.model import DeviceState
from tests.adapters.ios.rig import Desk


async def test_what_keeps_the_app_closed_may_change_while_it_is_waited_for(
    ios: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "CLIMB_AGAIN_S", 0.1)
    await ios.ready()
    device = ios.bus.device(ios.id)
    ios.phone.mount_developer_image(is_mounted=False)
    ios.phone.close_app()
    opened = asyncio.create_task(device.prepare(None))
    await ios.until_state(DeviceState.RUNNER_CLOSED)
    assert not opened.done()
    ios.phone.mount_developer_image()
    await opened
