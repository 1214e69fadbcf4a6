"""Starting the runner from the host on iOS 16, and why it may fail."""

import asyncio
import plistlib
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from plistlib import UID
from typing import Any

import pytest
from bpylist2 import archiver  # type: ignore[import-untyped]  # (no stubs exist)
from hypothesis import given
from hypothesis import strategies as st
from pymobiledevice3.dtx import DTXNsError
from pymobiledevice3.exceptions import InvalidServiceError, UnrecognizedSelectorError
from pymobiledevice3.services.dvt.instruments.device_info import DeviceInfo, DeviceInfoService
from pymobiledevice3.services.dvt.instruments.dvt_provider import DvtProvider
from pymobiledevice3.services.dvt.instruments.process_control import ProcessControl

from labtui.virtual.ios.apps import RUNNER_BUNDLE_ID
from labtui.virtual.ios.dtx_wire import Address, decode_arguments, encode_call
from labtui.virtual.ios.keyed_archive import archive, unarchive
from labtui.virtual.ios.wire import WireError
from tests.virtual.ios.rig import IPHONE_8, PRO_14, PRO_15, Iphones, app_connection

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@asynccontextmanager
async def process_control(iphones: Iphones) -> AsyncIterator[ProcessControl]:
    async with (
        iphones.lockdown() as lockdown,
        DvtProvider(lockdown) as provider,
        ProcessControl(provider) as control,
    ):
        yield control


@pytest.mark.parametrize("profiles", [[PRO_14], [IPHONE_8]])
async def test_a_closed_app_is_launched_and_answers(iphones: Iphones) -> None:
    iphones.phone.close_app()
    async with process_control(iphones) as control:
        pid = await control.launch(RUNNER_BUNDLE_ID, ["-x"], environment={"A": "1"})
        assert pid == await control.process_identifier_for_bundle_identifier(RUNNER_BUNDLE_ID)
        async with app_connection(iphones):
            pass
        assert pid != await control.launch(RUNNER_BUNDLE_ID, kill_existing=True)


async def test_a_launched_app_comes_to_the_front_unless_it_shall_start_anew(
    iphones: Iphones,
) -> None:
    iphones.phone.suspend_app()
    async with process_control(iphones) as control:
        before = await control.process_identifier_for_bundle_identifier(RUNNER_BUNDLE_ID)
        assert before == await control.launch(RUNNER_BUNDLE_ID, kill_existing=False)
    async with app_connection(iphones):
        pass


async def test_an_app_is_killed_by_its_pid(iphones: Iphones) -> None:
    async with process_control(iphones) as control:
        pid = await control.process_identifier_for_bundle_identifier(RUNNER_BUNDLE_ID)
        await control.kill(pid)
        assert 0 == await control.process_identifier_for_bundle_identifier(RUNNER_BUNDLE_ID)


async def test_running_apps_are_listed(iphones: Iphones) -> None:
    async with (
        iphones.lockdown() as lockdown,
        DvtProvider(lockdown) as provider,
        DeviceInfo(provider) as info,
    ):
        (running,) = await info.service.running_processes()
        assert ("LabtuiRunner", True) == (running["name"], running["isApplication"])
        assert await info.service.is_running_pid_(running["pid"])
        with pytest.raises(UnrecognizedSelectorError):
            await info.service.mach_kernel_name()


