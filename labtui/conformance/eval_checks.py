"""Checks of eval sets: outputs read back, and sets that must be refused."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from math import prod

from labtui.conformance import npy
from labtui.conformance.desk import COPY, DOUBLE, Desk, digest_of
from labtui.conformance.refusals import refused
from labtui.conformance.seeded import Number, elements, packed, splitmix64, unpacked
from labtui.core.protocol import (
    EvalJob,
    Evaluated,
    Job,
    Layout,
    Measure,
    Normalise,
    OutputFile,
    encode_job,
)
from labtui.failure import FailureCode

_ITEMS = 6
_SHAPE = (2, 2, 3)
_EIGHT = (8,)
_STEP, _ZERO_POINT = 0.5, 3
_NHWC = Normalise(1 / 255, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
_NCHW = Normalise(1 / 127.5, (1.0, 0.75), (1.0, 0.5))
_TIES = Normalise(0.75, (96.0,), (1.0,))
"""Every other element lies halfway between two steps; the lowest and highest beyond int8."""


def _values(dtype: str, shape: tuple[int, ...], items: int = _ITEMS) -> list[Number]:
    return elements(dtype, splitmix64(11), items * prod(shape))


def _file(
    dtype: str, shape: tuple[int, ...], *, version: int = 1, is_fortran: bool = False
) -> bytes:
    descr = "<f4" if dtype == "float32" else {"uint8": "|u1", "int8": "|i1"}[dtype]
    data = packed(dtype, _values(dtype, shape))
    shape = (_ITEMS, *shape)
    return npy.encoded(descr, shape, data, version=version, is_fortran=is_fortran)


def eval_job(
    desk: Desk,
    content: bytes,
    normalise: Normalise | None = None,
    *,
    model: str = DOUBLE,
    layout: Layout = Layout.NHWC,
    items: int | None = None,
) -> Job:
    """Return a job with an eval set of these bytes."""
    digest = sha256(content).hexdigest()
    path = desk.folder / f"{digest[:16]}.npy"
    path.write_bytes(content)
    outputs = str(desk.folder / f"{digest[:16]}.out")
    evaluation = EvalJob(str(path), digest_of(path), outputs, layout, normalise, items)
    return desk.job(model, measure=Measure(runs=2), eval=evaluation)


def floats(desk: Desk) -> Iterator[str]:
    """Yield outputs that are not twice the floats of the set."""
    expected = [2 * value for value in _values("float32", _SHAPE)]
    yield from _differences(desk, eval_job(desk, _file("float32", _SHAPE)), expected, _SHAPE)


def normalised_last(desk: Desk) -> Iterator[str]:
    """Yield outputs that are not those of bytes normalised by their last axis."""
    job = eval_job(desk, _file("uint8", _SHAPE, version=2), _NHWC)
    pixels = _values("uint8", _SHAPE)
    expected = [2 * _real(x, _NHWC, i % 3) for i, x in enumerate(pixels)]
    yield from _differences(desk, job, expected, _SHAPE)


def normalised_second(desk: Desk) -> Iterator[str]:
    """Yield outputs that are not those of the first items, normalised by their second axis."""
    items = 4
    job = eval_job(desk, _file("uint8", _SHAPE), _NCHW, layout=Layout.NCHW, items=items)
    pixels = _values("uint8", _SHAPE, items)
    expected = [2 * _real(x, _NCHW, i // 6 % 2) for i, x in enumerate(pixels)]
    yield from _differences(desk, job, expected, _SHAPE)


def _real(x: Number, normalise: Normalise, channel: int) -> float:
    """Return what an element stands for, rounded to float32."""
    real = (x * normalise.scale - normalise.mean[channel]) / normalise.std[channel]
    (rounded,) = unpacked("float32", packed("float32", [real]))
    return rounded


def quantised(desk: Desk) -> Iterator[str]:
    """Yield outputs that show another rounding or clamping of quantised inputs."""
    job = eval_job(desk, _file("uint8", _EIGHT), _TIES, model=COPY)
    expected = [(_quantised(x) - _ZERO_POINT) * _STEP for x in _values("uint8", _EIGHT)]
    yield from _differences(desk, job, expected, _EIGHT)


def _quantised(x: Number) -> int:
    real = (x * _TIES.scale - _TIES.mean[0]) / _TIES.std[0]
    return min(max(round(real / _STEP) + _ZERO_POINT, -128), 127)  # Python rounds half to even


def as_they_are(desk: Desk) -> Iterator[str]:
    """Yield outputs of int8 items that were not handed over as they are."""
    job = eval_job(desk, _file("int8", _EIGHT), model=COPY)
    expected = [(x - _ZERO_POINT) * _STEP for x in _values("int8", _EIGHT)]
    yield from _differences(desk, job, expected, _EIGHT)


def _differences(
    desk: Desk, job: Job, expected: Sequence[float], shape: tuple[int, ...]
) -> Iterator[str]:
    played = desk.done(job)
    if played.broken_rule:
        yield played.broken_rule
    events = played.all(Evaluated)
    if len(events) != 1:
        yield f"{len(events)} evaluated events"
    for event in events:
        items = len(expected) // prod(shape)
        if event.items != items or not event.busy_ns:
            yield f"{event.items} items were run in {event.busy_ns} ns, not {items}"
        if len(event.files) != 1:
            yield f"{len(event.files)} files for one output"
        for file in event.files:
            yield from _file_differences(job, file, expected, (items, *shape))


def _file_differences(
    job: Job, file: OutputFile, expected: Sequence[float], shape: tuple[int, ...]
) -> Iterator[str]:
    assert job.eval is not None  # noqa: S101 (these jobs have one)
    path = f"{job.eval.outputs}.0.npy"
    if file.path != path:
        yield f"the outputs are said to lie in {file.path}, not in {path}"
    content = _content(path)
    if sha256(content).hexdigest() != file.sha256:
        yield "sha256 is not that of the file of outputs"
    try:
        array = npy.decoded(content)
    except ValueError as error:
        yield f"the outputs cannot be read: {error}"
        return
    if (array.version, array.descr, array.is_fortran, array.shape) != (1, "<f4", False, shape):
        found = f"version {array.version} of {array.descr} {array.shape}"
        yield f"the outputs are {found}, not version 1 of <f4 {shape}"
    if array.data != packed("float32", expected):
        yield _first_difference(array.data, expected)


def _content(path: str) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 (compared as the text that it is)
            return file.read()
    except OSError:
        return b""


def _first_difference(data: bytes, expected: Sequence[float]) -> str:
    found = unpacked("float32", data[: len(data) // 4 * 4])
    for i, (value, wanted) in enumerate(zip(found, expected, strict=False)):
        if value != wanted:
            return f"element {i} of the outputs is {value}, not {wanted}"
    return f"the outputs hold {len(found)} elements, not {len(expected)}"


@dataclass(frozen=True, slots=True)
class BadSet:
    """An eval set that a runner must refuse."""

    name: str
    text: str
    content: Callable[[], bytes]
    normalise: Normalise | None = None

    def look(self, desk: Desk) -> Iterable[str]:
        """Yield how it was taken other than refused."""
        line = encode_job(eval_job(desk, self.content(), self.normalise))
        return refused(desk, line, FailureCode.BAD_EVAL)


_FLOATS = "float32"
BAD_SETS = (
    BadSet("no-npy", "a file that is no .npy", lambda: b"PK\x03\x04 no array at all"),
    BadSet("cut", "a file shorter than its header says", lambda: _file(_FLOATS, _SHAPE)[:-1]),
    BadSet(
        "objects", "pickled objects are never opened",
        lambda: npy.encoded("|O", (_ITEMS, *_SHAPE), b"cos\nsystem\n" * 99),
    ),
    BadSet(
        "columns-first", "Fortran order",
        lambda: _file(_FLOATS, _SHAPE, is_fortran=True),
    ),
    BadSet(
        "big-endian", "big-endian floats",
        lambda: _file(_FLOATS, _SHAPE).replace(b"<f4", b">f4"),
    ),
    BadSet("wrong-shape", "items that are too small", lambda: _file(_FLOATS, (2, 3))),
    BadSet(
        "wrong-order", "items whose axes are in another order", lambda: _file(_FLOATS, (3, 2, 2))
    ),
    BadSet("wrong-type", "bytes for floats, without normalise", lambda: _file("uint8", _SHAPE)),
    BadSet(
        "wrong-channels", "means for two channels where there are three",
        lambda: _file("uint8", _SHAPE), Normalise(1.0, (0.0, 0.0), (1.0,)),
    ),
)  # fmt: skip


def missing_set(desk: Desk) -> Iterator[str]:
    """Yield how a set that is not there was taken other than refused."""
    job = eval_job(desk, _file(_FLOATS, _SHAPE))
    assert job.eval is not None  # noqa: S101 (this job has one)
    gone = replace(job.eval, inputs=str(desk.folder / "gone.npy"))
    yield from refused(desk, encode_job(replace(job, eval=gone)), FailureCode.BAD_EVAL)


def wrong_digest(desk: Desk) -> Iterator[str]:
    """Yield how a set that holds something else was taken other than refused."""
    job = eval_job(desk, _file(_FLOATS, _SHAPE))
    assert job.eval is not None  # noqa: S101 (this job has one)
    other = replace(job.eval, sha256=job.sha256)
    yield from refused(desk, encode_job(replace(job, eval=other)), FailureCode.BAD_EVAL)
