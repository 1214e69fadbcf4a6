from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.core.logs.adb_devices import (
    AdbEntry,
    AdbState,
    parse_devices_l,
    parse_devices_proto,
    parse_scrcpy_list,
)
from labtui.core.model import TransportKind

BLOCK = """\
device {
  serial: "33311FDH3002UE"
  state: DEVICE
  bus_address: "3-7"
  product: "cheetah"
  model: "Pixel_7_Pro"
  device: "cheetah"
  connection_type: USB
  negotiated_speed: 5000
  max_speed: 5000
  transport_id: 12
}
"""
NO_PERMISSIONS = (
    "no permissions (user in plugdev group; are your udev rules wrong?); "
    "see [http://developer.android.com/tools/device.html]"
)


@pytest.mark.parametrize(
    ("line", "entry"),
    [
        (
            "33311FDH3002UE         offline usb:3-7 transport_id:2",
            AdbEntry("33311FDH3002UE", AdbState.OFFLINE, TransportKind.USB, 2, usb="3-7"),
        ),
        (
            "emulator-6100 device product:cheetah model:Pixel_7_Pro device:cheetah transport_id:4",
            AdbEntry("emulator-6100", AdbState.DEVICE, TransportKind.EMULATOR, 4, "Pixel_7_Pro"),
        ),
        (
            "10.10.176.186:7401     unauthorized transport_id:1",
            AdbEntry("10.10.176.186:7401", AdbState.UNAUTHORIZED, TransportKind.WIFI, 1),
        ),
        (
            "???????????? " + NO_PERMISSIONS + " usb:1-4 transport_id:3",
            AdbEntry("????????????", AdbState.NO_PERMISSIONS, TransportKind.USB, 3, usb="1-4"),
        ),
        (
            "(no serial number) device usb:1-2 product:x transport_id:9",
            AdbEntry("(no serial number)", AdbState.DEVICE, TransportKind.USB, 9, usb="1-2"),
        ),
        (
            "ZY223CXXGL\tunauthorized",
            AdbEntry("ZY223CXXGL", AdbState.UNAUTHORIZED, TransportKind.USB),
        ),
        ("SER recovery transport_id:1", AdbEntry("SER", AdbState.RECOVERY, TransportKind.USB, 1)),
        ("SER dreaming transport_id:1", AdbEntry("SER", AdbState.UNKNOWN, TransportKind.USB, 1)),
    ],
)
def test_lines(line: str, entry: AdbEntry) -> None:
    assert (entry,) == parse_devices_l("List of devices attached\n" + line + "\n")


@pytest.mark.parametrize(
    "text", ["", "List of devices attached\n\n", "* daemon started\n", "one\n"]
)
def test_no_devices(text: str) -> None:
    assert parse_devices_l(text) == ()


LISTS = (
    "adb_devices_l_duplicate_serial_scrcpy1148.txt",
    "adb_devices_l_wireless_tls_honor.txt",
    "adb_devices_no_permissions_udev345.txt",
    "adb_devices_unauthorized_flutter114556.txt",
    "adb_devices_unauthorized_tcp_stf1266.txt",
    "adb_devices_l_offline_flutter176352.txt",
)


def told(entry: AdbEntry) -> dict[str, Any]:
    return {
        "serial": entry.serial,
        "state": entry.state.value,
        "usb": entry.usb,
        "transport_id": entry.transport_id,
        "model": entry.model,
        "transport": entry.link,
    }


@pytest.mark.parametrize("name", LISTS)
def test_real_lists(
    name: str, sample: Callable[[str], str], expected: Callable[[str, str], Any]
) -> None:
    truth = expected("adb", name)
    entries = parse_devices_l(sample(name))
    assert len(truth) == len(entries)
    assert truth == [
        {key: told(entry)[key] for key in of_entry}
        for entry, of_entry in zip(entries, truth, strict=True)
    ]


def test_every_list_is_checked(expected: Callable[[str, str], Any]) -> None:
    assert set(LISTS) == set(expected("adb", ""))


