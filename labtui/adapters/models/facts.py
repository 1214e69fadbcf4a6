"""What a model file says of itself, and its way through the pipe from the child process."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from labtui.core.model import TensorSpec
from labtui.core.protocol import ProtocolViolation
from labtui.core.protocol.fields import (
    integer,
    number,
    objects,
    opt_integer,
    parse_object,
    text,
)

_INT32 = 1 << 31
_LARGEST_SCALE = 1e30
Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FileFacts:
    """The fields of `Variant` that are read from the content."""

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    ops: tuple[tuple[str, int], ...]
    weight_bytes: tuple[tuple[str, int], ...]
    parameters: int


def encode_facts(facts: FileFacts) -> bytes:
    """Return one line of JSON. Raises ValueError for a number that JSON cannot hold."""
    return json.dumps(asdict(facts), allow_nan=False).encode()


def decode_facts(line: bytes) -> FileFacts:
    """Read what `encode_facts` wrote. Raises ProtocolViolation: the file's author wrote it too."""
    record = parse_object(line)
    return FileFacts(
        inputs=tuple(map(_spec, objects(record, "inputs"))),
        outputs=tuple(map(_spec, objects(record, "outputs"))),
        ops=_counts(record, "ops"),
        weight_bytes=_counts(record, "weight_bytes"),
        parameters=integer(record, "parameters"),
    )


def _spec(record: Record) -> TensorSpec:
    has_scale = record.get("scale") is not None
    return TensorSpec(
        name=text(record, "name"),
        shape=_shape(record),
        dtype=text(record, "dtype", 32),
        scale=number(record, "scale", -_LARGEST_SCALE, _LARGEST_SCALE) if has_scale else None,
        zero_point=opt_integer(record, "zero_point", low=-_INT32),
    )


def _shape(record: Record) -> tuple[int, ...]:
    sizes = record.get("shape")
    if type(sizes) is not list or any(type(s) is not int or not -1 <= s < _INT32 for s in sizes):
        raise ProtocolViolation("shape is not a list of sizes")
    return tuple(sizes)


def _counts(record: Record, key: str) -> tuple[tuple[str, int], ...]:
    pairs = record.get(key)
    if type(pairs) is not list or any(type(pair) is not list or len(pair) != 2 for pair in pairs):
        raise ProtocolViolation(f"{key} is not a list of counts")
    named = [{"name": name, "count": count} for name, count in pairs]
    return tuple((text(pair, "name", 64), integer(pair, "count")) for pair in named)
