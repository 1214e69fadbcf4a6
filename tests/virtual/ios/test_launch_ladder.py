"""How labtui's worker starts the runner app on virtual iPhones, and why it may not."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pymobiledevice3 import exceptions as pmd
from pymobiledevice3.services.dvt.instruments.process_control import ProcessControl

from labtui.adapters.ios.messages import (
    Cause,
    Done,
    Failed,
    Op,
    Progress,
    decode_message,
    encode_request,
)
from labtui.adapters.ios.worker import launching
from labtui.adapters.ios.worker.launching import Rung, TooSlow, launch
from labtui.adapters.ios.worker.phone import Phone
from labtui.adapters.ios.worker.translate import Cannot
from labtui.virtual.ios import tunnel
from labtui.virtual.ios.apps import RUNNER_BUNDLE_ID, App
from labtui.virtual.ios.device import Iphone
from tests.virtual.ios.rig import IPHONE_8, PRO_13, PRO_14, PRO_15, PRO_17, Iphones, app_connection
from tests.virtual.rig import LIMIT_S

IPHONE_16 = "iphone-16"
Act = Callable[[Iphones], None]


@dataclass
class Worker:
    """A phone's worker process, as the app talks to it."""

    process: asyncio.subprocess.Process
    beats: list[Progress] = field(default_factory=list)

    async def ask(self, op: Op, **arguments: Any) -> Done | Failed:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(encode_request(1, op, arguments))
        while True:
            line = await asyncio.wait_for(self.process.stdout.readline(), LIMIT_S)
            _, message = decode_message(line)
            if not isinstance(message, Progress):
                return message
            self.beats.append(message)

    async def launch(self) -> Done | Failed:
        return await self.ask(Op.LAUNCH, bundle_id=RUNNER_BUNDLE_ID)


@asynccontextmanager
async def started_worker(iphones: Iphones) -> AsyncIterator[Worker]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "labtui.adapters.ios.worker"),
        *(iphones.udid, "USB", str(iphones.home / "records")),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        yield Worker(process)
    finally:
        assert process.stdin
        process.stdin.close()
        await process.communicate()


@pytest.fixture
async def worker(iphones: Iphones) -> AsyncIterator[Worker]:
    """The worker of a phone that is paired."""
    async with started_worker(iphones) as worker:
        assert isinstance(await worker.ask(Op.PAIR, timeout_s=0), Done)
        yield worker


def runner_of(iphones: Iphones) -> App:
    app = iphones.phone.device.apps.runner
    assert app
    return app


@pytest.mark.parametrize(
    ("profiles", "rung"),
    [
        ([IPHONE_8], Rung.LOCKDOWN),
        ([PRO_14], Rung.LOCKDOWN),
        ([IPHONE_16], Rung.TUNNEL),
        ([PRO_17], Rung.TUNNEL),
    ],
)
async def test_a_closed_app_is_started_and_listens(
    iphones: Iphones, worker: Worker, rung: Rung
) -> None:
    for _ in range(2):  # the second time in a worker that has done it before
        iphones.phone.close_app()
        assert Done({"rung": rung}) == await worker.launch()
        async with app_connection(iphones):
            pass
    assert worker.beats
    assert isinstance(await worker.ask(Op.BATTERY), Done)


@pytest.mark.parametrize("profiles", [[PRO_14], [IPHONE_16]])
async def test_a_suspended_app_comes_back_to_the_front(iphones: Iphones, worker: Worker) -> None:
    pid = runner_of(iphones).pid
    iphones.phone.suspend_app()
    assert isinstance(await worker.launch(), Done)
    assert pid == runner_of(iphones).pid
    async with app_connection(iphones):
        pass


@pytest.mark.parametrize("profiles", [[PRO_15], [PRO_17]])
async def test_an_app_that_listens_is_left_alone(iphones: Iphones, worker: Worker) -> None:
    pid = runner_of(iphones).pid
    assert Done({"rung": Rung.LISTENING}) == await worker.launch()
    assert pid == runner_of(iphones).pid


@pytest.mark.parametrize(
    ("profiles", "fault", "cause", "words"),
    [
        ([PRO_15], "app=closed", Cause.CANNOT, "no computer can start an app on iOS 17.2"),
        ([PRO_14], "developer_image=off", Cause.CANNOT, "developer image is not mounted"),
        ([IPHONE_16], "developer_image=off", Cause.CANNOT, "developer image is not mounted"),
        ([PRO_14], "developer_mode=off", Cause.CANNOT, "Developer Mode is off"),
        ([IPHONE_16], "developer_mode=off", Cause.CANNOT, "Developer Mode is off"),
        ([PRO_14], "app=missing", Cause.APP_MISSING, "AppNotInstalledError"),
        ([IPHONE_16], "app=missing", Cause.APP_MISSING, "AppNotInstalledError"),
        ([PRO_14], "lock", Cause.CANNOT, "it is locked: unlock it"),
        ([IPHONE_16], "lock", Cause.CANNOT, "it is locked: unlock it"),
        ([IPHONE_16], "trust=forgotten", Cause.NOT_PAIRED, "NotPairedError"),
        ([IPHONE_16], "unplug", Cause.GONE, "DeviceNotFoundError"),
    ],
)
async def test_why_it_cannot_start_is_said(
    iphones: Iphones, worker: Worker, fault: str, cause: Cause, words: str
) -> None:
    iphones.phone.close_app()
    iphones.bench.fault(iphones.udid, fault)
    failed = await worker.launch()
    assert isinstance(failed, Failed)
    assert (cause, True) == (failed.cause, words in failed.text), failed


