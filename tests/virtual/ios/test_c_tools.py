"""libimobiledevice's own programs, unmodified, as Debian builds them."""

import asyncio
import plistlib
from pathlib import Path

import pytest

from labtui.virtual.ios.apps import RUNNER_BUNDLE_ID, RUNNER_PORT
from tests.virtual.ios.rig import (
    IPHONE_8,
    PRO_13,
    PRO_15,
    Iphones,
    auth_line,
    make_ipa,
    require,
    run_tool,
    start_tool,
    write_token,
)
from tests.virtual.rig import LIMIT_S


def values(text: str) -> dict[str, str]:
    lines = (line.partition(": ") for line in text.splitlines())
    return {key: value for key, colon, value in lines if colon}


@pytest.mark.parametrize("profiles", [[PRO_13, IPHONE_8, PRO_15]])
async def test_idevice_id_lists_every_phone_by_either_address(iphones: Iphones) -> None:
    for address in (iphones.bench.address, f"UNIX:{iphones.bench.socket_path}"):
        listed = await run_tool(iphones, "idevice_id", "-l", address=address)
        assert sorted(iphones.bench.udids) == sorted(listed.text.split())
    assert {25, 40} == set(map(len, iphones.bench.udids))


@pytest.mark.parametrize("profiles", [[PRO_13], [IPHONE_8], [PRO_15]])
async def test_idevicepair_pairs_and_unpairs(iphones: Iphones) -> None:
    for command in ("pair", "validate", "unpair"):
        ran = await iphones.tool("idevicepair", command)
        assert (0, "SUCCESS") == (ran.status, ran.text[:7])
    assert 0 == len(iphones.phone.device.pairings)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("trust=pending", "accept the trust dialog"),
        ("trust=no", "denied the trust dialog"),
        ("lock", "passcode is set"),
    ],
)
async def test_idevicepair_says_why_it_cannot(iphones: Iphones, fault: str, words: str) -> None:
    iphones.bench.fault(iphones.udid, fault)
    ran = await iphones.tool("idevicepair", "pair")
    assert words in ran.text
    assert 0 != ran.status


async def test_ideviceinfo_reads_values(iphones: Iphones) -> None:
    simple = values((await iphones.tool("ideviceinfo", "-s")).text)
    assert ("iPhone14,2", "16.7") == (simple["ProductType"], simple["ProductVersion"])
    assert "SerialNumber" not in simple
    await iphones.tool("idevicepair", "pair")
    everything = values((await iphones.tool("ideviceinfo")).text)
    assert iphones.phone.device.profile.serial(0) == everything["SerialNumber"]
    battery = values((await iphones.tool("ideviceinfo", "-q", "com.apple.mobile.battery")).text)
    assert "81" == battery["BatteryCurrentCapacity"]


async def test_ideviceinfo_survives_a_hostile_name(iphones: Iphones) -> None:
    iphones.phone.turn_hostile()
    ran = await iphones.tool("ideviceinfo", "-s", "-k", "DeviceName")
    assert b"Pixel\x1b[31m" in ran.stdout


async def test_idevicediagnostics_reads_the_battery(iphones: Iphones) -> None:
    iphones.phone.hold_skin(38.25)
    ran = await iphones.tool("idevicediagnostics", "ioregentry", "AppleSmartBattery")
    assert 3825 == plistlib.loads(ran.stdout)["IORegistry"]["Temperature"]
    ran = await iphones.tool("idevicediagnostics", "diagnostics", "GasGauge")
    assert 3095 == plistlib.loads(ran.stdout)["GasGauge"]["FullChargeCapacity"]


async def test_ideviceinstaller_lists_installs_and_removes(
    iphones: Iphones, tmp_path: Path
) -> None:
    package = make_ipa(tmp_path / "small.ipa")
    listed = await iphones.tool("ideviceinstaller", "-l")
    assert RUNNER_BUNDLE_ID in listed.text
    installed = await iphones.tool("ideviceinstaller", "-i", package)
    assert "Complete" in installed.text
    assert "org.example.small" in (await iphones.tool("ideviceinstaller", "-l")).text
    removed = await iphones.tool("ideviceinstaller", "-U", "org.example.small")
    assert "Complete" in removed.text
    assert "org.example.small" not in (await iphones.tool("ideviceinstaller", "-l")).text


async def test_ideviceinstaller_says_that_the_phone_is_full(
    iphones: Iphones, tmp_path: Path
) -> None:
    await iphones.tool("idevicepair", "pair")
    iphones.phone.fill_storage()
    ran = await iphones.tool("ideviceinstaller", "-i", make_ipa(tmp_path / "small.ipa"))
    assert b"afc_file_open" in ran.stderr
    assert iphones.phone.device.apps.get("org.example.small") is None


async def test_iproxy_reaches_the_runner(iphones: Iphones) -> None:
    require("iproxy")
    await write_token(iphones)
    port = await free_port()
    process = await start_tool(iphones, "iproxy", "-u", iphones.udid, f"{port}:{RUNNER_PORT}")
    try:
        reader, writer = await connected(port)
        writer.write(auth_line() + b"no job\n")
        assert b'"bad_job"' in await asyncio.wait_for(reader.readline(), LIMIT_S)
        writer.close()
        await writer.wait_closed()
    finally:
        process.terminate()
        await process.communicate()


async def test_a_pairing_of_one_client_serves_the_other(iphones: Iphones, tmp_path: Path) -> None:
    async with iphones.lockdown():
        pass
    ran = await iphones.tool("idevicediagnostics", "diagnostics", "GasGauge")
    assert b"CycleCount" in ran.stdout
    assert 1 == len(iphones.phone.device.pairings)


async def test_and_the_other_way_round(iphones: Iphones) -> None:
    await iphones.tool("idevicepair", "pair")
    async with iphones.lockdown(autopair=False) as lockdown:
        assert lockdown.paired
    assert 1 == len(iphones.phone.device.pairings)


async def free_port() -> int:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return port


async def connected(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect as soon as somebody listens."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            try:
                return await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.01)
