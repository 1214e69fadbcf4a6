"""Checks of seeded inputs: models that copy or double them show what they were."""

from collections.abc import Iterator, Sequence
from hashlib import sha256

from labtui.conformance.desk import COPY, DOUBLE, Desk, Skipped, Violated
from labtui.conformance.seeded import Number, elements, packed, splitmix64
from labtui.core.protocol import Output, Outputs, RunnerError

_SEEDS = (0, 7, (1 << 63) - 1)
_SHAPE = (1, 2, 2, 3)
_COPIES = 4
HEAD_VALUES = 8
_STEP, _ZERO_POINT = 0.5, 3
COMMON_TYPES = ("float32", "int8", "uint8", "int16", "int32", "int64", "bool")
RARE_TYPES = ("float16", "float64", "uint16", "uint32", "uint64")


def seeds(desk: Desk) -> Iterator[str]:
    """Yield outputs that are not twice the seeded inputs."""
    for seed in _SEEDS:
        output = _only(_outputs(desk, DOUBLE, seed))
        values = [2 * value for value in elements("float32", splitmix64(seed), 12)]
        expected = _expected("float32", _SHAPE, values, values)
        yield from _differences(output, expected, f"seed {seed}")


def dequantised(desk: Desk) -> Iterator[str]:
    """Yield heads that are not real values, and digests that are not those of raw bytes."""
    output = _only(_outputs(desk, COPY, 7))
    raw = elements("int8", splitmix64(7), 8)
    real = [(value - _ZERO_POINT) * _STEP for value in raw]
    expected = _expected("int8", (1, 8), raw, real)
    yield from _differences(output, expected, "int8 in steps of 0.5 around 3")


def common_types(desk: Desk) -> Iterator[str]:
    """Yield inputs of usual types that are wrong, or not drawn from one generator in order."""
    yield from _copies(desk, "common_types.tflite", COMMON_TYPES)


def rare_types(desk: Desk) -> Iterator[str]:
    """Yield inputs of unusual types that are wrong. Raises Skipped for engines without them."""
    last = desk.play(desk.job("rare_types.tflite")).last
    if isinstance(last, RunnerError):
        raise Skipped(f"the engine does not have them: {last.text}")
    yield from _copies(desk, "rare_types.tflite", RARE_TYPES)


def _copies(desk: Desk, model: str, dtypes: Sequence[str]) -> Iterator[str]:
    outputs = _outputs(desk, model, 7)
    if len(outputs) != len(dtypes):
        yield f"{len(outputs)} outputs are told of, not {len(dtypes)}"
        return
    values = splitmix64(7)
    for output, dtype in zip(outputs, dtypes, strict=True):
        raw = elements(dtype, values, _COPIES)
        yield from _differences(output, _expected(dtype, (1, _COPIES), raw, raw), dtype)


def _outputs(desk: Desk, model: str, seed: int) -> tuple[Output, ...]:
    told = desk.done(desk.job(model, seed=seed)).all(Outputs)
    return told[-1].outputs if told else ()


def _only(outputs: tuple[Output, ...]) -> Output:
    if len(outputs) != 1:
        raise Violated(f"{len(outputs)} outputs are told of where the model has one")
    return outputs[0]


def _expected(
    dtype: str, shape: tuple[int, ...], raw: Sequence[Number], real: Sequence[Number]
) -> Output:
    digest = sha256(packed(dtype, raw)).hexdigest()
    return Output("", dtype, shape, digest, tuple(map(float, real[:HEAD_VALUES])))


def _differences(found: Output, expected: Output, what: str) -> Iterator[str]:
    for name in ("dtype", "shape", "sha256", "head"):
        is_, should = getattr(found, name), getattr(expected, name)
        if is_ != should:
            yield f"{what}: {name} of the output is {is_}, not {should}"
