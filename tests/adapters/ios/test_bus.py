"""The bus against virtual iPhones in every state."""

import asyncio
import time
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from labtui.adapters.ios import tender
from labtui.adapters.ios.bus import IosBus
from labtui.adapters.ios.config import IosConfig
from labtui.adapters.ios.usbmux import MuxAddress
from labtui.core.model import DeviceId, DeviceState
from labtui.core.text import clean
from labtui.errors import BenchUnavailable, DeviceError, DeviceGone
from labtui.virtual.ios.pairing import TrustAnswer
from tests.adapters.ios.rig import Desk, desk, is_alive
from tests.virtual.ios.rig import make_ipa

UNKNOWN = DeviceId("ios:none")


async def test_a_phone_is_on_the_board_at_once_and_says_who_it_is(ios: Desk) -> None:
    started_s = time.monotonic()
    await ios.until(lambda bench: len(bench) == 1, limit_s=1.0)
    (phone,) = await ios.until(lambda bench: bench[0].facts is not None, limit_s=1.0)
    assert ("iPhone 14 Pro", True) == (phone.name, phone.facts is not None)
    assert time.monotonic() - started_s < 1.0
    assert (ios.id, ios.phone.udid) == (phone.id, phone.transports[0].serial)


async def test_a_paired_phone_with_an_open_runner_is_ready(ios: Desk) -> None:
    phone = await ios.ready()
    assert "" == phone.cure
    assert phone.free_bytes is not None
    assert phone.free_bytes > 1 << 30
    assert phone.facts is not None
    assert phone.facts.is_virtual
    (phone,) = await ios.until(lambda bench: bench[0].reading is not None)
    assert phone.reading is not None
    assert 20 < (phone.reading.headline_c or 0) < 45


async def test_nobody_is_asked_to_trust_without_being_asked(ios: Desk) -> None:
    await ios.until_state(DeviceState.NOT_PAIRED)
    assert not list(ios.config.records.glob("*.plist"))


async def test_a_dialog_nobody_answers_is_waited_for_and_shown(ios: Desk) -> None:
    await ios.until_state(DeviceState.NOT_PAIRED)
    ios.phone.answer_trust(TrustAnswer.NONE_YET)
    with pytest.raises(DeviceError, match=r"is trust pending\. Unlock"):
        await ios.bus.pair(ios.id, limit_s=0.0)
    await ios.until_state(DeviceState.TRUST_PENDING)


async def test_a_dialog_that_is_answered_while_waited_for_pairs(ios: Desk) -> None:
    await ios.until_state(DeviceState.NOT_PAIRED)
    ios.phone.answer_trust(TrustAnswer.NONE_YET)
    pairing = asyncio.create_task(ios.bus.pair(ios.id))
    await ios.until_state(DeviceState.TRUST_PENDING)
    ios.phone.answer_trust(TrustAnswer.TRUST)
    await pairing
    await ios.until_state(DeviceState.READY)


async def test_a_dialog_that_is_denied_is_told(ios: Desk) -> None:
    await ios.until_state(DeviceState.NOT_PAIRED)
    ios.phone.answer_trust(TrustAnswer.DO_NOT_TRUST)
    with pytest.raises(DeviceError, match=r"pairing denied\. Somebody has tapped Don't Trust"):
        await ios.bus.pair(ios.id)
    await ios.until_state(DeviceState.DENIED)
    ios.phone.answer_trust(TrustAnswer.TRUST)
    await ios.bus.pair(ios.id)
    await ios.until_state(DeviceState.READY)


async def test_a_phone_and_this_computer_forget_each_other(ios: Desk) -> None:
    await ios.ready()
    await ios.bus.unpair(ios.id)
    await ios.until_state(DeviceState.NOT_PAIRED)
    assert not list(ios.config.records.glob("*.plist"))


async def test_a_pairing_is_there_for_the_next_bus(ios: Desk) -> None:
    await ios.ready()
    other = IosBus(ios.config)
    try:
        await replace(ios, bus=other).until_state(DeviceState.READY)
    finally:
        await other.close()


async def test_a_phone_that_forgot_the_pairing_is_not_paired(ios: Desk) -> None:
    await ios.ready()
    ios.phone.forget_hosts()
    ios.phone.detach()
    await ios.until(lambda bench: not bench)
    ios.phone.attach()
    await ios.until_state(DeviceState.NOT_PAIRED)


