"""The tunnel of iOS 17.4 and newer, through the real userspace stack of an unmodified client."""

import asyncio
import json
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pymobiledevice3.exceptions import InvalidServiceError, UserspaceTunnelUnavailableError
from pymobiledevice3.remote.remote_service_discovery import RemoteServiceDiscoveryService
from pymobiledevice3.remote.userspace_tunnel import UserspaceRsdTunnel
from pymobiledevice3.services.dvt.instruments.dvt_provider import DvtProvider
from pymobiledevice3.services.dvt.instruments.process_control import ProcessControl

from labtui.virtual.ios.apps import RUNNER_BUNDLE_ID
from tests.virtual.ios.rig import PRO_14, PRO_15, PRO_17, Iphones, app_connection

IPHONE_16 = "iphone-16"
PROXY = "com.apple.internal.devicecompute.CoreDeviceProxy"


@pytest.fixture
def profiles() -> list[str]:
    return [IPHONE_16]


@asynccontextmanager
async def tunnel_to(iphones: Iphones) -> AsyncIterator[RemoteServiceDiscoveryService]:
    async with UserspaceRsdTunnel(iphones.udid, remotepairing_fallback=False) as services:
        yield services


@pytest.mark.parametrize("profiles", [[IPHONE_16], [PRO_17]])
async def test_an_app_is_launched_through_the_tunnel(iphones: Iphones) -> None:
    iphones.phone.close_app()
    async with tunnel_to(iphones) as services:
        assert iphones.udid == services.udid
        assert iphones.phone.device.profile.ios_version == services.product_version
        assert iphones.phone.device.profile.ecid(0) == services.ecid
        async with DvtProvider(services) as provider, ProcessControl(provider) as control:
            pid = await control.launch(RUNNER_BUNDLE_ID, environment={"A": "x" * 100_000})
            assert pid == await control.process_identifier_for_bundle_identifier(RUNNER_BUNDLE_ID)
    async with app_connection(iphones):
        pass


@pytest.mark.parametrize("fault", ["developer_image=off", "developer_mode=off"])
async def test_without_image_or_developer_mode_there_is_nothing_to_launch_with(
    iphones: Iphones, fault: str
) -> None:
    iphones.bench.fault(iphones.udid, fault)
    async with tunnel_to(iphones) as services:
        with pytest.raises(InvalidServiceError):
            async with DvtProvider(services):
                pass


@pytest.mark.parametrize("profiles", [[PRO_14], [PRO_15]])
async def test_older_phones_have_no_such_tunnel(iphones: Iphones) -> None:
    with pytest.raises(UserspaceTunnelUnavailableError):
        async with tunnel_to(iphones):
            pass


async def shake_hands(iphones: Iphones, service: Any) -> dict[str, Any]:
    body = json.dumps({"type": "clientHandshakeRequest", "mtu": 16000}).encode()
    await service.sendall(b"CDTunnel" + struct.pack(">H", len(body)) + body)
    (length,) = struct.unpack(">8xH", await service.recvall(10))
    answer: dict[str, Any] = json.loads(await service.recvall(length))
    return answer


async def test_the_handshake_names_addresses_and_a_port(iphones: Iphones) -> None:
    async with iphones.lockdown() as lockdown:
        service = await lockdown.start_lockdown_service(PROXY)
        answer = await shake_hands(iphones, service)
        assert answer["serverAddress"] != answer["clientParameters"]["address"]
        assert 1280 <= answer["clientParameters"]["mtu"] <= 16000
        await service.close()


@pytest.mark.parametrize("data", [b"x" * 100, b"CDTunnel\0\x02{}" + b"\xff" * 39 + b"\0" * 65536])
async def test_what_is_no_packet_harms_nobody(iphones: Iphones, data: bytes) -> None:
    async with iphones.lockdown() as lockdown:
        service = await lockdown.start_lockdown_service(PROXY)
        await service.sendall(data)
        await service.close()
        assert await lockdown.get_value("com.apple.mobile.battery")


async def test_a_pulled_cable_ends_the_tunnel(iphones: Iphones) -> None:
    async with tunnel_to(iphones) as services, DvtProvider(services) as provider:
        async with ProcessControl(provider) as control:
            iphones.phone.detach()
            with pytest.raises(Exception):  # noqa: B017, PT011 (the stack has no word for it)
                await asyncio.wait_for(control.launch(RUNNER_BUNDLE_ID), 2.0)
        await iphones.phone.finished()
