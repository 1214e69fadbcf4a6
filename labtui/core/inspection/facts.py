"""What a model file says of its own inside, the same for all formats."""

import re
from dataclasses import dataclass
from enum import StrEnum

_BITS = re.compile(r"u?int(\d+)|b?float(\d+)")
_BYTE_BITS = 8


class Scheme(StrEnum):
    """How stored numbers stand for weights."""

    PLAIN = "plain"
    """The weights themselves."""
    PER_TENSOR = "per tensor"
    """Integers with one scale."""
    PER_CHANNEL = "per channel"
    """Integers with a scale for each channel."""
    BLOCKWISE = "blockwise"
    """Integers with a scale for each block of a channel."""
    PALETTE = "palette"
    """Indices into a table of values."""


class WeightUse(StrEnum):
    """How ops take the weights."""

    FLOAT = "float"
    """As they are stored: there is nothing to undo."""
    DEQUANTIZED = "dequantized"
    """Turned into floats first: compression saves memory and no arithmetic."""
    HYBRID = "hybrid"
    """As integers, against activations that are quantized while it runs."""
    INTEGER = "integer"
    """As integers, against integer activations."""


@dataclass(frozen=True, slots=True)
class OpGroup:
    """Ops of one kind that compute in one element type."""

    name: str
    version: int | None
    """Of the op's definition, in TFLite; None where the format has none."""
    dtype: str
    """Element type it computes in: that of its first output."""
    count: int


@dataclass(frozen=True, slots=True)
class WeightGroup:
    """Weights that are stored alike."""

    dtype: str
    """Stored element type, e.g. `int8`; a palette's index type, e.g. `uint6`."""
    scheme: Scheme
    use: WeightUse
    is_sparse: bool
    """Whether zeros are left out."""
    tensors: int
    elements: int
    """Weights they stand for."""
    stored_bytes: int
    """Bytes in the file, with tables and scales as far as the format keeps them beside."""

    @property
    def bits(self) -> int:
        """Bits of one stored element."""
        return bits_of(self.dtype)


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found inside one model file."""

    format_version: int
    """TFLite's schema version, or Core ML's specification version."""
    ops: tuple[OpGroup, ...]
    """Most frequent first."""
    weights: tuple[WeightGroup, ...]
    """Largest first."""
    opset: str = ""
    """Core ML: the version of the program's ops, e.g. `CoreML8`."""
    signatures: tuple[str, ...] = ()
    """TFLite's signature keys; Core ML's functions, where there are several."""
    declared_runtime: str = ""
    """TFLite's `min_runtime_version`: what the converter claims, and often wrong."""
    tools: tuple[tuple[str, str], ...] = ()
    """Names and versions of what made the file, as it says itself."""
    duplicate_bytes: int = 0
    """Constants whose content is stored before in the same file."""
    unused_bytes: int = 0
    """Constants that nothing refers to."""


def bits_of(dtype: str) -> int:
    """Return the bits of one element: 6 for `uint6`, 32 for `float32`; 8 where none are named."""
    found = _BITS.match(dtype)
    return int(found[1] or found[2]) if found else _BYTE_BITS
