"""An eval set's manifest: labelled inputs, how they become real numbers, what else is known."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from labtui.core.model import Digest
from labtui.core.protocol.fields import (
    MAX_LINE_BYTES,
    ProtocolViolation,
    Record,
    clean_text,
    integer,
    integers,
    mapping,
    parse_object,
    text,
)
from labtui.core.protocol.job import Layout, Normalise, read_normalise
from labtui.core.text import clean
from labtui.errors import UsageError

FORMAT = 1
MANIFEST, INPUTS, LABELS, REFERENCES = "manifest.json", "x.npy", "y.npy", "golden.npy"
MAX_MANIFEST_BYTES = MAX_LINE_BYTES
MAX_ITEMS = 10_000_000
MAX_CLASSES = 65_536
MAX_AXES, MAX_AXIS = 8, 1_000_000
MAX_FILE_BYTES = 1 << 42
MAX_MODELS = 256
MAX_GOLDEN_ITEMS = 10_000
_NAME_LIMIT, _LABEL_LIMIT, _SOURCE_LIMIT = 80, 80, 400
_DTYPES = ("uint8", "int8", "float32")


class Task(StrEnum):
    """What the labels are."""

    CLASSIFICATION = "classification"
    """One class number for each item."""


@dataclass(frozen=True, slots=True)
class EvalFile:
    """What one file of the set must hold."""

    size_bytes: int
    sha256: Digest


@dataclass(frozen=True, slots=True)
class GoldenItems:
    """What `golden.npy` refers to: float32 [models, items, classes]."""

    models: tuple[str, ...]
    """The float models whose outputs they are; `Variant.model` of the variants made of them."""
    items: tuple[int, ...]
    """Numbers of the items in the set, ascending."""


@dataclass(frozen=True, slots=True)
class EvalSet:
    """Labelled inputs that a variant is scored on."""

    name: str
    task: Task
    count: int
    """Items; the first axis of `x.npy` and of `y.npy`."""
    classes: int
    shape: tuple[int, ...]
    """Of one item, without the axis that counts the items."""
    dtype: str
    """numpy's name of the inputs' element type: `uint8`, `int8` or `float32`."""
    layout: Layout
    normalise: Normalise | None
    """None = elements are handed over as they are."""
    label_names: tuple[str, ...]
    """One for each class, or none."""
    golden: GoldenItems | None
    source: str
    licence: str
    inputs: EvalFile
    labels: EvalFile
    references: EvalFile | None
    """`golden.npy`; there exactly when `golden` is."""
    folder: str = ""
    """Where it was read from; no part of what it is."""
    preparation: str = ""
    """How the inputs were made of their source, in words."""

    @property
    def digest(self) -> Digest:
        """Identity: equal digests mean that the same items are asked in the same way.

        SHA-256 over the digests of inputs and labels and over the preprocessing. Name, label names
        and reference outputs are left out: they do not change what is scored.
        """
        total = sha256()
        normalise = "none" if self.normalise is None else _normalise_record(self.normalise)
        for part in (self.inputs.sha256, self.labels.sha256, self.layout.value, normalise):
            total.update(json.dumps(part, sort_keys=True).encode() + b"\n")
        return Digest(total.hexdigest())

    def label(self, number: int) -> str:
        """Return the name of a class, or its number where classes have no names."""
        return self.label_names[number] if self.label_names else str(number)


def channels_of(shape: tuple[int, ...], layout: Layout) -> int:
    """Return how many channels an item of this shape has."""
    return shape[0 if layout is Layout.NCHW else -1]


def parse_manifest(content: str, folder: str = "") -> EvalSet:
    """Read a manifest. Raises UsageError that names what is wrong with it."""
    try:
        return _eval_set(parse_object(content.encode()), folder)
    except (ProtocolViolation, UnicodeEncodeError) as error:
        where = f"{clean(folder, 400)}/{MANIFEST}" if folder else MANIFEST
        reason = clean(str(error), 200)
        raise UsageError(
            f"{where} is no manifest of an eval set: {reason}; `labtui evalset make` writes one."
        ) from error


def manifest_text(eval_set: EvalSet) -> str:
    """Return the manifest as the text that `parse_manifest` reads."""
    golden, normalise = eval_set.golden, eval_set.normalise
    record = {
        "format": FORMAT,
        "name": eval_set.name,
        "task": eval_set.task.value,
        "count": eval_set.count,
        "classes": eval_set.classes,
        "shape": eval_set.shape,
        "dtype": eval_set.dtype,
        "layout": eval_set.layout.value,
        "normalisation": None if normalise is None else _normalise_record(normalise),
        "label_names": eval_set.label_names or None,
        "golden": None if golden is None else {"models": golden.models, "items": golden.items},
        "preparation": eval_set.preparation,
        "source": eval_set.source,
        "licence": eval_set.licence,
        "files": _files_record(eval_set),
    }
    return json.dumps(record, indent=1) + "\n"


def _normalise_record(normalise: Normalise) -> Record:
    return {"scale": normalise.scale, "mean": [*normalise.mean], "std": [*normalise.std]}


def _files_record(eval_set: EvalSet) -> Mapping[str, Record]:
    files = {
        INPUTS: eval_set.inputs,
        LABELS: eval_set.labels,
        REFERENCES: eval_set.references,
    }
    return {
        name: {"bytes": file.size_bytes, "sha256": file.sha256}
        for name, file in files.items()
        if file is not None
    }


def _eval_set(record: Record, folder: str) -> EvalSet:
    if integer(record, "format") != FORMAT:
        raise ProtocolViolation(f"its format is not {FORMAT}, so another labtui wrote it")
    count = integer(record, "count", low=1, high=MAX_ITEMS)
    classes = integer(record, "classes", low=2, high=MAX_CLASSES)
    files = mapping(record, "files")
    golden = _golden(record, count)
    shape, layout = _shape(record), Layout(_choice(record, "layout", tuple(Layout)))
    return EvalSet(
        name=clean_text(record, "name", _NAME_LIMIT),
        task=Task(_choice(record, "task", tuple(Task))),
        count=count,
        classes=classes,
        shape=shape,
        dtype=_choice(record, "dtype", _DTYPES),
        layout=layout,
        normalise=_normalise(record, channels_of(shape, layout)),
        label_names=_texts(record, "label_names", classes, _LABEL_LIMIT, exactly=True),
        golden=golden,
        source=_note(record, "source"),
        licence=_note(record, "licence"),
        inputs=_file(files, INPUTS),
        labels=_file(files, LABELS),
        references=None if golden is None else _file(files, REFERENCES),
        folder=folder,
        preparation=_note(record, "preparation"),
    )


def _choice(record: Record, key: str, allowed: tuple[str, ...]) -> str:
    value = text(record, key)
    if value not in allowed:
        raise ProtocolViolation(f"{key} is none of {', '.join(allowed)}")
    return value


def _note(record: Record, key: str) -> str:
    return "" if record.get(key) is None else clean_text(record, key, _SOURCE_LIMIT)


def _shape(record: Record) -> tuple[int, ...]:
    shape = integers(record, "shape", MAX_AXES)
    if not shape or not 0 < min(shape) <= max(shape) <= MAX_AXIS:
        raise ProtocolViolation("shape has no axes, or an axis out of range")
    return shape


def _normalise(record: Record, channels: int) -> Normalise | None:
    if record.get("normalisation") is None:
        return None
    normalise = read_normalise(mapping(record, "normalisation"))
    if {len(normalise.mean), len(normalise.std)} - {1, channels}:
        raise ProtocolViolation(f"mean and std are neither one number nor {channels}")
    return normalise


def _texts(
    record: Record, key: str, limit: int, length: int, *, exactly: bool = False
) -> tuple[str, ...]:
    values = record.get(key) or []
    if type(values) is not list or len(values) > limit or any(type(v) is not str for v in values):
        raise ProtocolViolation(f"{key} is not a list of at most {limit} texts")
    if exactly and values and len(values) != limit:
        raise ProtocolViolation(f"{key} names {len(values)} of {limit} classes")
    return tuple(clean(value, length) for value in values)


def _golden(record: Record, count: int) -> GoldenItems | None:
    if record.get("golden") is None:
        return None
    golden = mapping(record, "golden")
    models = _texts(golden, "models", MAX_MODELS, _NAME_LIMIT)
    items = integers(golden, "items", MAX_GOLDEN_ITEMS)
    if not models or not items or len(set(models)) < len(models):
        raise ProtocolViolation("golden names no models, no items, or a model twice")
    if list(items) != sorted(set(items)) or items[-1] >= count:
        raise ProtocolViolation("the golden items are not ascending numbers of items")
    return GoldenItems(models, items)


def _file(files: Record, name: str) -> EvalFile:
    record = mapping(files, name)
    digest = text(record, "sha256", limit=64)
    if len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise ProtocolViolation(f"the sha256 of {name} is not 64 lower-case hex digits")
    return EvalFile(integer(record, "bytes", high=MAX_FILE_BYTES), Digest(digest))
