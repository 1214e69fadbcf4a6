"""Settings of phones: noted, changed, given back, however a run ends."""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from labtui.adapters.android import hygiene
from labtui.adapters.android.hygiene import Housekeeper
from labtui.adapters.android.journal import Journal
from labtui.adapters.android.phone import Phone
from labtui.adapters.android.smartsocket import Route
from labtui.core.hygiene import SETTINGS, Kept, Space
from labtui.core.model import DeviceFacts, DeviceId, DeviceState
from labtui.errors import DeviceError, DeviceGone, DeviceHung
from labtui.virtual.program_faults import SettingsFault
from tests.adapters.android.desk import Desk
from tests.adapters.android.fake_server import SEPARATOR, FakePhone, FakeServer
from tests.adapters.android.waiting import all_ready, until

IN_FORCE = {(s.space.value, s.key): s.value for s in SETTINGS if s.space is not Space.POWER}
NAMES = [setting.name for setting in SETTINGS]


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "hygiene")


@pytest.fixture
def keeper(desk: Desk, journal: Journal) -> Housekeeper:
    return keeper_of(desk, journal)


def keeper_of(desk: Desk, journal: Journal) -> Housekeeper:
    """Return one as a new process has it."""
    return Housekeeper(desk.device.id, lambda: desk.bus._phone(desk.device.id), journal)


def settings(desk: Desk) -> dict[tuple[str, str], str]:
    """Return what the phone has set; unset keys are missing."""
    return dict(desk.phone.device.settings)


def is_fixed(desk: Desk) -> bool:
    return desk.phone.device.power.now().is_performance_fixed


def names_in(journal: Journal, desk: Desk) -> list[str]:
    entry = journal.read(desk.device.id)
    return [old.setting.name for old in entry.values] if entry else []


def refused(kept: tuple[Kept, ...]) -> list[str]:
    return [one.setting for one in kept if one.refusal]


class Crash(Exception):
    pass


@contextlib.contextmanager
def unchanged_afterwards(desk: Desk, journal: Journal) -> Iterator[None]:
    """Check that the phone is as it was, and that nothing is left to do."""
    before = settings(desk)
    yield
    assert (before, False, []) == (settings(desk), is_fixed(desk), names_in(journal, desk))


async def test_settings_are_in_force_and_then_as_they_were(
    desk: Desk, keeper: Housekeeper, journal: Journal
) -> None:
    desk.phone.device.settings.pop(("global", "animator_duration_scale"))  # never set: deleted
    before = settings(desk)
    with unchanged_afterwards(desk, journal):
        async with keeper.kept() as kept:
            assert [Kept(s.name, s.value) for s in SETTINGS] == list(kept)
            assert (before | IN_FORCE, True) == (settings(desk), is_fixed(desk))
            assert names_in(journal, desk) == NAMES


@pytest.mark.parametrize("error", [Crash, asyncio.CancelledError, DeviceGone])
async def test_however_a_run_ends(
    desk: Desk, keeper: Housekeeper, journal: Journal, error: type[BaseException]
) -> None:
    async def run() -> None:
        async with keeper.kept():
            assert is_fixed(desk)
            raise error

    with unchanged_afterwards(desk, journal), pytest.raises(error):
        await run()