async def test_a_channel_that_was_closed_can_be_opened_again(
    iphones: Iphones, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Over TCP, the client's small writes would wait for the system's delayed acknowledgements.
    monkeypatch.setenv("USBMUXD_SOCKET_ADDRESS", str(iphones.bench.socket_path))
    async with iphones.lockdown() as lockdown, DvtProvider(lockdown) as provider:
        for _ in range(100):
            service: Any = await provider.dtx.open_channel(DeviceInfoService)
            await provider.dtx.cancel_channel(service._ctx["channel"])
        with pytest.raises(DTXNsError, match="No service"):
            await provider.dtx.open_channel("org.example.absent")


@pytest.mark.parametrize(
    ("fault", "words"), [("app=missing", "not installed"), ("lock", "could not be, unlocked")]
)
async def test_a_launch_fails_with_its_reason(iphones: Iphones, fault: str, words: str) -> None:
    async with process_control(iphones) as control:
        iphones.bench.fault(iphones.udid, fault)
        with pytest.raises(DTXNsError, match=words):
            await control.launch(RUNNER_BUNDLE_ID)


@pytest.mark.parametrize(
    ("profiles", "fault"),
    [([PRO_14], "developer_image=off"), ([PRO_14], "developer_mode=off"), ([PRO_15], "plug")],
    ids=["no image", "no Developer Mode", "iOS 17"],
)
async def test_without_the_developer_service_nothing_is_launched(
    iphones: Iphones, fault: str
) -> None:
    iphones.bench.fault(iphones.udid, fault)
    with pytest.raises(InvalidServiceError):
        async with process_control(iphones):
            pass


@given(values)
def test_values_come_back_from_their_archive(value: Any) -> None:
    assert value == unarchive(archive(value)) or value == "$null"


@given(values.filter(lambda value: value is not None))
def test_an_archive_is_what_another_implementation_makes_of_it(value: Any) -> None:
    assert value == archiver.unarchive(archive(value)) or value == "$null"


@given(st.binary(max_size=100))
def test_anything_else_is_no_archive(data: bytes) -> None:
    with pytest.raises(WireError):
        unarchive(data)


def looped() -> list[object]:
    return ["$null", {"NS.objects": [UID(1)], "$class": UID(2)}, {"$classname": "NSArray"}]


def exploding() -> list[object]:
    levels = [{"NS.objects": [UID(n + 1)] * 10, "$class": UID(0)} for n in range(1, 12)]
    return ["$null", *levels, "end"]


@pytest.mark.parametrize("objects", [looped(), exploding()])
def test_an_archive_that_grows_without_end_is_refused(objects: list[object]) -> None:
    record = {"$objects": objects, "$top": {"root": UID(1)}}
    with pytest.raises(WireError):
        unarchive(plistlib.dumps(record, fmt=plistlib.FMT_BINARY))


def test_arguments_are_read_in_order() -> None:
    null = struct.pack("<I", 10)
    packed = struct.pack("<Ii", 3, -7), struct.pack("<Iq", 6, 1 << 40), struct.pack("<Id", 9, 0.5)
    text = struct.pack("<II", 1, 2) + b"hi"
    data = bytes(16) + b"".join(null + one for one in (*packed, text, struct.pack("<II", 2, 0)))
    assert [-7, 1 << 40, 0.5, "hi", None] == decode_arguments(data)


@given(st.binary(max_size=60))
def test_other_arguments_are_read_or_refused(data: bytes) -> None:
    with suppress(WireError):
        assert isinstance(decode_arguments(data), list)


@pytest.mark.parametrize(
    "data",
    [
        bytes(32),
        struct.pack("<IIHHIIIiI", 0x1F3D5B79, 32, 0, 1, 1 << 30, 1, 0, 0, 0),
        struct.pack("<IIHHIIIiI", 0x1F3D5B79, 32, 0, 1, 4, 1, 0, 0, 0) + b"abcd",
    ],
    ids=["no magic", "too long", "too short"],
)
async def test_a_broken_message_ends_the_connection(iphones: Iphones, data: bytes) -> None:
    name = "com.apple.instruments.remoteserver.DVTSecureSocketProxy"
    async with iphones.lockdown() as lockdown:
        service = await lockdown.start_lockdown_service(name)
        await service.sendall(data)
        await asyncio.wait_for(service.reader.read(), 30)
        await service.close()


async def test_a_message_in_fragments_is_put_together(iphones: Iphones) -> None:
    iphones.phone.close_app()
    async with process_control(iphones) as control:
        assert await control.launch(RUNNER_BUNDLE_ID, environment={"A": "x" * 300_000})


def test_a_call_has_its_selector_behind_its_arguments() -> None:
    encoded = encode_call(Address(1, 0), "ping:", 7)
    assert encoded.endswith(archive("ping:"))