async def test_a_locked_phone_says_so_and_comes_back(ios: Desk) -> None:
    await ios.ready()
    ios.phone.lock()
    ios.phone.detach()
    ios.phone.attach()
    phone = await ios.until_state(DeviceState.LOCKED)
    assert phone.cure.startswith("Unlock iPhone 14 Pro;")
    ios.phone.unlock()
    await ios.until_state(DeviceState.READY)


async def test_developer_mode_off_says_so(ios: Desk) -> None:
    ios.phone.set_developer_mode(False)
    await ios.until_state(DeviceState.NOT_PAIRED)
    await ios.bus.pair(ios.id)
    await ios.until_state(DeviceState.NO_DEVELOPER_MODE)


async def test_a_runner_that_is_opened_makes_the_phone_ready(ios: Desk) -> None:
    ios.phone.close_app()
    await ios.until_state(DeviceState.NOT_PAIRED)
    await ios.bus.pair(ios.id)
    phone = await ios.until_state(DeviceState.RUNNER_CLOSED)
    assert "Open labtui runner on iPhone 14 Pro." == phone.cure
    ios.phone.open_app()
    await ios.until_state(DeviceState.READY, limit_s=2.0)


@pytest.mark.parametrize("profile", ["iphone-15-pro"])
async def test_ios_17_2_says_why_nobody_starts_the_app(ios: Desk) -> None:
    ios.phone.close_app()
    await ios.until_state(DeviceState.NOT_PAIRED)
    await ios.bus.pair(ios.id)
    phone = await ios.until_state(DeviceState.RUNNER_CLOSED)
    assert "iOS 17.0 to 17.3" in phone.cure


async def test_a_missing_runner_is_installed(ios: Desk, tmp_path: Path) -> None:
    ios.phone.remove_app()
    await ios.until_state(DeviceState.NOT_PAIRED)
    await ios.bus.pair(ios.id)
    await ios.until_state(DeviceState.RUNNER_MISSING)
    ipa = make_ipa(tmp_path / "runner.ipa", "org.example.labtui.runner")
    seen: list[tuple[int, int]] = []
    await ios.bus.install(ios.id, ipa, lambda done, total: seen.append((done, total)))
    assert (100, 100) == seen[-1]
    assert seen == sorted(seen)
    await ios.until_state(DeviceState.RUNNER_CLOSED)


async def test_a_package_that_is_refused_says_installds_code(ios: Desk, tmp_path: Path) -> None:
    await ios.ready()
    ios.phone.refuse_installs("ApplicationVerificationFailed")
    ipa = make_ipa(tmp_path / "runner.ipa")
    with pytest.raises(DeviceError, match="ApplicationVerificationFailed"):
        await ios.bus.install(ios.id, ipa, lambda _done, _total: None)


async def test_a_package_that_is_not_there_is_named(ios: Desk, tmp_path: Path) -> None:
    await ios.ready()
    with pytest.raises(DeviceError, match=r"none\.ipa cannot be read"):
        await ios.bus.install(ios.id, tmp_path / "none.ipa", lambda _done, _total: None)


async def test_a_hostile_name_reaches_nobody(ios: Desk) -> None:
    ios.phone.turn_hostile()
    ios.phone.close_app()
    await ios.until_state(DeviceState.NOT_PAIRED)
    await ios.bus.pair(ios.id)
    phone = await ios.until_state(DeviceState.RUNNER_CLOSED)
    assert clean(phone.cure, 400) == phone.cure
    assert "\ufffd" in phone.cure


async def test_a_phone_that_hangs_says_so_and_comes_back(ios: Desk) -> None:
    await ios.ready()
    ios.phone.hang()
    await ios.until_state(DeviceState.HUNG, limit_s=10.0)
    ios.phone.resume()
    await ios.until_state(DeviceState.READY)


async def test_a_phone_that_leaves_takes_its_worker_along(ios: Desk) -> None:
    await ios.ready()
    (slot,) = ios.bus._slots.values()
    pid = slot.helper.pid
    assert pid is not None
    ios.phone.detach()
    await ios.until(lambda bench: not bench)
    await asyncio.gather(*ios.bus._closing)
    assert not is_alive(pid)
    with pytest.raises(DeviceGone, match="not on the bench"):
        ios.bus.device(ios.id)