async def test_a_cancellation_waits_for_settings_that_are_being_given_back(
    desk: Desk, keeper: Housekeeper, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_go_on = asyncio.Event(), asyncio.Event()
    real = hygiene._change

    async def slowly(*args: object) -> list[str]:
        begun.set()
        await may_go_on.wait()
        return await real(*args)  # type: ignore[arg-type]

    async def work() -> None:
        async with keeper.kept():
            monkeypatch.setattr(hygiene, "_change", slowly)

    with unchanged_afterwards(desk, journal):
        task = asyncio.create_task(work())
        await begun.wait()
        task.cancel()
        asyncio.get_running_loop().call_soon(may_go_on.set)
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_nothing_is_changed_that_could_not_be_noted(
    desk: Desk, keeper: Housekeeper, journal: Journal, tmp_path: Path
) -> None:
    (tmp_path / "hygiene").write_text("a file where the folder should be")
    before = settings(desk)
    with pytest.raises(DeviceError, match="make the folder writable"):
        await keeper.apply()
    assert (before, False) == (settings(desk), is_fixed(desk))


async def test_nothing_is_changed_while_the_journal_is_damaged(
    desk: Desk, keeper: Housekeeper, journal: Journal, tmp_path: Path
) -> None:
    await keeper.apply()
    await keeper.restore()
    (tmp_path / "hygiene").mkdir(exist_ok=True)
    journal._path(desk.device.id).write_text("{")
    before = settings(desk)
    with pytest.raises(DeviceError, match="then remove the file"):
        await keeper.apply()
    assert before == settings(desk)


async def test_after_a_crash_the_next_one_knows_the_first_values(
    desk: Desk, keeper: Housekeeper, journal: Journal
) -> None:
    with unchanged_afterwards(desk, journal):
        await keeper.apply()  # and no more of this process
        second = keeper_of(desk, journal)
        await second.apply()
        told = await keeper_of(desk, journal).restore()
        assert (NAMES[::-1], []) == ([one.setting for one in told], refused(told))


async def test_what_cannot_be_given_back_stays_noted_with_its_first_value(
    desk: Desk, keeper: Housekeeper, journal: Journal
) -> None:
    with unchanged_afterwards(desk, journal):
        await keeper.apply()
        desk.phone.guard_settings(SettingsFault.REFUSE)
        told = await keeper_of(desk, journal).restore()
        assert NAMES == refused(told)[::-1] == names_in(journal, desk)
        await keeper_of(desk, journal).apply()
        assert names_in(journal, desk) == NAMES
        desk.phone.guard_settings("")
        await keeper_of(desk, journal).restore()


NO_HAL = "Failed to set FIXED_PERFORMANCE mode"
DENIED = "Permission denial: writing to settings requires:android.permission.WRITE_SECURE_SETTINGS"
REFUSALS = [
    (SettingsFault.REFUSE, DENIED),
    (SettingsFault.KEEP, "the phone took it and kept its own"),
]


@pytest.mark.parametrize(("fault", "reason"), REFUSALS)
async def test_a_phone_that_refuses_is_no_failure(
    desk: Desk, keeper: Housekeeper, journal: Journal, fault: SettingsFault, reason: str
) -> None:
    desk.phone.guard_settings(fault)
    with unchanged_afterwards(desk, journal):
        async with keeper.kept() as kept:
            assert NAMES == [one.setting for one in kept]
            assert [reason] * 6 + [NO_HAL] == [one.refusal for one in kept]
            assert NAMES[-1] not in names_in(journal, desk), "what was never on is not turned off"


async def test_a_setting_that_is_so_already_is_in_force_on_a_phone_that_refuses(
    desk: Desk, keeper: Housekeeper
) -> None:
    desk.phone.device.settings["global", "window_animation_scale"] = "0.0"
    desk.phone.guard_settings(SettingsFault.REFUSE)
    async with keeper.kept() as kept:
        assert NAMES[1:] == refused(kept)


async def test_a_pulled_cable_is_made_good_when_it_is_back(
    desk: Desk, keeper: Housekeeper, journal: Journal
) -> None:
    with unchanged_afterwards(desk, journal):
        async with keeper.kept():
            await desk.phone.unplug()
            await until(desk.bus, lambda bench: not bench)
        assert (True, NAMES) == (is_fixed(desk), names_in(journal, desk))
        with pytest.raises(DeviceGone):
            await keeper.restore()
        await desk.phone.plug()
        await all_ready(desk.bus, 1)
        assert [] == refused(await keeper.restore())
    assert () == await keeper.restore(), "and that was all"


@pytest.mark.slow
async def test_a_phone_that_hangs_holds_nobody_up(
    desk: Desk, keeper: Housekeeper, journal: Journal
) -> None:
    with unchanged_afterwards(desk, journal):
        async with asyncio.timeout(10), keeper.kept():
            desk.phone.hang()
        assert names_in(journal, desk) == NAMES
        await desk.phone.resume()
        await until(desk.bus, lambda bench: bench[0].state is DeviceState.READY, 10)
        await keeper.restore()


@pytest.fixture
def fake(fake_server: FakeServer) -> FakePhone:
    fake_server.phones[1] = FakePhone()
    return fake_server.phones[1]


@pytest.fixture
def fake_keeper(fake_server: FakeServer, fake: FakePhone, journal: Journal) -> Housekeeper:
    facts = DeviceFacts("S", "Phone", "", "Android 14", "", "arm64-v8a", is_virtual=False)
    phone = Phone(Route(fake_server.config.address, 1), facts)
    return Housekeeper(DeviceId("android:S"), lambda: phone, journal)


NONSENSE = ["", "x", "0\n\x1b[2J\n", f"1\n{SEPARATOR}" * 40]


@pytest.mark.parametrize("told", NONSENSE)
async def test_what_a_phone_tells_is_never_trusted(
    fake: FakePhone, fake_keeper: Housekeeper, journal: Journal, told: str
) -> None:
    fake.answers = {"settings put": (0, told, ""), "settings get": (0, told, "")}
    async with fake_keeper.kept() as kept:
        assert NAMES[-1] in refused(kept)
        assert all(one.refusal.isprintable() for one in kept)
    assert not [s for s in fake.scripts if "\x1b" in s]


async def test_a_phone_that_takes_for_ever_is_given_up(
    fake: FakePhone, fake_keeper: Housekeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hygiene, "LIMIT_S", 0.05)
    fake.endless = "settings get"
    with pytest.raises(DeviceHung, match="settings"):
        await fake_keeper.apply()
