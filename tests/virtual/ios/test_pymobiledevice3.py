"""What an unmodified pymobiledevice3 does with a virtual iPhone that is ready."""

import asyncio
import os
from hashlib import sha256
from pathlib import Path

import pytest
from pymobiledevice3 import usbmux
from pymobiledevice3.exceptions import (
    AppNotInstalledError,
    InvalidServiceError,
    MissingValueError,
    PasswordRequiredError,
)
from pymobiledevice3.services.afc import AfcService
from pymobiledevice3.services.diagnostics import DiagnosticsService
from pymobiledevice3.services.house_arrest import HouseArrestService
from pymobiledevice3.services.installation_proxy import InstallationProxyService
from pymobiledevice3.services.notification_proxy import NotificationProxyService

from labtui.virtual.ios.apps import RUNNER_BUNDLE_ID
from labtui.virtual.ios.profile import load_iphone
from labtui.virtual.ios.values import VIRTUAL_KEY
from tests.virtual.ios.rig import IPHONE_8, PRO_14, PRO_15, PRO_17, Iphones, listening, make_ipa

MIB = 1 << 20


async def test_phones_are_listed_by_either_address(
    iphones: Iphones, monkeypatch: pytest.MonkeyPatch
) -> None:
    for address in (iphones.bench.address, str(iphones.bench.socket_path)):
        monkeypatch.setenv("USBMUXD_SOCKET_ADDRESS", address)
        (found,) = await usbmux.list_devices()
        assert (iphones.udid, "USB") == (found.serial, found.connection_type)


async def test_pairing_opens_a_session_over_tls(iphones: Iphones) -> None:
    async with iphones.lockdown(autopair=False) as lockdown:
        assert not lockdown.paired
        assert "SerialNumber" not in lockdown.all_values
    async with iphones.lockdown() as lockdown:
        assert lockdown.paired
        assert "iPhone 13 Pro" == lockdown.display_name
        assert "d63ap" == (lockdown.hardware_model or "").lower()
        assert lockdown.all_values["SerialNumber"]
        assert lockdown.all_values[VIRTUAL_KEY] is True


async def test_a_pairing_is_good_for_every_later_connection(iphones: Iphones) -> None:
    async with iphones.lockdown():
        pass
    async with iphones.lockdown(autopair=False) as lockdown:
        assert lockdown.paired


async def test_values_come_by_domain(iphones: Iphones) -> None:
    async with iphones.lockdown() as lockdown:
        assert await lockdown.get_developer_mode_status()
        assert 81 == await lockdown.get_value("com.apple.mobile.battery", "BatteryCurrentCapacity")
        disk = await lockdown.get_value("com.apple.disk_usage")
        assert 128_000_000_000 == disk["TotalDiskCapacity"]
        assert 0 < disk["TotalDataAvailable"] < disk["TotalDiskCapacity"]


@pytest.mark.parametrize("profiles", [[key] for key in (IPHONE_8, PRO_14, PRO_15, PRO_17)])
async def test_every_kind_of_phone_is_known_to_the_client(
    iphones: Iphones, profiles: list[str]
) -> None:
    profile = load_iphone(profiles[0])
    async with iphones.lockdown(autopair=False) as lockdown:
        assert profile.name in str(lockdown.display_name)
        assert profile.hardware_model.lower() == (lockdown.hardware_model or "").lower()
        assert (profile.board_id, profile.chip_id) == (lockdown.board_id, lockdown.chip_id)
        assert profile.ios_version == lockdown.product_version


@pytest.mark.parametrize("size", [0, 1, 5 * MIB + 17, 50 * MIB])
async def test_files_come_back_as_they_were_pushed(
    iphones: Iphones, tmp_path: Path, size: int
) -> None:
    (tmp_path / "sent").write_bytes(os.urandom(size))
    async with iphones.container() as files:
        await files.push(str(tmp_path / "sent"), "/Documents/model.bin", progress_bar=False)
        await files.pull("/Documents/model.bin", str(tmp_path / "back"), progress_bar=False)
    assert digest(tmp_path / "sent") == digest(tmp_path / "back")


async def test_a_model_package_is_pushed_as_a_folder(iphones: Iphones, tmp_path: Path) -> None:
    package = tmp_path / "net.mlpackage"
    (package / "Data" / "weights").mkdir(parents=True)
    (package / "Manifest.json").write_text("{}")
    (package / "Data" / "weights" / "weight.bin").write_bytes(bytes(1000))
    async with iphones.container(documents_only=True) as files:
        await files.push(str(package), "/Documents", progress_bar=False)
        assert ["Data", "Manifest.json"] == await files.listdir("/Documents/net.mlpackage")
        stat = await files.stat("/Documents/net.mlpackage/Data/weights/weight.bin")
        assert 1000 == stat["st_size"]
        await files.rm("/Documents/net.mlpackage")
        assert not await files.exists("/Documents/net.mlpackage")