async def test_a_phone_that_is_not_paired_is_not_asked_to_be(iphones: Iphones) -> None:
    iphones.bench.fault(iphones.udid, "trust=pending")
    async with started_worker(iphones) as worker:
        assert Failed(Cause.NOT_PAIRED, "NotPairedError") == await worker.launch()


@pytest.mark.parametrize("profiles", [[IPHONE_16]])
async def test_a_tunnel_finds_a_pair_record_that_usbmuxd_has_lost(
    iphones: Iphones, worker: Worker
) -> None:
    iphones.phone.close_app()
    iphones.bench.usbmuxd._pair_records.clear()
    assert isinstance(await worker.launch(), Done)
    assert 0o077 & (iphones.home / "records" / f"{iphones.udid}.plist").stat().st_mode == 0
    assert [] == list(iphones.home.rglob(".local/**/*.plist"))


@pytest.fixture
async def phone(iphones: Iphones, tmp_path: Path) -> AsyncIterator[Phone]:
    """The worker's own view of a phone, in this process; its runner app is closed."""
    records = tmp_path / "records"
    async with iphones.lockdown(pairing_records_cache_folder=records):
        pass
    iphones.phone.close_app()
    phone = Phone(iphones.udid, "USB", records)
    yield phone
    await phone.hang_up()


def ignore(_done: int, _total: int) -> None:
    pass


async def climb(phone: Phone) -> Any:
    return await launch(phone, {"bundle_id": RUNNER_BUNDLE_ID}, ignore)


def when_launched(monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]) -> None:
    """Let something happen to a phone when it is about to start an app."""
    open_app = Iphone.open_app

    def late(device: Iphone, app: App) -> int:
        act()
        return open_app(device, app)

    monkeypatch.setattr(Iphone, "open_app", late)


def when_tunnelled(monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]) -> None:
    """Let something happen to a phone when a host wants a tunnel."""
    shake_hands = tunnel._shake_hands

    async def late(link: Any) -> None:
        act()
        await shake_hands(link)

    monkeypatch.setattr(tunnel, "_shake_hands", late)


@dataclass(frozen=True)
class Moment:
    """When something happens, the limit of the step that it happens in, and that step's name."""

    let: Callable[[pytest.MonkeyPatch, Callable[[], None]], None]
    limit: str
    step: str


START = Moment(when_launched, "STEP_S", "starting the app")
OPENING = Moment(when_tunnelled, "TUNNEL_S", "opening a tunnel")
MOMENTS = pytest.mark.parametrize(
    ("profiles", "moment"),
    [([PRO_13], START), ([IPHONE_16], START), ([IPHONE_16], OPENING)],
    ids=["directly", "in a tunnel", "at the tunnel"],
)


@MOMENTS
async def test_a_phone_that_falls_silent_is_given_up_and_can_be_tried_again(
    iphones: Iphones, phone: Phone, monkeypatch: pytest.MonkeyPatch, moment: Moment
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(launching, moment.limit, 2.0)
        moment.let(patch, iphones.phone.hang)
        with pytest.raises(Cannot, match=f"{moment.step} took longer than 2 s"):
            await asyncio.wait_for(climb(phone), LIMIT_S)
    iphones.phone.resume()
    iphones.phone.close_app()
    await phone.hang_up()
    assert "rung" in await climb(phone)


@MOMENTS
async def test_a_cable_that_is_pulled_meanwhile_is_not_mistaken_for_a_refusal(
    iphones: Iphones, phone: Phone, monkeypatch: pytest.MonkeyPatch, moment: Moment
) -> None:
    moment.let(monkeypatch, iphones.phone.detach)
    with pytest.raises(pmd.DeviceNotFoundError):
        await asyncio.wait_for(climb(phone), LIMIT_S)


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda iphones: iphones.phone.lock(), "it is locked: unlock it"),
        (lambda iphones: iphones.phone.remove_app(), "it refused: The request to open 'io.labtui"),
    ],
)
async def test_what_changes_at_the_last_moment_is_explained(
    iphones: Iphones, phone: Phone, monkeypatch: pytest.MonkeyPatch, act: Act, words: str
) -> None:
    start = ProcessControl.launch

    async def late(control: ProcessControl, *args: Any, **options: Any) -> int:
        act(iphones)
        return await start(control, *args, **options)

    monkeypatch.setattr(ProcessControl, "launch", late)
    with pytest.raises(Cannot, match=words):
        await climb(phone)


async def test_a_process_without_a_number_is_no_process(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Iphone, "open_app", lambda _device, _app: 0)
    with pytest.raises(Cannot, match="it failed"):
        await climb(phone)


async def test_a_step_beats_until_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launching, "_BEAT_S", 0.01)
    monkeypatch.setattr(launching, "_END_S", 0.01)
    beats: list[tuple[int, int]] = []
    steps = launching._Steps(lambda done, total: beats.append((done, total)))
    assert 7 == await steps.take("counting", 1.0, asyncio.sleep(0, 7))
    released = asyncio.Event()

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await released.wait()

    with pytest.raises(TooSlow, match=r"waiting took longer than 0\.1 s"):
        await steps.take("waiting", 0.1, stubborn())
    released.set()
    assert len(beats) > 2