async def test_a_phone_keeps_its_place_and_its_name_when_replugged(tmp_path: Path) -> None:
    async with desk(tmp_path, "iphone-8", "iphone-16") as ios:
        await ios.until(lambda bench: len([d for d in bench if d.facts]) == 2)
        ios.phone.detach()
        await ios.until(lambda bench: len(bench) == 1)
        ios.phone.attach()
        bench = await ios.until(lambda bench: len(bench) == 2)
        assert ["iPhone 8", "iPhone 16"] == [device.name for device in bench]


async def test_only_phones_that_can_work_are_given_out(ios: Desk) -> None:
    await ios.until_state(DeviceState.NOT_PAIRED)
    with pytest.raises(DeviceGone, match=r"is not ready \(not paired\)\. This computer is not"):
        ios.bus.device(ios.id)
    for attempt in (ios.bus.pair, ios.bus.unpair):
        with pytest.raises(DeviceGone, match="ios:none is not on the bench"):
            await attempt(UNKNOWN)


async def test_a_daemon_that_ends_is_waited_for(tmp_path: Path) -> None:
    async with desk(tmp_path, "iphone-16") as ios:
        config = replace(ios.config, address=MuxAddress(path=str(ios.virtual.socket_path)))
        bus = IosBus(config)
        other = replace(ios, bus=bus, config=config)
        try:
            await other.until(lambda bench: len(bench) == 1)
            await ios.virtual.usbmuxd.stop()
            await other.until(lambda bench: not bench)
            await ios.virtual.usbmuxd.start()
            await other.until(lambda bench: len(bench) == 1)
            assert "" == bus.trouble
        finally:
            await bus.close()


async def test_no_daemon_is_trouble_with_a_cure(tmp_path: Path) -> None:
    bus = IosBus(IosConfig(tmp_path, MuxAddress(path=str(tmp_path / "none"))))
    try:
        async with aclosing(bus.watch()) as benches:
            assert () == await anext(benches)
        assert f"No usbmuxd listens on {tmp_path}/none: start it" in bus.trouble
    finally:
        await bus.close()


async def test_something_else_at_its_address_is_trouble(tmp_path: Path) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n")
        writer.close()

    path = str(tmp_path / "odd")
    async with await asyncio.start_unix_server(answer, path):
        bus = IosBus(IosConfig(tmp_path, MuxAddress(path=path)))
        try:
            async with aclosing(bus.watch()) as benches:
                assert () == await anext(benches)
            assert "does not answer as usbmuxd does" in bus.trouble
        finally:
            await bus.close()


@pytest.mark.parametrize(
    ("has_library", "finds_daemon", "expected"),
    [
        (True, False, "install your distribution's `usbmuxd` package"),
        (True, True, ""),
        (False, False, ""),
    ],
)
def test_who_does_not_work_with_iphones_is_not_bothered(
    has_library: bool,
    finds_daemon: bool,
    expected: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("labtui.adapters.ios.config.has_library", lambda: has_library)
    monkeypatch.setattr("labtui.adapters.ios.config._finds_daemon", lambda: finds_daemon)
    sentence = IosConfig(tmp_path).missing_daemon
    assert expected in sentence
    assert bool(expected) == bool(sentence)


async def test_without_the_library_a_phone_says_what_to_install(
    ios: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tender, "has_library", lambda: False)
    phone = await ios.until_state(DeviceState.OFFLINE)
    assert "pip install 'labtui[ios]'" in phone.cure
    assert "iPhone 14 Pro" == phone.name


async def test_a_daemon_on_the_network_is_refused(tmp_path: Path) -> None:
    bus = IosBus(IosConfig(tmp_path, MuxAddress.parse("10.9.8.7:27015")))
    with pytest.raises(BenchUnavailable, match=r"10\.9\.8\.7:27015 is on another computer"):
        await anext(bus.watch())
    await bus.close()


def test_the_address_comes_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USBMUXD_SOCKET_ADDRESS", "UNIX:/run/mux")
    assert MuxAddress(path="/run/mux") == IosConfig.from_environment(tmp_path).address
