"""Devices that have no settings to keep say so."""

from pathlib import Path
from typing import NoReturn

import pytest

from labtui.adapters.android.device import AndroidDevice
from labtui.adapters.host.device import HostDevice
from labtui.adapters.ios.device import IosDevice
from labtui.core.model import DeviceId
from labtui.ports import Device


def unreachable() -> NoReturn:
    raise AssertionError("nobody is asked")


DEVICES: dict[str, Device] = {
    "host": HostDevice(DeviceId("host:x"), Path("/nowhere")),
    "iPhone": IosDevice(DeviceId("ios:x"), unreachable),
    "Android without a journal": AndroidDevice(DeviceId("android:x"), unreachable),
}


@pytest.mark.parametrize("name", DEVICES)
async def test_nothing_is_kept(name: str) -> None:
    async with DEVICES[name].hygiene() as kept:
        assert () == kept


async def test_nothing_is_given_back_without_a_journal() -> None:
    assert () == await AndroidDevice(DeviceId("android:x"), unreachable).restore()