def test_one_phone_on_two_transports(sample: Callable[[str], str]) -> None:
    text = sample("adb_list_same_phone_usb_and_tls_scrcpy5967.txt")
    tcp, tls = parse_scrcpy_list(text)
    assert ("192.168.1.19:37949", "tcp") == (tcp.serial, tcp.link)
    assert ("adb-45474e82-7rEpYa._adb-tls-connect._tcp", "tls") == (tls.serial, tls.link)
    assert ({"2201117TY"}, {AdbState.DEVICE}) == (
        {tcp.model, tls.model},
        {tcp.state, tls.state},
    )


@pytest.mark.parametrize(
    ("pasted", "serial", "state"),
    [
        ("$ adb devices\nList of devices attached\nSER1\tdevice\n", "SER1", AdbState.DEVICE),
        ("adb devices\nSER1   **unauthorized**\n", "SER1", AdbState.UNAUTHORIZED),
        ("<hidden by me>\tno permissions (x)\n", "<hidden by me>", AdbState.NO_PERMISSIONS),
        ("[2025-01-02 03:04:05.6] [STDOUT] stdout: SER1  offline\n", "SER1", AdbState.OFFLINE),
        ("> SER1   device usb:1-1\n", "SER1", AdbState.DEVICE),
    ],
)
def test_lists_as_people_paste_them(pasted: str, serial: str, state: AdbState) -> None:
    (entry,) = parse_devices_l(pasted)
    assert (serial, state) == (entry.serial, entry.state)


def test_the_listing_of_scrcpy() -> None:
    text = (
        "ERROR: Multiple (2) ADB devices:\n"
        "ERROR:     -->   (usb)  SER1      device  Pixel_7\n"
        "INFO:          (tcpip)  10.0.0.4:5555   offline  \n"
    )
    entries = [(e.serial, e.state, e.model, e.link) for e in parse_scrcpy_list(text)]
    assert entries == [
        ("SER1", AdbState.DEVICE, "Pixel_7", "usb"),
        ("10.0.0.4:5555", AdbState.OFFLINE, "", "tcp"),
    ]


def test_a_proto_block() -> None:
    expected = AdbEntry(
        "33311FDH3002UE", AdbState.DEVICE, TransportKind.USB, 12, "Pixel_7_Pro", "3-7"
    )
    assert (expected, expected) == parse_devices_proto(BLOCK + BLOCK)


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("NOPERMISSION", AdbState.NO_PERMISSIONS),
        ("UNAUTHORIZED", AdbState.UNAUTHORIZED),
        ("CONNECTING", AdbState.CONNECTING),
        ("SIDELOAD", AdbState.SIDELOAD),
        ("ANY", AdbState.UNKNOWN),
    ],
)
def test_proto_states(word: str, state: AdbState) -> None:
    (entry,) = parse_devices_proto(BLOCK.replace("DEVICE", word))
    assert state is entry.state


def test_a_phone_without_a_serial_gets_the_word_that_adb_shows() -> None:
    (entry,) = parse_devices_proto(BLOCK.replace("33311FDH3002UE", ""))
    assert entry.serial == "(no serial number)"


def test_escapes_are_undone_and_controls_made_harmless() -> None:
    text = BLOCK.replace("Pixel_7_Pro", r"\303\251 \"x\"\n\033[31m")
    (entry,) = parse_devices_proto(text)
    assert entry.model == 'é "x"��[31m'


def test_sockets_are_told_by_their_serial() -> None:
    def kind(serial: str) -> TransportKind:
        text = BLOCK.replace("33311FDH3002UE", serial).replace("USB", "SOCKET")
        return parse_devices_proto(text)[0].kind

    assert kind("emulator-5554") is TransportKind.EMULATOR
    assert kind("192.168.1.19:37949") is TransportKind.WIFI
    assert kind("adb-AYLVBB-bReb3a._adb-tls-connect._tcp") is TransportKind.WIFI


@given(st.text())
def test_any_text_is_parsed(text: str) -> None:
    parse_devices_l(text)
    parse_scrcpy_list("ERROR: --> (usb) " + text)
    parse_devices_proto(f"device {{\n  {text}\n}}\n")
