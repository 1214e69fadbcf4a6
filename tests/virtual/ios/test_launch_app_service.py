"""CoreDevice's app service, asked by an unmodified client through the tunnel; and RemoteXPC."""

import asyncio
import json
import os
import struct
import sys
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymobiledevice3.remote.xpc_message import (
    XpcInt64Type,
    XpcUInt64Type,
    XpcWrapper,
    create_xpc_wrapper,
)

from labtui.virtual.ios.apps import RUNNER_BUNDLE_ID
from labtui.virtual.ios.wire import WireError
from labtui.virtual.ios.xpc import encode_message
from labtui.virtual.ios.xpc_reading import Message, MessageBuffer, decode_payload
from tests.virtual.ios.rig import Iphones, app_connection
from tests.virtual.rig import LIMIT_S

_CLIENT = """
import asyncio, json, sys
from pymobiledevice3.exceptions import PyMobileDevice3Exception
from pymobiledevice3.remote.core_device.app_service import AppServiceService
from pymobiledevice3.remote.userspace_tunnel import UserspaceRsdTunnel

async def main(udid, bundle_id, kill_existing, *environment):
    async with UserspaceRsdTunnel(udid) as services, AppServiceService(services) as apps:
        variables = {"A": "x" * int(n) for n in environment}
        try:
            answer = await apps.launch_application(
                bundle_id, ["-x"], json.loads(kill_existing), environment=variables
            )
            print(json.dumps(answer["processToken"]["processIdentifier"]))
            await apps.list_processes()
        except PyMobileDevice3Exception as error:
            print(error)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
def profiles() -> list[str]:
    return ["iphone-16"]


async def ask(iphones: Iphones, *args: str) -> list[str]:
    """Launch an app from a process of its own: it can have one tunnel only."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _CLIENT, iphones.udid, *args),
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | iphones.bench.environment,
    )
    out, _ = await asyncio.wait_for(process.communicate(), LIMIT_S)
    assert 0 == process.returncode
    return out.decode().splitlines()


def pid_of_runner(iphones: Iphones) -> int:
    app = iphones.phone.device.apps.runner
    assert app
    return app.pid


async def test_a_closed_app_is_launched_and_nothing_else_is_offered(iphones: Iphones) -> None:
    iphones.phone.close_app()
    launched, other = await ask(iphones, RUNNER_BUNDLE_ID, "true", "100000")
    assert pid_of_runner(iphones) == json.loads(launched)
    assert "There is no feature" in other
    async with app_connection(iphones):
        pass


@pytest.mark.parametrize(("kill_existing", "is_same"), [("true", False), ("false", True)])
async def test_a_running_app_starts_anew_where_asked(
    iphones: Iphones, kill_existing: str, is_same: bool
) -> None:
    before = pid_of_runner(iphones)
    launched, _ = await ask(iphones, RUNNER_BUNDLE_ID, kill_existing)
    assert is_same == (before == json.loads(launched))


async def test_an_unknown_app_is_refused(iphones: Iphones) -> None:
    (refusal,) = await ask(iphones, "org.example.none", "false")
    assert "not installed" in refusal
    assert "(code 4)" in refusal


names = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(0, 2**64 - 1).map(XpcUInt64Type)
    | st.integers(-(2**63), 2**63 - 1).map(XpcInt64Type)
    | st.floats(allow_nan=False)
    | names
    | st.binary()
    | st.uuids(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)
records = st.dictionaries(names, values, max_size=4)


@given(records, st.integers(0, 2**64 - 1), st.integers(1, 50))
def test_what_another_implementation_says_is_understood(
    record: dict[str, Any], number: int, step: int
) -> None:
    data = create_xpc_wrapper(record, number, wanting_reply=True)
    buffer = MessageBuffer()
    pieces = (data[at : at + step] for at in range(0, len(data), step))
    found = [message for piece in pieces for message in buffer.feed(piece)]
    assert [Message(number, record)] == found


@given(st.binary(max_size=80))
def test_other_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(WireError):
        assert isinstance(decode_payload(data), dict)
    with suppress(WireError):
        assert isinstance(decode_payload(struct.pack("<II", 0x42133742, 5) + data), dict)
    with suppress(WireError):
        assert isinstance(list(MessageBuffer().feed(data)), list)


def nested(depth: int) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for _ in range(depth):
        record = {"a": record}
    return record


def message_with(payload: bytes) -> bytes:
    return struct.pack("<IIQQ", 0x29B00B92, 0x101, len(payload), 1) + payload


def payload_with(data: bytes) -> bytes:
    return message_with(struct.pack("<II", 0x42133742, 5) + data)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (create_xpc_wrapper(nested(100)), "too deep"),
        (bytes(24), "not an XPC message"),
        (struct.pack("<IIQQ", 0x29B00B92, 1, 1 << 40, 0), "too long"),
        (message_with(bytes(16)), "not an XPC payload"),
        (payload_with(struct.pack("<I", 0x1000)), "not an XPC dictionary"),
        (payload_with(struct.pack("<I", 0x6000)), "kind 0x6000"),
        (payload_with(struct.pack("<III", 0xF000, 4, 1)), "without its end"),
        (payload_with(struct.pack("<III", 0xF000, 9, 1) + b"a\0\0\0"), "cut off"),
    ],
)
def test_a_message_that_breaks_the_rules_is_refused(message: bytes, words: str) -> None:
    with pytest.raises(WireError, match=words):
        list(MessageBuffer().feed(message))


def test_an_answer_bears_the_number_of_its_question() -> None:
    assert 7 == XpcWrapper.parse(encode_message(0x20101, {"a": True}, 7)).message_id