async def test_writes_in_flight_are_kept_in_order(iphones: Iphones) -> None:
    pieces = [os.urandom(1 << 16) for _ in range(40)]
    async with iphones.container() as files:
        handle = await files.fopen("/Documents/f", "w")
        await asyncio.gather(*(files.fwrite(handle, piece) for piece in pieces))
        await files.fclose(handle)
        assert b"".join(pieces) == await files.get_file_contents("/Documents/f")


async def test_documents_only_shows_documents_only(iphones: Iphones) -> None:
    async with iphones.container(documents_only=True) as files:
        with pytest.raises(Exception, match="PERM_DENIED"):
            await files.listdir("/Library")
        assert [] == await files.listdir("/Documents")


async def test_a_container_is_vended_by_the_rules(iphones: Iphones) -> None:
    async with iphones.lockdown() as lockdown:
        with pytest.raises(AppNotInstalledError):
            await HouseArrestService.create(lockdown, "org.example.absent")
        with pytest.raises(Exception, match="InstallationLookupFailed"):
            await HouseArrestService.create(lockdown, "com.apple.Preferences")


async def test_apps_are_listed_and_looked_up(iphones: Iphones) -> None:
    async with iphones.lockdown() as lockdown, InstallationProxyService(lockdown) as proxy:
        assert [RUNNER_BUNDLE_ID] == list(await proxy.get_apps("User"))
        assert ["com.apple.Preferences"] == list(await proxy.get_apps("System"))
        assert {} == await proxy.get_apps(bundle_identifiers=["org.example.absent"])
        (shown,) = await proxy.browse({"ApplicationType": "User"}, ["CFBundleIdentifier"])
        assert {"CFBundleIdentifier": RUNNER_BUNDLE_ID} == shown


async def test_an_app_is_installed_with_progress_and_removed(
    iphones: Iphones, tmp_path: Path
) -> None:
    package = make_ipa(tmp_path / "small.ipa")
    percents: list[int] = []
    async with iphones.lockdown() as lockdown, InstallationProxyService(lockdown) as proxy:
        await proxy.install_from_local(package, handler=percents.append)
        assert percents == sorted(percents)
        assert 90 == percents[-1]
        (app,) = (await proxy.get_apps("User", bundle_identifiers=["org.example.small"])).values()
        assert "2.1" == app["CFBundleShortVersionString"]
        await proxy.uninstall("org.example.small")
        assert [RUNNER_BUNDLE_ID] == list(await proxy.get_apps("User"))
    async with iphones.lockdown() as lockdown, AfcService(lockdown) as media:
        assert [] == await media.listdir("/PublicStaging/pymobiledevice3")


async def test_who_observes_is_told_of_installed_apps(iphones: Iphones, tmp_path: Path) -> None:
    name = "com.apple.mobile.application_installed"
    async with iphones.lockdown() as lockdown, NotificationProxyService(lockdown) as observer:
        await observer.notify_register_dispatch(name)
        async with InstallationProxyService(lockdown) as proxy:
            await proxy.install_from_local(make_ipa(tmp_path / "small.ipa"))
        async for event in observer.receive_notification():
            assert name == event["Name"]
            break


async def test_the_battery_is_as_warm_as_the_phone(iphones: Iphones) -> None:
    async with iphones.lockdown() as lockdown, DiagnosticsService(lockdown) as diagnostics:
        cool = await diagnostics.get_battery()
        iphones.phone.hold_skin(41.5)
        warm = await diagnostics.ioregistry(name="AppleSmartBattery")
        assert cool
        assert 2697 == pytest.approx(cool["Temperature"], abs=50)
        assert (4150, 81) == (warm["Temperature"], warm["CurrentCapacity"])
        assert None is await diagnostics.ioregistry(name="AppleBCMWLANSkywalkInterface")


async def test_an_unknown_service_is_refused(iphones: Iphones) -> None:
    async with iphones.lockdown() as lockdown:
        with pytest.raises(InvalidServiceError):
            await lockdown.start_lockdown_service("com.apple.instruments.remoteserver")
        with pytest.raises(MissingValueError):
            await lockdown.get_value("com.apple.mobile.battery", "NoSuchKey")


async def test_a_restart_is_a_phone_that_comes_back_locked(iphones: Iphones) -> None:
    async with iphones.lockdown() as lockdown, listening() as mux:
        (before,) = mux.devices
        async with DiagnosticsService(lockdown) as diagnostics:
            await diagnostics.action("Restart")
        while mux.devices in ([before], []):
            await mux.receive_device_state_update()
    (after,) = mux.devices
    assert (before.serial, True) == (after.serial, after.devid != before.devid)
    with pytest.raises(PasswordRequiredError):
        async with iphones.lockdown():
            pass
    iphones.phone.unlock()
    async with iphones.lockdown(autopair=False) as lockdown:
        assert lockdown.paired


def digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()
