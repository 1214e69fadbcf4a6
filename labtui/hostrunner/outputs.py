"""Fingerprints of what an inference computed."""

from hashlib import sha256
from math import isfinite, prod

from labtui.core.protocol import Output
from labtui.core.text import clean
from labtui.hostrunner.engine import OutputTensor

HEAD_VALUES = 8


def fingerprint(output: OutputTensor) -> Output:
    """Return digest and first values; these stop before one that is not finite."""
    is_number = output.values.dtype.kind in "biuf"
    head = [float(value) for value in output.values.flat[: HEAD_VALUES if is_number else 0]]
    finite = next((i for i, value in enumerate(head) if not isfinite(value)), len(head))
    return Output(
        name=clean(output.spec.name),
        dtype=output.spec.dtype,
        shape=output.raw.shape,
        sha256=sha256(output.raw.tobytes()).hexdigest(),
        head=tuple(head[:finite]),
    )


def is_cut(output: Output) -> bool:
    """Tell whether the head lacks values that the tensor has."""
    return len(output.head) < min(HEAD_VALUES, prod(output.shape))
