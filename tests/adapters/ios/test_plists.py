import contextlib
import plistlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.adapters.ios.plists import (
    LENGTH,
    MAX_BYTES,
    MUX_HEADER,
    MuxEntry,
    NotAPlist,
    Record,
    decode_plist,
    frame_lockdown,
    frame_mux,
    lockdown_body_bytes,
    mux_body_bytes,
)

values = st.one_of(st.text(st.characters(categories=["L", "N", "Zs"])), st.integers(0, 2**31))
records = st.dictionaries(st.sampled_from("abc"), values)


@given(records, st.integers(0, 2**32 - 1))
def test_what_is_framed_for_usbmuxd_reads_back(record: Record, tag: int) -> None:
    message = frame_mux(record, tag)
    header, body = message[: MUX_HEADER.size], message[MUX_HEADER.size :]
    assert len(body) == mux_body_bytes(header)
    assert (tag, record) == (MUX_HEADER.unpack(header)[3], decode_plist(body))


@given(records)
def test_what_is_framed_for_lockdownd_reads_back(record: Record) -> None:
    message = frame_lockdown(record)
    assert len(message) - LENGTH.size == lockdown_body_bytes(message[: LENGTH.size])
    assert record == decode_plist(message[LENGTH.size :])


@given(st.binary())
def test_garbage_is_never_more_than_not_a_plist(garbage: bytes) -> None:
    with contextlib.suppress(NotAPlist):
        assert isinstance(decode_plist(garbage), dict)


@given(st.binary(min_size=16, max_size=16))
def test_a_garbage_header_never_asks_for_more_than_the_limit(header: bytes) -> None:
    with contextlib.suppress(NotAPlist):
        assert 0 <= mux_body_bytes(header) <= MAX_BYTES


@pytest.mark.parametrize("length", [MAX_BYTES + 1, 2**32 - 1])
def test_a_length_beyond_the_limit_is_refused(length: int) -> None:
    with pytest.raises(NotAPlist, match=str(length)):
        lockdown_body_bytes(LENGTH.pack(length))


@pytest.mark.parametrize(("version", "message"), [(0, 8), (1, 3)])
def test_the_old_binary_protocol_is_refused(version: int, message: int) -> None:
    with pytest.raises(NotAPlist, match=f"version {version}, message {message}"):
        mux_body_bytes(struct.pack("<IIII", 16, version, message, 0))


def test_a_list_is_no_message() -> None:
    with pytest.raises(NotAPlist, match="no dictionary"):
        decode_plist(plistlib.dumps([1]))


def _attached(serial: object, **properties: object) -> Record:
    return {"DeviceID": 7, "Properties": {"SerialNumber": serial, **properties}}


@pytest.mark.parametrize(
    ("record", "udid", "is_usb"),
    [
        (_attached("00008120-00A2"), "00008120-00A2", True),
        (_attached("0" * 8 + "1" * 16), "00000000-" + "1" * 16, True),
        (_attached("ab" * 20), "ab" * 20, True),
        (_attached("ab" * 20, ConnectionType="Network"), "ab" * 20, False),
    ],
)
def test_phones_are_known_by_their_udid(record: Record, udid: str, *, is_usb: bool) -> None:
    entry = MuxEntry.from_record(record)
    assert entry is not None
    assert (7, udid, is_usb) == (entry.device_id, entry.udid, entry.is_usb)


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"DeviceID": 7, "Properties": 3},
        {"DeviceID": "7", "Properties": {"SerialNumber": "ab"}},
        *(_attached(serial) for serial in ("", 7, "../../etc", "-rf", "a b", "x" * 65, "é")),
    ],
)
def test_what_cannot_be_an_argument_and_a_file_name_is_no_phone(record: Record) -> None:
    assert MuxEntry.from_record(record) is None
