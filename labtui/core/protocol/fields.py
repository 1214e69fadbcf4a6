"""Checked access to the fields of a protocol line: types and ranges, nothing coerced."""

import json
import math
from typing import Any

from labtui.core.text import clean

MAX_LINE_BYTES = 1 << 20
MAX_INT = (1 << 63) - 1


Record = dict[str, Any]
"""A JSON object as it was read: nothing in it is checked yet."""


class ProtocolViolation(ValueError):
    """A line or a sequence of lines that the protocol does not allow."""


class ProtocolMismatch(ProtocolViolation):
    """The other side speaks another version of the protocol."""


def _no_constant(name: str) -> Any:
    raise ProtocolViolation(f"{name} is not a JSON number")


_DECODER = json.JSONDecoder(parse_constant=_no_constant)


def parse_object(line: bytes) -> Record:
    """Return the JSON object on `line`. Raises ProtocolViolation for anything else."""
    if len(line) > MAX_LINE_BYTES:
        raise ProtocolViolation(f"a line of more than {MAX_LINE_BYTES} bytes")
    try:
        value = _DECODER.decode(line.decode())
    except ProtocolViolation:
        raise
    except (ValueError, RecursionError) as error:
        raise ProtocolViolation(f"not JSON: {line[:60]!r}") from error
    if type(value) is not dict:
        raise ProtocolViolation(f"not a JSON object: {line[:60]!r}")
    return value


def _checked(key: str, value: Any, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ProtocolViolation(f"{key} is out of range")


def integer(record: Record, key: str, low: int = 0, high: int = MAX_INT) -> int:
    """Return a whole number within [low, high]; booleans are not numbers."""
    value = record.get(key)
    if type(value) is not int:
        raise ProtocolViolation(f"{key} is not a whole number")
    _checked(key, value, low, high)
    return value


def opt_integer(record: Record, key: str, low: int = 0, high: int = MAX_INT) -> int | None:
    """Return a whole number, or None where the field is missing or null."""
    return None if record.get(key) is None else integer(record, key, low, high)


def number(record: Record, key: str, low: float = 0.0, high: float = 1e18) -> float:
    """Return a finite number within [low, high]."""
    value = record.get(key)
    if type(value) is not int and type(value) is not float:
        raise ProtocolViolation(f"{key} is not a number")
    _checked(key, value, low, high)  # also turns away NaN and the infinities
    return float(value)


def opt_number(record: Record, key: str, low: float = 0.0, high: float = 1e18) -> float | None:
    """Return a finite number, or None where the field is missing or null."""
    return None if record.get(key) is None else number(record, key, low, high)


def text(record: Record, key: str, limit: int = 4096) -> str:
    """Return a string of at most `limit` characters; it may still hold hostile characters."""
    value = record.get(key)
    if type(value) is not str:
        raise ProtocolViolation(f"{key} is not a string")
    if len(value) > limit:
        raise ProtocolViolation(f"{key} is longer than {limit} characters")
    return value


def clean_text(record: Record, key: str, limit: int = 120) -> str:
    """Return a string without hostile characters, cut to `limit` characters."""
    return clean(text(record, key), limit)


def opt_text(record: Record, key: str) -> str | None:
    """Return a string, or None where the field is missing or null."""
    return None if record.get(key) is None else text(record, key)


def flag(record: Record, key: str, *, default: bool) -> bool:
    """Return true or false; a missing or null field is the default."""
    value = record.get(key)
    if value is None:
        return default
    if type(value) is not bool:
        raise ProtocolViolation(f"{key} is not true or false")
    return value


def mapping(record: Record, key: str) -> Record:
    """Return a nested object."""
    value = record.get(key)
    if type(value) is not dict:
        raise ProtocolViolation(f"{key} is not an object")
    return value


def objects(record: Record, key: str, limit: int = 1024) -> list[Record]:
    """Return a list of nested objects; a missing list is empty."""
    value = record.get(key, [])
    if type(value) is not list or len(value) > limit or any(type(v) is not dict for v in value):
        raise ProtocolViolation(f"{key} is not a list of objects")
    return value


def integers(record: Record, key: str, limit: int, text: bytes = b"") -> tuple[int, ...]:
    """Return a list of whole numbers of 0 or more; the hot path of the sample stream.

    `text` is the list as `array_text` found it: it spares a look at each number's type and sign.
    """
    value = record.get(key)
    if type(value) is not list or len(value) > limit:
        raise ProtocolViolation(f"{key} is not a list of at most {limit} numbers")
    if not text:
        if set(map(type, value)) - {int}:
            raise ProtocolViolation(f"{key} holds something other than whole numbers")
        if min(value, default=0) < 0:
            raise ProtocolViolation(f"{key} holds a number out of range")
    if max(value, default=0) > MAX_INT:
        raise ProtocolViolation(f"{key} holds a number out of range")
    return tuple(value)


def array_text(line: bytes, quoted_key: bytes) -> bytes:
    """Return what stands between the brackets of an array of digits and commas in a JSON object.

    Empty when in doubt. In a line without escapes that holds the quoted key once, it can only be
    the key; and if `line` is JSON, digits and commas in brackets are whole numbers of 0 or more.
    """
    if b"\\" in line or line.count(quoted_key) != 1:
        return b""
    start = line.find(b"[", line.find(quoted_key)) + 1
    text = line[start : line.find(b"]", start)]
    return b"" if text.translate(None, b"0123456789,") else text


def numbers(record: Record, key: str, limit: int) -> tuple[float, ...]:
    """Return a list of finite numbers."""
    value = record.get(key)
    if type(value) is not list or len(value) > limit:
        raise ProtocolViolation(f"{key} is not a list of at most {limit} numbers")
    if set(map(type, value)) - {int, float}:
        raise ProtocolViolation(f"{key} holds something other than numbers")
    try:
        floats = tuple(map(float, value))
    except OverflowError as error:
        raise ProtocolViolation(f"{key} holds a number out of range") from error
    if not all(map(math.isfinite, floats)):
        raise ProtocolViolation(f"{key} holds a number that is not finite")
    return floats
