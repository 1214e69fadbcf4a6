"""Work on an iPhone: pushes, launches, and what goes wrong with them."""

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from labtui.adapters.ios import device as device_module
from labtui.adapters.ios import launch as launch_module
from labtui.adapters.ios.device import IosDevice
from labtui.core.model import (
    DeviceState,
    Digest,
    EngineOptions,
    LaunchUid,
    Tool,
)
from labtui.core.protocol import Measure, WarmUp
from labtui.core.request import LaunchRequest
from labtui.errors import (
    BadVariant,
    DeviceError,
    DeviceFull,
    DeviceGone,
    DeviceHung,
    PushFailed,
    RunnerFailed,
    UsageError,
)
from labtui.failure import FailureCode
from tests.adapters.ios.rig import (
    END,
    HELLO,
    LIMIT_S,
    Desk,
    content_digest,
    is_alive,
    make_package,
)

MIB = 1 << 20


@pytest.fixture
async def device(ios: Desk) -> IosDevice:
    await ios.ready()
    return ios.bus.device(ios.id)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "net.int8.tflite"
    path.write_bytes(bytes(range(256)) * (4 * MIB // 256))
    return path


@pytest.fixture
def big(tmp_path: Path) -> Path:
    path = tmp_path / "big.tflite"
    path.write_bytes(bytes(range(256)) * (64 * MIB // 256))
    return path


def nobody_cares(_sent: int, _total: int) -> None:
    return


def request(digest: Digest) -> LaunchRequest:
    return LaunchRequest(
        LaunchUid("l1"), digest, EngineOptions("npu"), 7, WarmUp(), Measure(runs=3), None
    )


async def pushed(device: IosDevice, model: Path) -> LaunchRequest:
    digest = content_digest(model)
    await device.push(model, digest, nobody_cares)
    return request(digest)


def worker_of(ios: Desk) -> int:
    (slot,) = ios.bus._slots.values()
    assert slot.helper.pid is not None
    return slot.helper.pid


async def test_a_file_is_pushed_once(ios: Desk, device: IosDevice, model: Path) -> None:
    digest = content_digest(model)
    seen: list[tuple[int, int]] = []
    assert await device.push(model, digest, lambda sent, total: seen.append((sent, total)))
    assert (4 * MIB, 4 * MIB) == seen[-1]
    assert digest == content_digest(ios.app.inbox / "variants" / f"{digest}.tflite")
    assert not await device.push(model, digest, lambda sent, total: seen.append((sent, total)))


async def test_a_folder_is_pushed_with_everything_in_it(
    ios: Desk, device: IosDevice, tmp_path: Path
) -> None:
    package = make_package(tmp_path / "net.mlpackage")
    digest = content_digest(package)
    assert await device.push(package, digest, nobody_cares)
    arrived = ios.app.inbox / "variants" / f"{digest}.mlpackage"
    assert (digest, digest) == (content_digest(arrived), content_digest(package))
    assert (arrived / "Manifest.json").exists()
    assert not await device.push(package, digest, nobody_cares)


async def test_an_empty_file_arrives_too(ios: Desk, device: IosDevice, tmp_path: Path) -> None:
    empty = tmp_path / "net.tflite"
    empty.touch()
    digest = content_digest(empty)
    assert await device.push(empty, digest, nobody_cares)
    assert b"" == (ios.app.inbox / "variants" / f"{digest}.tflite").read_bytes()


async def test_what_arrives_spoiled_does_not_stay(
    ios: Desk, device: IosDevice, model: Path
) -> None:
    ios.app.spoils_digests = True
    with pytest.raises(PushFailed, match=r"net\.int8\.tflite did not arrive on iPhone 14 Pro"):
        await device.push(model, content_digest(model), nobody_cares)
    assert [] == list((ios.app.inbox / "variants").iterdir())


@pytest.mark.parametrize(
    "answer",
    [
        b"garbage",
        b'{"ev":"digests"}',
        b'{"ev":"digests","files":3}',
        b'{"ev":"digests","files":[{"path":[],"sha256":1}]}',
        b'{"ev":"digests","files":[{"path":"x"}]}',
    ],
)
async def test_an_answer_about_files_that_is_none_breaks_the_protocol(
    ios: Desk, device: IosDevice, model: Path, answer: bytes
) -> None:
    ios.app.digest_answer = answer
    with pytest.raises(RunnerFailed) as failed:
        await device.push(model, content_digest(model), nobody_cares)
    assert FailureCode.PROTOCOL_BROKEN is failed.value.code


async def test_a_refusal_of_the_app_keeps_its_code(
    ios: Desk, device: IosDevice, model: Path
) -> None:
    ios.app.digest_answer = b'{"ev":"error","code":"protocol_mismatch","text":"update\\u001b it"}'
    with pytest.raises(
        RunnerFailed, match="different protocol versions: update\ufffd it"
    ) as failed:
        await device.push(model, content_digest(model), nobody_cares)
    assert FailureCode.PROTOCOL_MISMATCH is failed.value.code


async def test_a_full_phone_refuses_before_anything_is_sent(
    ios: Desk, device: IosDevice, model: Path
) -> None:
    ios.phone.fill_storage()
    sent: list[int] = []
    with pytest.raises(DeviceFull, match=r"has 0 MiB free|no room left"):
        await device.push(model, content_digest(model), lambda count, _: sent.append(count))
    assert [] == sent


async def test_a_phone_that_fills_up_meanwhile_is_full(
    ios: Desk, device: IosDevice, big: Path
) -> None:
    def fill(_sent: int, _total: int) -> None:
        ios.phone.fill_storage()

    with pytest.raises(DeviceFull, match="delete something"):
        await device.push(big, content_digest(big), fill)
    ios.phone.fill_storage(is_full=False)
    assert [] == list((ios.app.inbox / "variants").iterdir())


async def test_a_file_that_is_gone_is_named(device: IosDevice, tmp_path: Path) -> None:
    with pytest.raises(PushFailed, match=r"none\.tflite cannot be read"):
        await device.push(tmp_path / "none.tflite", Digest("0" * 64), nobody_cares)


async def test_an_odd_suffix_is_refused(device: IosDevice, tmp_path: Path) -> None:
    with pytest.raises(BadVariant):
        await device.push(tmp_path / "model", Digest("0" * 64), nobody_cares)


async def test_a_cable_pulled_during_a_push_is_told_at_once(
    ios: Desk, device: IosDevice, big: Path
) -> None:
    ios.phone.detach_at(5 * MIB)
    async with asyncio.timeout(LIMIT_S):
        with pytest.raises(DeviceGone, match="has left the bench"):
            await device.push(big, content_digest(big), nobody_cares)
    ios.phone.attach()
    await ios.until_state(DeviceState.READY)
    assert await device.push(big, content_digest(big), nobody_cares)
    assert 1 == len(list((ios.app.inbox / "variants").iterdir()))


@pytest.mark.slow
async def test_a_phone_that_stalls_is_given_up_in_seconds_and_its_worker_killed(
    ios: Desk, device: IosDevice, big: Path
) -> None:
    pid = worker_of(ios)
    ios.phone.stall_at(5 * MIB)
    digest = content_digest(big)
    started_s = time.monotonic()
    with pytest.raises(DeviceHung, match="has stopped answering"):
        await device.push(big, digest, nobody_cares)
    assert time.monotonic() - started_s < 8.0
    assert not is_alive(pid)
    await ios.until_state(DeviceState.HUNG)
    ios.phone.resume()
    await ios.until_state(DeviceState.READY)
    assert await device.push(big, digest, nobody_cares)


@pytest.mark.slow
async def test_a_worker_that_stalls_is_given_up_and_killed(
    ios: Desk, device: IosDevice, big: Path
) -> None:
    """The phone answers, but the transfer does not go on."""
    pid = worker_of(ios)
    started_s = 0.0

    def freeze(_sent: int, _total: int) -> None:
        nonlocal started_s
        started_s = time.monotonic()
        os.kill(pid, signal.SIGSTOP)

    with pytest.raises(DeviceHung):
        await device.push(big, content_digest(big), freeze)
    assert time.monotonic() - started_s < 8.0
    assert not is_alive(pid)


async def test_a_push_that_is_cancelled_ends_at_once(
    ios: Desk, device: IosDevice, big: Path
) -> None:
    pid = worker_of(ios)
    moves = asyncio.Event()
    ios.phone.stall_at(20 * MIB)
    digest = content_digest(big)
    push = asyncio.create_task(device.push(big, digest, lambda _sent, _total: moves.set()))
    await moves.wait()
    push.cancel()
    started_s = time.monotonic()
    with pytest.raises(asyncio.CancelledError):
        await push
    assert time.monotonic() - started_s < 1.0
    assert not is_alive(pid)
    ios.phone.resume()
    await ios.until_state(DeviceState.READY)
    assert await device.push(big, digest, nobody_cares)


async def test_a_launch_sends_the_job_and_gives_the_events_as_they_are(
    ios: Desk, device: IosDevice, model: Path
) -> None:
    launch = await pushed(device, model)
    received = b""
    async with device.launch(launch) as runner:
        while data := await runner.read():
            received += data
    assert HELLO + END == received
    assert (None, "") == (runner.exit_code, runner.diagnostics)
    (job,) = ios.app.jobs
    assert f"variants/{launch.digest}.tflite" == job["variant"]
    assert ("npu", launch.digest) == (job["engine"]["accelerator"], job["sha256"])


async def test_readings_lie_on_the_clock_of_the_phone(
    ios: Desk, device: IosDevice, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device_module, "BATTERY_S", 0.0)
    assert 0 == (await device.read_state()).boot_ns
    async with device.launch(await pushed(device, model)) as runner:
        while await runner.read():
            pass
    reading = await device.read_state()
    assert 905_000 <= reading.boot_ns < 905_000 + LIMIT_S * 1e9
    assert reading.battery is not None


async def test_the_battery_is_not_asked_all_the_time(device: IosDevice) -> None:
    assert await device.read_state() is await device.read_state()


async def test_a_stop_lets_the_last_events_arrive(
    ios: Desk, device: IosDevice, model: Path
) -> None:
    ios.app.script, ios.app.waits_for_stop = HELLO, True
    async with device.launch(await pushed(device, model)) as runner:
        assert HELLO == await runner.read()
        runner.stop()
        runner.stop()
        assert END == await runner.read()
        assert b"" == await runner.read()
    assert ["stop"] == ios.app.stops


async def test_leaving_a_launch_ends_it_on_the_phone(
    ios: Desk, device: IosDevice, model: Path
) -> None:
    ios.app.script, ios.app.waits_for_stop = HELLO, True
    async with device.launch(await pushed(device, model)) as runner:
        await runner.read()
    async with asyncio.timeout(LIMIT_S):
        await ios.app.is_told_to_stop.wait()
    assert ["end of input"] == ios.app.stops


async def test_a_read_can_be_cancelled_without_losing_anything(
    ios: Desk, device: IosDevice, model: Path
) -> None:
    ios.app.script, ios.app.waits_for_stop = HELLO, True
    async with device.launch(await pushed(device, model)) as runner:
        await runner.read()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(runner.read(), 0.05)
        runner.stop()
        assert END == await runner.read()


async def test_an_app_that_is_closed_is_named(ios: Desk, device: IosDevice, model: Path) -> None:
    ios.app.script, ios.app.waits_for_stop = HELLO, True
    async with device.launch(await pushed(device, model)) as runner:
        await runner.read()
        for link in tuple(ios.phone._links.values()):
            link.cut()
        assert b"" == await runner.read()
    assert "the app was closed or left the front" in runner.diagnostics


async def test_a_cable_pulled_during_a_launch_is_not_a_closed_app(
    ios: Desk, device: IosDevice, model: Path
) -> None:
    ios.app.script, ios.app.waits_for_stop = HELLO, True
    async with device.launch(await pushed(device, model)) as runner:
        await runner.read()
        ios.phone.detach()
        with pytest.raises(DeviceGone, match="has left the bench"):
            await runner.read()


async def test_a_phone_that_hangs_during_a_launch_is_probed(
    ios: Desk, device: IosDevice, model: Path
) -> None:
    ios.app.script, ios.app.waits_for_stop = HELLO, True
    async with device.launch(await pushed(device, model)) as runner:
        await runner.read()
        ios.phone.hang()
        started_s = time.monotonic()
        with pytest.raises(DeviceHung):
            await device.probe()
        assert time.monotonic() - started_s < 2.5
        ios.phone.resume()


async def test_a_launch_waits_for_somebody_to_open_the_app(
    ios: Desk, device: IosDevice, model: Path
) -> None:
    launch = await pushed(device, model)
    ios.phone.mount_developer_image(is_mounted=False)  # so that no computer can start the app
    ios.phone.close_app()

    async def tap() -> None:
        await ios.until_state(DeviceState.RUNNER_CLOSED)
        ios.phone.open_app()

    tapping = asyncio.create_task(tap())
    async with device.launch(launch) as runner:
        assert HELLO.startswith((await runner.read())[:10])
    await tapping


async def test_an_app_that_nobody_opens_is_asked_for(
    ios: Desk, device: IosDevice, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launch = await pushed(device, model)
    monkeypatch.setattr(launch_module, "LAUNCH_OPEN_S", 0.0)
    ios.phone.mount_developer_image(is_mounted=False)  # so that no computer can start the app
    ios.phone.close_app()
    with pytest.raises(DeviceError, match=r"tap labtui runner on the phone.*\(its developer"):
        async with device.launch(launch):
            pass


async def test_preparing_waits_for_the_app(
    ios: Desk, device: IosDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    await device.prepare(None)
    ios.phone.mount_developer_image(is_mounted=False)  # so that no computer can start the app
    ios.phone.close_app()
    waiting = asyncio.create_task(device.prepare(None))
    await ios.until_state(DeviceState.RUNNER_CLOSED)
    assert not waiting.done()
    ios.phone.open_app()
    await waiting


async def test_a_runner_that_was_removed_is_missing(
    ios: Desk, device: IosDevice, model: Path
) -> None:
    ios.phone.remove_app()
    with pytest.raises(RunnerFailed, match="There is no runner for this device"):
        await device.push(model, content_digest(model), nobody_cares)


async def test_tools_do_not_run_on_iphones(device: IosDevice) -> None:
    with pytest.raises(UsageError, match="runs on Android only"):
        await device.prepare(Tool("benchmark_model", Digest("0" * 64), 1))


async def test_a_variant_that_was_not_pushed_is_not_launched(device: IosDevice) -> None:
    with pytest.raises(DeviceError, match="000000000000 is not on ios:"):
        async with device.launch(request(Digest("0" * 64))):
            pass


async def test_a_token_that_the_app_does_not_take_is_told(
    ios: Desk, device: IosDevice, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labtui.adapters.ios.runner_link.TOKEN_PATH", "/Documents/labtui/other")
    (ios.app.inbox).mkdir(parents=True)
    (ios.app.inbox / "token").write_text("another")
    with pytest.raises(DeviceError, match="did not accept labtui's token"):
        await device.push(model, content_digest(model), nobody_cares)


async def test_a_locked_phone_is_told_by_whatever_is_tried(
    ios: Desk, device: IosDevice, model: Path
) -> None:
    ios.phone.lock()
    with pytest.raises(DeviceError, match=r"is locked\. Unlock iPhone 14 Pro"):
        await device.push(model, content_digest(model), nobody_cares)
