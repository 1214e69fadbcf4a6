"""XPC objects on the wire, in the direction from the host."""

import struct
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from labtui.virtual.ios.wire import Record, WireError

_HEADER = struct.Struct("<IIQQ")
"""Magic, flags, bytes of the payload, number of the message."""
_MAGIC, _PAYLOAD_MAGIC, _PAYLOAD_VERSION = 0x29B00B92, 0x42133742, 5
_PAYLOAD_HEADER = struct.pack("<II", _PAYLOAD_MAGIC, _PAYLOAD_VERSION)
_INT64, _UINT64, _DOUBLE = struct.Struct("<q"), struct.Struct("<Q"), struct.Struct("<d")
_MAX_MESSAGE_BYTES = 1 << 20
_MAX_DEPTH = 64


@dataclass(frozen=True, slots=True)
class Message:
    """What a host says at once."""

    number: int
    record: Record
    """Empty where a message is nothing but its flags."""


class MessageBuffer:
    """Puts messages together that come in pieces."""

    def __init__(self) -> None:
        self._data = b""

    def feed(self, piece: bytes) -> Iterator[Message]:
        """Take a piece; yield the messages that it completes. Raises WireError."""
        self._data += piece
        while len(self._data) >= _HEADER.size:
            magic, _, length, number = _HEADER.unpack_from(self._data)
            if magic != _MAGIC or length > _MAX_MESSAGE_BYTES:
                raise WireError("not an XPC message, or one that is too long")
            end = _HEADER.size + length
            if len(self._data) < end:
                return
            payload, self._data = self._data[_HEADER.size : end], self._data[end:]
            yield Message(number, decode_payload(payload))


def decode_payload(payload: bytes) -> Record:
    """Return the record that a message carries, empty for none. Raises WireError."""
    if not payload:
        return {}
    if not payload.startswith(_PAYLOAD_HEADER):
        raise WireError("not an XPC payload")
    record = _Reader(payload, len(_PAYLOAD_HEADER)).object()
    if not isinstance(record, dict):
        raise WireError("not an XPC dictionary")
    return record


class _Reader:
    """Reads objects one behind the other; each fills whole words of 4 bytes."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self._at = at
        self._depth = 0

    def object(self) -> Any:
        """Read whatever comes next. Raises WireError."""
        kind = self.word()
        if kind not in _FORMS:
            raise WireError(f"an XPC object of kind {kind:#x}")
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise WireError("XPC objects that are nested too deeply")
        value = _FORMS[kind](self)
        self._depth -= 1
        return value

    def word(self) -> int:
        return int.from_bytes(self.content(4), "little")

    def number(self, form: struct.Struct) -> Any:
        return form.unpack(self.content(form.size))[0]

    def content(self, count: int) -> bytes:
        """Read bytes and what fills their last word."""
        content = self._data[self._at : self._at + count]
        if len(content) < count:
            raise WireError("an XPC object that is cut off")
        self._at += count + -count % 4
        return content

    def text(self) -> str:
        return self.content(self.word()).partition(b"\0")[0].decode(errors="replace")

    def array(self) -> list[Any]:
        self.word()
        return [self.object() for _ in range(self.word())]

    def dictionary(self) -> Record:
        self.word()
        return {self._key(): self.object() for _ in range(self.word())}

    def _key(self) -> str:
        end = self._data.find(b"\0", self._at)
        if end < 0:
            raise WireError("an XPC key without its end")
        return self.content(end + 1 - self._at)[:-1].decode(errors="replace")


_FORMS: dict[int, Callable[[_Reader], Any]] = {
    0x1000: lambda _: None,
    0x2000: lambda reader: bool(reader.word()),
    0x3000: lambda reader: reader.number(_INT64),
    0x4000: lambda reader: reader.number(_UINT64),
    0x5000: lambda reader: reader.number(_DOUBLE),
    0x7000: lambda reader: reader.number(_INT64),
    0x8000: lambda reader: reader.content(reader.word()),
    0x9000: _Reader.text,
    0xA000: lambda reader: uuid.UUID(bytes=reader.content(16)),
    0xE000: _Reader.array,
    0xF000: _Reader.dictionary,
}
"""By kind: null, bool, signed, unsigned, double, date (ns), data, text, UUID, array, dictionary."""
