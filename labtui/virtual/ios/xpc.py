"""XPC objects on the wire, in the direction from the phone."""

import struct
import uuid

_MESSAGE = struct.Struct("<IIQQ")
_MESSAGE_MAGIC, _PAYLOAD_MAGIC, _PAYLOAD_VERSION = 0x29B00B92, 0x42133742, 5
_BOOL, _UINT64, _STRING, _UUID = 0x2000, 0x4000, 0x9000, 0xA000
_ARRAY, _DICTIONARY = 0xE000, 0xF000
ALWAYS_SET, DATA_PRESENT, INIT_HANDSHAKE = 0x1, 0x100, 0x400000


def encode_message(flags: int, record: dict[str, object] | None = None, number: int = 0) -> bytes:
    """Return a message with a record, or with nothing but its flags."""
    payload = b""
    if record is not None:
        payload = struct.pack("<II", _PAYLOAD_MAGIC, _PAYLOAD_VERSION) + encode_object(record)
    return _MESSAGE.pack(_MESSAGE_MAGIC, flags, len(payload), number) + payload


def encode_object(value: object) -> bytes:
    """Return one object: bool, int (unsigned), str, UUID, list or dict. Raises TypeError."""
    match value:
        case bool():
            return struct.pack("<II", _BOOL, value)
        case int():
            return struct.pack("<IQ", _UINT64, value)
        case str():
            text = value.encode() + b"\0"
            return struct.pack("<II", _STRING, len(text)) + _padded(text)
        case uuid.UUID():
            return struct.pack("<I", _UUID) + value.bytes
        case list():
            return _container(_ARRAY, [encode_object(item) for item in value])
        case dict():
            pairs = value.items()
            return _container(_DICTIONARY, [_key(str(k)) + encode_object(v) for k, v in pairs])
    raise TypeError(f"no XPC object of {type(value).__name__}")


def _container(kind: int, items: list[bytes]) -> bytes:
    body = struct.pack("<I", len(items)) + b"".join(items)
    return struct.pack("<II", kind, len(body)) + body


def _key(text: str) -> bytes:
    return _padded(text.encode() + b"\0")


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
