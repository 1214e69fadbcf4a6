"""DTX, the messages of Apple's developer services: fragments, headers, arguments."""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from labtui.virtual.ios.keyed_archive import archive, unarchive
from labtui.virtual.ios.link import Link
from labtui.virtual.ios.wire import WireError

_FRAGMENT = struct.Struct("<IIHHIIIiI")
"""Magic, size of this header, index, count, bytes, message, turn, channel, flags."""
_MESSAGE = struct.Struct("<BBBBIII")
"""Kind, three unused, bytes of the arguments, bytes of arguments and payload, flags."""
_DICTIONARY = struct.Struct("<IIQ")
_MAGIC = 0x1F3D5B79
_DICTIONARY_TAG = 0x1F0
_EXPECTS_REPLY = 1
_MAX_MESSAGE_BYTES = 1 << 20
_STRING, _BUFFER, _INT32, _INT64, _DOUBLE, _NULL = 1, 2, 3, 6, 9, 10
_NUMBERS = {_INT32: struct.Struct("<i"), _INT64: struct.Struct("<q"), _DOUBLE: struct.Struct("<d")}


class Kind(IntEnum):
    """What a message is."""

    OK = 0
    DISPATCH = 2
    OBJECT = 3
    ERROR = 4


@dataclass(frozen=True, slots=True)
class Address:
    """Which message of which channel: an answer has that of its question, one turn later."""

    message: int
    channel: int
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """A message of the host: a method and its arguments."""

    address: Address
    kind: int
    selector: str
    arguments: list[Any]
    expects_reply: bool


async def read_call(link: Link) -> Call:
    """Return the next message, put together. Raises EOFError at the end, or WireError."""
    body, count, index = b"", 1, 0
    while index < count:
        (magic, size, index, count, length, number, turn, channel, flags) = _FRAGMENT.unpack(
            await link.read_exactly(_FRAGMENT.size)
        )
        if magic != _MAGIC or not _FRAGMENT.size <= size <= 256:
            raise WireError("not a DTX fragment")
        if length + len(body) > _MAX_MESSAGE_BYTES:
            raise WireError(f"a DTX message of {length} bytes")
        await link.read_exactly(size - _FRAGMENT.size)
        # Of several fragments the first only announces how long all of them are.
        if index > 0 or count == 1:
            body += await link.read_exactly(length)
        index += 1
    return _decode(body, Address(number, channel, turn), bool(flags & _EXPECTS_REPLY))


def encode_answer(address: Address, kind: Kind, value: object = None) -> bytes:
    """Return the answer to a call."""
    answer = Address(address.message, address.channel, address.turn + 1)
    return _encode(answer, kind, b"", b"" if kind is Kind.OK else archive(value))


def encode_call(address: Address, selector: str, *arguments: object) -> bytes:
    """Return a call that expects no answer."""
    null = struct.pack("<I", _NULL)
    archived = [archive(argument) for argument in arguments]
    entries = b"".join(null + struct.pack("<II", _BUFFER, len(one)) + one for one in archived)
    packed = _DICTIONARY.pack(_DICTIONARY_TAG, 0, len(entries)) + entries
    return _encode(address, Kind.DISPATCH, packed, archive(selector))


def _encode(address: Address, kind: Kind, arguments: bytes, payload: bytes) -> bytes:
    total = len(arguments) + len(payload)
    message = _MESSAGE.pack(kind, 0, 0, 0, len(arguments), total, 0) + arguments + payload
    place = (address.message, address.turn, address.channel)
    return _FRAGMENT.pack(_MAGIC, _FRAGMENT.size, 0, 1, len(message), *place, 0) + message


def _decode(body: bytes, address: Address, expects_reply: bool) -> Call:
    if len(body) < _MESSAGE.size:
        raise WireError("a DTX message without its header")
    kind, _, _, _, argument_bytes, _, _ = _MESSAGE.unpack_from(body)
    split = _MESSAGE.size + argument_bytes
    payload = body[split:]
    selector = unarchive(payload) if payload and kind == Kind.DISPATCH else ""
    arguments = decode_arguments(body[_MESSAGE.size : split])
    return Call(address, kind, str(selector), arguments, expects_reply)


def decode_arguments(data: bytes) -> list[Any]:
    """Return the values of an argument dictionary, its keys left aside. Raises WireError."""
    values: list[Any] = []
    at = _DICTIONARY.size
    try:
        while at < len(data):
            at, value, is_value = _primitive(data, at)
            if is_value:
                values.append(value)
    except struct.error as error:
        raise WireError("DTX arguments that are cut off") from error
    return values


def _primitive(data: bytes, at: int) -> tuple[int, Any, bool]:
    """Return the place behind a primitive, its value, and whether it is no empty key."""
    (tag,) = struct.unpack_from("<I", data, at)
    kind, at = tag & 0xFF, at + 4
    if kind == _NULL:
        return at, None, False
    if kind in _NUMBERS:
        form = _NUMBERS[kind]
        return at + form.size, form.unpack_from(data, at)[0], True
    if kind not in {_STRING, _BUFFER}:
        raise WireError(f"a DTX primitive of kind {kind}")
    (length,) = struct.unpack_from("<I", data, at)
    content = data[at + 4 : at + 4 + length]
    return at + 4 + length, _content(kind, content), True


def _content(kind: int, content: bytes) -> Any:
    if kind == _STRING:
        return content.decode(errors="replace")
    return unarchive(content) if content else None
