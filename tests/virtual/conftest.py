import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from labtui.virtual.bench import VirtualBench
from labtui.virtual.device import Device, Place, make_device
from labtui.virtual.profile import load_profile
from labtui.virtual.shell.commands import COMMANDS
from tests.virtual.rig import ADBS, PIXEL, Handset


def _no_reboot() -> None:
    raise AssertionError("nobody asked for a reboot")


@pytest.fixture
def make(tmp_path: Path) -> Callable[[str], Device]:
    """Make devices without a cable, by profile."""

    def one(key: str) -> Device:
        place = Place(load_profile(key), 0, tmp_path / key, server_port=0, lifeline_fd=-1)
        return make_device(place, tuple(COMMANDS), _no_reboot)

    return one


@pytest.fixture
def device(make: Callable[[str], Device]) -> Device:
    return make(PIXEL)


@pytest.fixture
async def bench() -> AsyncIterator[VirtualBench]:
    async with VirtualBench([PIXEL]) as running:
        yield running


@pytest.fixture
async def handset(bench: VirtualBench) -> Handset:
    return Handset(bench, bench.phones[0])


@pytest.fixture(params=ADBS.values(), ids=[f"adb{n}" for n in range(len(ADBS))])
def adb(request: pytest.FixtureRequest) -> Path:
    """Each adb program of this computer."""
    path: Path = request.param
    if not shutil.which(path):
        pytest.skip("no such adb here")
    return path
