"""The parsers of what clients send: anything may come."""

import contextlib
import io
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.virtual.ios.afc_wire import (
    HEADER,
    Op,
    decode_header,
    decode_paths,
    decode_words,
    encode_packet,
    encode_texts,
)
from labtui.virtual.ios.ipa import BadPackage, read_ipa
from labtui.virtual.ios.mux_wire import port_of
from labtui.virtual.ios.wire import WireError, decode_plist, encode_plist, frame_plist, plist_length
from tests.virtual.ios.rig import make_ipa

# XML makes newlines of carriage returns, and has no characters without a meaning.
texts = st.text(st.characters(exclude_categories=["Cs", "Cn"], exclude_characters="\r"))
records = st.dictionaries(
    texts, texts | st.integers(-(2**63), 2**63 - 1) | st.binary() | st.booleans()
)


@given(records)
def test_records_come_back_as_they_were(record: dict[str, object]) -> None:
    text = encode_plist(record)
    assert record == decode_plist(text)
    assert len(text) == plist_length(frame_plist(record)[:4])


@given(
    st.binary(max_size=200)
    | st.binary(max_size=100).map(lambda tail: b"bplist00" + tail)
    | st.text().map(lambda text: f"<plist><dict>{text}</dict></plist>".encode(errors="replace"))
)
def test_anything_else_is_said_to_be_no_plist(data: bytes) -> None:
    with contextlib.suppress(WireError):
        assert isinstance(decode_plist(data), dict)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<plist><array/></plist>",
        b"<plist><dict><key>a</key></dict></plist>",
        b"<plist><dict><integer>7</integer></dict></plist>",
        b"<plist>" + b"<array>" * 100_000,
        b'<!DOCTYPE x [<!ENTITY a "b">]><plist><dict><key>&a;</key><true/></dict></plist>',
    ],
)
def test_these_are_no_plists(data: bytes) -> None:
    with pytest.raises(WireError):
        decode_plist(data)


@pytest.mark.parametrize(("swapped", "port"), [(0x7EF2, 62078), (0x631B, 7011), (0, 0)])
def test_ports_travel_byte_swapped(swapped: int, port: int) -> None:
    assert port == port_of({"PortNumber": swapped})


@pytest.mark.parametrize("value", [None, -1, 65536, "80", 1.5])
def test_other_ports_are_refused(value: object) -> None:
    with pytest.raises(WireError):
        port_of({"PortNumber": value})


def test_an_afc_packet_says_its_own_length() -> None:
    packet = encode_packet(7, Op.DATA, b"abc")
    decoded = decode_header(packet[: HEADER.size])
    assert (7, Op.DATA, 3) == (decoded.number, decoded.op, decoded.body_bytes)


@pytest.mark.parametrize(
    "header",
    [bytes(40), HEADER.pack(b"CFA6LPAA", 39, 40, 0, 1)],
    ids=["no magic", "shorter than itself"],
)
def test_what_is_no_afc_packet_is_refused(header: bytes) -> None:
    with pytest.raises(WireError):
        decode_header(header)


@given(st.binary(max_size=40), st.integers(1, 3))
def test_afc_bodies_are_read_or_refused(body: bytes, count: int) -> None:
    try:
        assert count == len(decode_words(body, count))
    except WireError:
        assert len(body) < 8 * count
    with contextlib.suppress(WireError):
        assert count == len(decode_paths(body, count))


def test_texts_have_a_zero_behind_each() -> None:
    assert b"a\0\xc3\xa9\0" == encode_texts("a", "é")
    assert ["a", "é"] == decode_paths(encode_texts("a", "é"), 2)


def test_a_package_tells_of_its_app(tmp_path: Path) -> None:
    app = read_ipa(make_ipa(tmp_path / "a.ipa", CFBundleName="Small App"))
    assert ("org.example.small", "Small App", "2.1", "16.0") == (
        app.bundle_id,
        app.name,
        app.version,
        app.minimum_ios,
    )
    assert (True, False) == (app.has_file_sharing, app.is_debuggable)


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04junk", struct.pack("<I", 0x06054B50) + bytes(18)]
)
def test_what_is_no_package_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.ipa").write_bytes(data)
    with pytest.raises(BadPackage):
        read_ipa(tmp_path / "a.ipa")


def test_an_endless_info_is_not_unpacked(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("Payload/A.app/Info.plist", bytes(50 << 20))
    (tmp_path / "a.ipa").write_bytes(packed.getvalue())
    with pytest.raises(BadPackage):
        read_ipa(tmp_path / "a.ipa")
