"""Every state a phone can be in, as an unmodified client sees it."""

import asyncio
import plistlib
import zipfile
from pathlib import Path

import pytest
from pymobiledevice3 import usbmux
from pymobiledevice3.exceptions import (
    AppInstallError,
    ConnectionFailedError,
    GetProhibitedError,
    NotPairedError,
    PairingDialogResponsePendingError,
    PasswordRequiredError,
    UserDeniedPairingError,
)
from pymobiledevice3.services.diagnostics import DiagnosticsService
from pymobiledevice3.services.installation_proxy import InstallationProxyService

from labtui.errors import UsageError
from labtui.virtual.hostile import HOSTILE_NAME
from labtui.virtual.ios.apps import RUNNER_PORT
from labtui.virtual.ios.device import ThermalState
from tests.virtual.ios.rig import IPHONE_8, PRO_13, Iphones, make_ipa, write_token
from tests.virtual.rig import LIMIT_S


async def connect_to_app(iphones: Iphones) -> None:
    (device,) = await usbmux.list_devices()
    (await device.connect(RUNNER_PORT)).close()


async def test_a_phone_that_is_not_paired_shows_who_it_is_and_nothing_else(
    iphones: Iphones,
) -> None:
    async with iphones.lockdown(autopair=False) as lockdown:
        assert iphones.udid == lockdown.udid
        with pytest.raises(NotPairedError):
            await lockdown.start_lockdown_service("com.apple.afc")
        with pytest.raises(GetProhibitedError):
            await lockdown.get_value("com.apple.mobile.battery")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("trust=pending", PairingDialogResponsePendingError),
        ("trust=no", UserDeniedPairingError),
        ("lock", PasswordRequiredError),
    ],
)
async def test_pairing_fails_for_one_reason_at_a_time(
    iphones: Iphones, fault: str, error: type[Exception]
) -> None:
    iphones.bench.fault(iphones.udid, fault)
    with pytest.raises(error):
        async with iphones.lockdown():
            pass
    for cure in ("unlock", "trust=yes"):
        iphones.bench.fault(iphones.udid, cure)
    async with iphones.lockdown() as lockdown:
        assert lockdown.paired


async def test_somebody_takes_a_while_to_tap_trust(iphones: Iphones) -> None:
    iphones.bench.fault(iphones.udid, "trust=pending")
    asyncio.get_running_loop().call_later(0.2, iphones.bench.fault, iphones.udid, "trust=yes")
    async with iphones.lockdown(pair_timeout=LIMIT_S) as lockdown:
        assert lockdown.paired


async def test_a_phone_that_was_reset_forgets_its_hosts(iphones: Iphones) -> None:
    async with iphones.lockdown() as lockdown:
        assert lockdown.paired
    iphones.bench.fault(iphones.udid, "trust=forgotten")
    async with iphones.lockdown(autopair=False) as lockdown:
        assert not lockdown.paired


async def test_a_host_can_unpair(iphones: Iphones) -> None:
    async with iphones.lockdown() as lockdown:
        await lockdown.unpair()
    async with iphones.lockdown(autopair=False) as lockdown:
        assert not lockdown.paired


@pytest.mark.parametrize("profiles", [[PRO_13, IPHONE_8]])
async def test_the_record_of_one_phone_opens_no_other(iphones: Iphones) -> None:
    async with iphones.lockdown() as lockdown:
        record = lockdown.pair_record
    other = iphones.bench.phones[1]
    assert other.device.pairings.context(str(record and record["HostID"])) is None


async def test_a_session_demands_the_key_of_the_pairing(iphones: Iphones) -> None:
    async with iphones.lockdown() as lockdown:
        record = dict(lockdown.pair_record or {})
    stranger = Iphones(iphones.bench, iphones.home / "stranger")
    stranger.home.mkdir()
    iphones.phone.forget_hosts()
    async with stranger.lockdown(pair_record=None, local_hostname="stranger") as lockdown:
        forged = dict(lockdown.pair_record or {}) | {
            key: record[key] for key in ("HostCertificate", "HostPrivateKey", "RootCertificate")
        }
    with pytest.raises(Exception):  # noqa: B017, PT011 (each TLS library has its own words)
        async with iphones.lockdown(autopair=False, pair_record=forged) as lockdown:
            await lockdown.get_value("com.apple.mobile.battery")


async def test_a_locked_phone_starts_no_session(iphones: Iphones) -> None:
    async with iphones.lockdown():
        pass
    iphones.bench.fault(iphones.udid, "lock")
    with pytest.raises(PasswordRequiredError):
        async with iphones.lockdown():
            pass
    iphones.bench.fault(iphones.udid, "unlock")
    async with iphones.lockdown(autopair=False) as lockdown:
        assert lockdown.paired


async def test_a_phone_locked_meanwhile_starts_no_service(iphones: Iphones) -> None:
    async with iphones.lockdown() as lockdown:
        iphones.phone.lock()
        with pytest.raises(PasswordRequiredError):
            await lockdown.start_lockdown_service("com.apple.afc")


