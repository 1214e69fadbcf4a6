import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from labtui.virtual.bench import VirtualBench
from labtui.virtual.device import Device, Place, make_device
from labtui.virtual.profile import load_profile
from labtui.virtual.runners import PhoneRunner
from labtui.virtual.shell.commands import COMMANDS
from tests.tiny_tflite import fully_connected
from tests.virtual.rig import ADBS, PIXEL, REFERENCE, TMP, Handset


def _no_reboot() -> None:
    raise AssertionError("nobody asked for a reboot")


@pytest.fixture
def make(tmp_path: Path) -> Callable[[str], Device]:
    """Make devices without a cable, by profile."""

    def one(key: str) -> Device:
        place = Place(
            load_profile(key), 0, tmp_path / key, server_port=0, lifeline_fd=-1, runner=REFERENCE
        )
        return make_device(place, tuple(COMMANDS), _no_reboot)

    return one


@pytest.fixture
def device(make: Callable[[str], Device]) -> Device:
    return make(PIXEL)


@pytest.fixture
def phone_runner() -> PhoneRunner | None:
    """What phones execute: what they do by default, where a test does not say otherwise."""
    return None


@pytest.fixture
async def bench(phone_runner: PhoneRunner | None) -> AsyncIterator[VirtualBench]:
    async with VirtualBench([PIXEL], runner=phone_runner) as running:
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


@pytest.fixture
def model() -> bytes:
    return fully_connected(1024, 256)


@pytest.fixture
async def ready(handset: Handset, model: bytes, tmp_path: Path) -> Handset:
    """A phone that has the model as `m.tflite` in labtui's folder."""
    (tmp_path / "m.tflite").write_bytes(model)
    ran = await handset.run("push", tmp_path / "m.tflite", f"{TMP}/labtui/m.tflite")
    assert 0 == ran.status
    return handset
