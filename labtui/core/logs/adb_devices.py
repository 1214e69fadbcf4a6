"""The device lists of an adb server: `devices -l` and the newer text form of a protobuf."""

import re
from dataclasses import dataclass
from enum import Enum

from labtui.core.logs.prefixes import strip_prefixes
from labtui.core.model import TransportKind
from labtui.core.text import clean

NO_SERIAL = "(no serial number)"
MAX_DEVICES = 512
MAX_LINE = 1024


class AdbState(Enum):
    """A transport's state, as the server's list calls it."""

    DEVICE = "device"
    CONNECTING = "connecting"
    AUTHORIZING = "authorizing"
    UNAUTHORIZED = "unauthorized"
    NO_PERMISSIONS = "no permissions"
    OFFLINE = "offline"
    DETACHED = "detached"
    BOOTLOADER = "bootloader"
    RECOVERY = "recovery"
    SIDELOAD = "sideload"
    RESCUE = "rescue"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class AdbEntry:
    """One transport in the list."""

    serial: str
    state: AdbState
    kind: TransportKind
    transport_id: int | None = None
    """The server's number of this connection; a reconnected phone gets a new one."""
    model: str = ""
    usb: str = ""
    """Where it is plugged in, e.g. `3-7`: tells phones apart that have the same serial."""

    @property
    def link(self) -> str:
        """How it is reached: `usb`, `emulator`, `tcp`, or `tls` (paired Wi-Fi debugging)."""
        if self.kind is TransportKind.WIFI:
            return "tls" if "._adb-tls-connect" in self.serial else "tcp"
        return self.kind.value


_LINE = re.compile(
    r"(?P<serial>\(no serial number\)|<[^<>]{1,60}>|\S+)\s+"
    r"(?P<state>no permissions.*?|[a-z]+)(?P<tags>(?:\s+\w+:\S*)*)\s*"
)
_SCRCPY = re.compile(
    r"(?:ERROR|INFO): +(?:-->)? +\((?:usb|tcpip)\) +(?P<serial>\S+) +(?P<state>[a-z]+)"
    r"(?: +(?P<model>\S+))? *"
)
_SHELL_LINES = ("List of devices", "*", "adb ", "Executing ")
_TAG = re.compile(r"(usb|model|transport_id):(\S+)")
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_BLOCK = re.compile(r"^device \{\n(?P<body>(?:  .*\n)*)\}", re.MULTILINE)
_FIELD = re.compile(r'^  (\w+): (?:"((?:[^"\\]|\\.)*)"|(\S+))$', re.MULTILINE)
_ESCAPE = re.compile(r"\\([0-7]{1,3}|.)")
_PROTO_STATES = {"NOPERMISSION": AdbState.NO_PERMISSIONS}


def parse_devices_l(text: str) -> tuple[AdbEntry, ...]:
    """Read `adb devices -l`, with or without its heading; lines of another shape are skipped.

    Also as people paste it: with the command, a CI's prefix, a redacted serial.
    """
    lines = [_bare(line) for line in text.splitlines()]
    lines = [line for line in lines if not line.startswith(_SHELL_LINES)]
    matches = [match for line in lines if (match := _LINE.fullmatch(line))]
    return tuple(map(_entry_of_line, matches[:MAX_DEVICES]))


def _bare(line: str) -> str:
    """Take a CI's prefix and an issue's bold face off a line."""
    return _BOLD.sub(r"\1", strip_prefixes(line[:MAX_LINE]).text.strip())


def parse_scrcpy_list(text: str) -> tuple[AdbEntry, ...]:
    """Read the listing with which scrcpy asks to choose; its word for the link may be wrong."""
    matches = [match for line in text.splitlines() if (match := _SCRCPY.fullmatch(line))]
    return tuple(
        AdbEntry(
            serial=clean(match["serial"]),
            state=_state(match["state"]),
            kind=_kind_of_serial(match["serial"]),
            model=clean(match["model"] or ""),
        )
        for match in matches[:MAX_DEVICES]
    )


def _entry_of_line(match: re.Match[str]) -> AdbEntry:
    serial, tags = match["serial"], dict(_TAG.findall(match["tags"]))
    kind = TransportKind.USB if "usb" in tags else _kind_of_serial(serial)
    return AdbEntry(
        serial=clean(serial),
        state=_state(match["state"]),
        kind=kind,
        transport_id=_transport_id(tags.get("transport_id")),
        model=clean(tags.get("model", "")),
        usb=clean(tags.get("usb", "")),
    )


def parse_devices_proto(text: str) -> tuple[AdbEntry, ...]:
    """Read the answer to `host:track-devices-proto-text` (adb 35 and later)."""
    blocks = [match["body"] for match in _BLOCK.finditer(text)]
    return tuple(map(_entry_of_block, blocks[:MAX_DEVICES]))


def _entry_of_block(body: str) -> AdbEntry:
    fields = {key: _unescape(quoted) or bare for key, quoted, bare in _FIELD.findall(body)}
    serial, state = fields.get("serial", ""), fields.get("state", "")
    is_usb = fields.get("connection_type") == "USB"
    return AdbEntry(
        serial=clean(serial) or NO_SERIAL,
        state=_PROTO_STATES.get(state) or _state(state.lower()),
        kind=TransportKind.USB if is_usb else _kind_of_serial(serial),
        transport_id=_transport_id(fields.get("transport_id")),
        model=clean(fields.get("model", "")),
        usb=clean(fields.get("bus_address", "")) if is_usb else "",
    )


def _unescape(quoted: str) -> str:
    """Undo the escapes of protobuf's text form; anything but ASCII arrives as octal bytes."""
    if "\\" not in quoted:
        return quoted
    plain = _ESCAPE.sub(_unescaped, quoted)
    return plain.encode("latin-1", "replace").decode(errors="replace")


def _unescaped(match: re.Match[str]) -> str:
    code = match[1]
    if code[0] in "01234567":
        return chr(int(code, 8) & 0xFF)
    return {"n": "\n", "r": "\r", "t": "\t"}.get(code, code)


def _state(word: str) -> AdbState:
    word = "no permissions" if word.startswith("no permissions") else word
    return next((state for state in AdbState if state.value == word), AdbState.UNKNOWN)


def _kind_of_serial(serial: str) -> TransportKind:
    """Tell the transport from the serial; only network ones hold a port or a service name."""
    if re.fullmatch(r"emulator-\d+", serial):
        return TransportKind.EMULATOR
    if re.search(r":\d+$|\._adb", serial):
        return TransportKind.WIFI
    return TransportKind.USB


def _transport_id(digits: str | None) -> int | None:
    return int(digits) if digits and re.fullmatch(r"\d{1,18}", digits) else None