@pytest.mark.parametrize(
    ("fault", "cure"),
    [
        ("app=missing", "app=installed"),
        ("app=closed", "app=open"),
        ("app=suspended", "app=open"),
        ("lock", "unlock"),
    ],
)
async def test_an_app_that_is_not_in_front_has_no_port(
    iphones: Iphones, fault: str, cure: str
) -> None:
    await connect_to_app(iphones)
    iphones.bench.fault(iphones.udid, fault)
    with pytest.raises(ConnectionFailedError):
        await connect_to_app(iphones)
    iphones.bench.fault(iphones.udid, cure)
    await connect_to_app(iphones)


async def test_without_developer_mode_the_runner_cannot_be_opened(iphones: Iphones) -> None:
    iphones.bench.fault(iphones.udid, "developer_mode=off")
    async with iphones.lockdown() as lockdown:
        assert not await lockdown.get_developer_mode_status()
    iphones.bench.fault(iphones.udid, "app=open")
    with pytest.raises(ConnectionFailedError):
        await connect_to_app(iphones)
    for cure in ("developer_mode=on", "app=open"):
        iphones.bench.fault(iphones.udid, cure)
    await connect_to_app(iphones)


async def test_a_runner_of_another_team_is_the_runner(iphones: Iphones, tmp_path: Path) -> None:
    iphones.bench.fault(iphones.udid, "app=missing")
    package = make_ipa(tmp_path / "runner.ipa", "org.example.labtui.runner")
    async with iphones.lockdown() as lockdown, InstallationProxyService(lockdown) as proxy:
        await proxy.install_from_local(package)
    with pytest.raises(ConnectionFailedError):
        await connect_to_app(iphones)
    iphones.bench.fault(iphones.udid, "app=open")
    await connect_to_app(iphones)


async def test_a_removed_app_takes_its_files_along(iphones: Iphones) -> None:
    await write_token(iphones)
    for fault in ("app=missing", "app=installed"):
        iphones.bench.fault(iphones.udid, fault)
    async with iphones.container() as files:
        assert [] == await files.listdir("/Documents")


@pytest.mark.parametrize(
    ("info", "fault", "words"),
    [
        ({"MinimumOSVersion": "18.0"}, "", "DeviceOSVersionTooLow"),
        ({"CFBundleExecutable": "../Small"}, "", "PackageExtractionFailed"),
        ({"CFBundleIdentifier": "../../x"}, "", "PackageExtractionFailed"),
        ({}, "install_error=ApplicationVerificationFailed", "ApplicationVerificationFailed"),
    ],
)
async def test_a_package_is_refused_with_its_reason(
    iphones: Iphones, tmp_path: Path, info: dict[str, str], fault: str, words: str
) -> None:
    if fault:
        iphones.bench.fault(iphones.udid, fault)
    package = make_ipa(tmp_path / "small.ipa", **info)
    async with iphones.lockdown() as lockdown, InstallationProxyService(lockdown) as proxy:
        with pytest.raises(AppInstallError, match=words):
            await proxy.install_from_local(package)


async def test_a_development_signed_package_opens_its_container(
    iphones: Iphones, tmp_path: Path
) -> None:
    package = make_ipa(tmp_path / "small.ipa", UIFileSharingEnabled=False)
    with zipfile.ZipFile(package, "a") as archive:
        entitlements = plistlib.dumps({"Entitlements": {"get-task-allow": True}})
        archive.writestr("Payload/Small.app/embedded.mobileprovision", b"CMS" + entitlements)
    async with iphones.lockdown() as lockdown, InstallationProxyService(lockdown) as proxy:
        await proxy.install_from_local(package)
    app = iphones.phone.device.apps.get("org.example.small")
    assert app
    assert (True, False) == (app.is_debuggable, app.has_file_sharing)


async def test_a_hostile_name_arrives_as_it_is(iphones: Iphones) -> None:
    iphones.bench.fault(iphones.udid, "hostile_text")
    async with iphones.lockdown(autopair=False) as lockdown:
        assert HOSTILE_NAME == lockdown.short_info["DeviceName"]


@pytest.mark.parametrize("state", ThermalState)
async def test_a_thermal_state_is_held(iphones: Iphones, state: ThermalState) -> None:
    iphones.bench.fault(iphones.udid, f"thermal={state.name.lower()}")
    assert state is iphones.phone.device.thermal_state
    async with iphones.lockdown() as lockdown, DiagnosticsService(lockdown) as diagnostics:
        battery = await diagnostics.get_battery()
    assert battery
    assert (state > ThermalState.NOMINAL) == (battery["Temperature"] > 3500)


@pytest.mark.parametrize(
    "text", ["", "nonsense", "app=gone", "detach_at=x", "skin=9999", "trust", "reboot=nan"]
)
async def test_what_is_no_fault_is_said_so(iphones: Iphones, text: str) -> None:
    with pytest.raises(UsageError):
        iphones.bench.fault(iphones.udid, text)
