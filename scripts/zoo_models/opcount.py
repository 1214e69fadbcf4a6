"""How many ops of a variant a recipe reached."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from scripts.zoo_models.recipes import Quantization, Scheme


class Reached(StrEnum):
    """What is small about an op."""

    NOTHING = "float"
    HALF = "half"
    """float16 weights or arithmetic."""
    WEIGHTS = "weights"
    """Compressed constants, float arithmetic."""
    INTEGER = "integer"
    """Integers in and out."""


@dataclass(frozen=True, slots=True)
class OpUse:
    """One op of a file that computes; neither constants nor conversions between types are."""

    type: str
    reached: Reached


@dataclass(frozen=True, slots=True)
class OpCount:
    """`quantized` of `total` ops are as the recipe wants them."""

    quantized: int
    total: int
    left: tuple[tuple[str, int], ...]
    """Types of the other ops, the most frequent first."""

    def __str__(self) -> str:
        return f"{self.quantized} of {self.total} ops quantized"


def count_ops(ops: Iterable[OpUse], settings: Quantization) -> OpCount:
    """Count what the recipe reached: for float16 anything smaller than float32, else integers."""
    uses = list(ops)
    left = [op.type for op in uses if not _is_reached(op.reached, settings.scheme)]
    ranked = sorted(Counter(left).items(), key=lambda entry: (-entry[1], entry[0]))
    return OpCount(len(uses) - len(left), len(uses), tuple(ranked))


def _is_reached(reached: Reached, scheme: Scheme) -> bool:
    wanted = {Reached.WEIGHTS, Reached.INTEGER}
    if scheme is Scheme.NONE:
        return False
    return reached in wanted | ({Reached.HALF} if scheme is Scheme.HALF else set())
