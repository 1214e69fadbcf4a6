"""Outputs of eval sets on an iPhone: their place, their pieces, and that nothing stays."""

from pathlib import Path

import pytest

from labtui.adapters.ios.device import IosDevice
from labtui.core.model import Digest, EngineOptions, LaunchUid
from labtui.core.protocol import Layout, Measure, WarmUp
from labtui.core.request import EvalRequest, LaunchRequest
from labtui.errors import DeviceError
from labtui.ports import MIN_PIECE_BYTES
from tests.adapters.ios.rig import Desk, content_digest

ONE = LaunchUid("l1")


@pytest.fixture
async def device(ios: Desk) -> IosDevice:
    await ios.ready()
    return ios.bus.device(ios.id)


def on_phone(ios: Desk, index: int = 0) -> Path:
    path = ios.app.inbox / "outputs" / f"l1.outputs.{index}.npy"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def file_of(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


async def pushed(device: IosDevice, path: Path) -> Digest:
    digest = content_digest(path)
    await device.push(path, digest, lambda _sent, _total: None)
    return digest


async def launch(device: IosDevice, tmp_path: Path) -> EvalRequest:
    """Run a launch that evaluates to its end; return what it was asked for."""
    variant = await pushed(device, file_of(tmp_path / "net.tflite", b"net"))
    evaluation = EvalRequest(
        await pushed(device, file_of(tmp_path / "x.npy", b"x")), Layout.NHWC, None, 7
    )
    request = LaunchRequest(
        ONE, variant, EngineOptions(), 7, WarmUp(), Measure(runs=1), None, eval=evaluation
    )
    async with device.launch(request) as runner:
        while await runner.read():
            pass
    return evaluation


async def test_a_job_names_the_inputs_and_an_empty_folder_for_the_outputs(
    ios: Desk, device: IosDevice, tmp_path: Path
) -> None:
    on_phone(ios).with_name("l0.outputs.0.npy").write_bytes(b"left behind")
    asked = await launch(device, tmp_path)
    (job,) = ios.app.jobs
    assert {
        "inputs": f"variants/{asked.inputs}.npy",
        "sha256": asked.inputs,
        "outputs": "outputs/l1.outputs",
        "layout": "NHWC",
        "normalise": None,
        "items": 7,
    } == job["eval"]
    assert ["launch"] == [path.name for path in (ios.app.inbox / "outputs").iterdir()]


async def test_inputs_that_were_not_pushed_are_told(device: IosDevice, tmp_path: Path) -> None:
    variant = await pushed(device, file_of(tmp_path / "net.tflite", b"net"))
    request = LaunchRequest(
        ONE, variant, EngineOptions(), 7, WarmUp(), Measure(runs=1), None,
        eval=EvalRequest(Digest("0" * 64)),
    )  # fmt: skip
    with pytest.raises(DeviceError, match="push it"):
        async with device.launch(request):
            pass


async def test_pieces_follow_each_other_to_the_end(ios: Desk, device: IosDevice) -> None:
    assert b"" == await device.read_outputs(ONE, 0, 0)
    content = bytes(index * 7 % 256 for index in range(700_001))
    on_phone(ios).write_bytes(content)
    first = await device.read_outputs(ONE, 0, 0)
    assert MIN_PIECE_BYTES <= len(first) < len(content)
    rest = await device.read_outputs(ONE, 0, len(first))
    assert content == first + rest
    assert b"" == await device.read_outputs(ONE, 0, len(content))


async def test_nothing_stays(ios: Desk, device: IosDevice) -> None:
    for index in (0, 1):
        on_phone(ios, index).write_bytes(b"x")
    await device.drop_outputs(ONE)
    assert not (ios.app.inbox / "outputs").exists()
    await device.drop_outputs(ONE)
