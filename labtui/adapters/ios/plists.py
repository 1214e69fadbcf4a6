"""Property lists on their way to and from usbmuxd and lockdownd. Pure."""

import plistlib
import struct
from dataclasses import dataclass
from typing import Any, Self
from xml.parsers.expat import ExpatError

Record = dict[str, Any]

MAX_BYTES = 4 << 20
"""Of one message; lists of everything that is attached are far below it."""
MUX_HEADER = struct.Struct("<IIII")
LENGTH = struct.Struct(">I")
_MUX_VERSION, _MUX_PLIST = 1, 8
# plistlib lets through whatever its two parsers stumble over.
_NOT_A_PLIST = (ValueError, ExpatError, LookupError, TypeError, AttributeError, RecursionError)


class NotAPlist(Exception):
    """What came breaks the protocol."""


def decode_plist(body: bytes) -> Record:
    """Return the dictionary in an XML or binary property list. Raises NotAPlist."""
    try:
        record = plistlib.loads(body)
    except _NOT_A_PLIST as error:
        raise NotAPlist("the message is no property list") from error
    if not isinstance(record, dict):
        raise NotAPlist("the message is no dictionary")
    return record


def frame_mux(record: Record, tag: int) -> bytes:
    """Return a message to usbmuxd; its answer carries the same tag."""
    body = plistlib.dumps(record)
    return MUX_HEADER.pack(MUX_HEADER.size + len(body), _MUX_VERSION, _MUX_PLIST, tag) + body


def mux_body_bytes(header: bytes) -> int:
    """Return how many bytes follow the header of a message from usbmuxd. Raises NotAPlist."""
    length, version, message, _tag = MUX_HEADER.unpack(header)
    if (version, message) != (_MUX_VERSION, _MUX_PLIST):
        raise NotAPlist(f"usbmux version {version}, message {message} instead of 1 and 8")
    return _bounded(length - MUX_HEADER.size)


def frame_lockdown(record: Record) -> bytes:
    """Return a message to lockdownd."""
    body = plistlib.dumps(record)
    return LENGTH.pack(len(body)) + body


def lockdown_body_bytes(header: bytes) -> int:
    """Return how many bytes follow the length of a message from lockdownd. Raises NotAPlist."""
    return _bounded(LENGTH.unpack(header)[0])


def _bounded(length: int) -> int:
    if not 0 <= length <= MAX_BYTES:
        raise NotAPlist(f"a message of {length} bytes")
    return length


def text_of(record: Record, key: str) -> str:
    """Return a text field; empty when there is none."""
    value = record.get(key)
    return value if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class MuxEntry:
    """One connection to a phone, as usbmuxd lists it."""

    device_id: int
    """New at every attach."""
    serial: str
    """The UDID as usbmuxd writes it; pair records bear it in their name."""
    is_usb: bool

    @property
    def udid(self) -> str:
        """The identity: newer UDIDs have a hyphen, which some usbmuxds leave out."""
        if len(self.serial) == 24 and "-" not in self.serial:
            return f"{self.serial[:8]}-{self.serial[8:]}"
        return self.serial

    @classmethod
    def from_record(cls, record: Record) -> Self | None:
        """Read an `Attached` message; None for one that names no phone in a usable way."""
        properties = record.get("Properties")
        if not isinstance(properties, dict):
            return None
        device_id, serial = record.get("DeviceID"), text_of(properties, "SerialNumber")
        # The serial becomes the name of a file and an argument.
        is_usable = serial.replace("-", "").isalnum() and serial.isascii() and len(serial) <= 64
        if not isinstance(device_id, int) or not is_usable or serial.startswith("-"):
            return None
        return cls(device_id, serial, text_of(properties, "ConnectionType") != "Network")
