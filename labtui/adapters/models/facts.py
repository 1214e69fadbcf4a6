"""What a model file says of itself, and its way through the pipe from the child process."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from labtui.core.inspection.facts import Inspection, OpGroup, Scheme, WeightGroup, WeightUse
from labtui.core.model import TensorSpec
from labtui.core.protocol import ProtocolViolation
from labtui.core.protocol.fields import (
    clean_text,
    flag,
    integer,
    mapping,
    number,
    objects,
    opt_integer,
    parse_object,
    text,
)
from labtui.core.text import clean

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
    inspection: Inspection


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
        inspection=_inspection(mapping(record, "inspection")),
    )


def _inspection(record: Record) -> Inspection:
    return Inspection(
        format_version=integer(record, "format_version"),
        ops=tuple(map(_op_group, objects(record, "ops", 4096))),
        weights=tuple(map(_weight_group, objects(record, "weights"))),
        opset=clean_text(record, "opset"),
        signatures=_texts(record, "signatures"),
        declared_runtime=clean_text(record, "declared_runtime"),
        tools=_pairs_of_text(record, "tools"),
        duplicate_bytes=integer(record, "duplicate_bytes"),
        unused_bytes=integer(record, "unused_bytes"),
    )


def _op_group(record: Record) -> OpGroup:
    return OpGroup(
        name=text(record, "name", 64),
        version=opt_integer(record, "version", low=-_INT32),
        dtype=text(record, "dtype", 32),
        count=integer(record, "count"),
    )


def _weight_group(record: Record) -> WeightGroup:
    try:
        scheme, use = Scheme(text(record, "scheme")), WeightUse(text(record, "use"))
    except ValueError as error:
        raise ProtocolViolation("weights of an unknown kind") from error
    return WeightGroup(
        dtype=text(record, "dtype", 32),
        scheme=scheme,
        use=use,
        is_sparse=flag(record, "is_sparse", default=False),
        tensors=integer(record, "tensors"),
        elements=integer(record, "elements"),
        stored_bytes=integer(record, "stored_bytes"),
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
    named = [{"name": name, "count": count} for name, count in _pairs(record, key)]
    return tuple((text(pair, "name", 64), integer(pair, "count")) for pair in named)


def _pairs_of_text(record: Record, key: str) -> tuple[tuple[str, str], ...]:
    named = [{"name": name, "value": value} for name, value in _pairs(record, key)]
    return tuple((clean_text(pair, "name"), clean_text(pair, "value")) for pair in named)


def _pairs(record: Mapping[str, Any], key: str) -> list[Any]:
    pairs = record.get(key)
    if type(pairs) is not list or any(type(pair) is not list or len(pair) != 2 for pair in pairs):
        raise ProtocolViolation(f"{key} is not a list of pairs")
    return pairs


def _texts(record: Mapping[str, Any], key: str) -> tuple[str, ...]:
    texts = record.get(key)
    if type(texts) is not list or any(type(one) is not str for one in texts):
        raise ProtocolViolation(f"{key} is not a list of texts")
    return tuple(clean(one) for one in texts)
