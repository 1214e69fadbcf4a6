"""Eval sets in the native runner: the same bytes as the reference runner writes."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from labtui.core.model import Digest
from labtui.core.protocol import End, EvalJob, Evaluated, Layout, Measure, Normalise
from labtui.failure import FailureCode
from labtui.resources import demo_data
from tests.hostrunner.launching import Ran, collect, digest_of, job_for, read_until, run
from tests.runners.native import give, limited, native, native_job, run_native
from tests.tiny_tflite import Type, added, two_inputs

Values = NDArray[Any]
HALVES = Normalise(1 / 255, (0.5,), (0.25,))
CHANNELS = Normalise(1 / 255, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
RANDOM = np.random.default_rng(7)
PICTURES = RANDOM.integers(0, 256, (5, 2, 2, 3), dtype=np.uint8)
FLOATS = RANDOM.standard_normal((5, 2, 2, 3)).astype(np.float32)
SHAPE = (1, 2, 2, 3)


def eval_job(
    folder: Path,
    inputs: Values | bytes,
    normalise: Normalise | None = None,
    layout: Layout = Layout.NHWC,
    outputs: str = "out",
) -> EvalJob:
    """Write an eval set and return the job that runs it."""
    path = folder / "x.npy"
    if isinstance(inputs, bytes):
        path.write_bytes(inputs)
    else:
        np.save(path, inputs)
    return EvalJob(str(path), digest_of(path), str(folder / outputs), layout, normalise)


def npy(values: Values, version: tuple[int, int] = (1, 0)) -> bytes:
    """Return the array as a file of one version of the format."""
    file = io.BytesIO()
    np.lib.format.write_array(file, values, version)
    return file.getvalue()


@pytest.fixture
def variant(tmp_path: Path) -> Path:
    path = tmp_path / "double.tflite"
    path.write_bytes(added(shape=SHAPE))
    return path


CASES: dict[str, tuple[bytes, Values, Normalise | None, Layout]] = {
    "float32 as it is": (added(shape=SHAPE), FLOATS, None, Layout.NHWC),
    "int8 as it is": (
        added(Type.INT8, SHAPE, 0.5, 3), PICTURES.view(np.int8), None, Layout.NHWC
    ),
    "one for all": (added(shape=SHAPE), PICTURES, HALVES, Layout.NHWC),
    "channels last": (added(shape=SHAPE), PICTURES, CHANNELS, Layout.NHWC),
    "channels first": (
        added(shape=(1, 3, 2, 2)), PICTURES.transpose(0, 3, 1, 2).copy(), CHANNELS, Layout.NCHW
    ),
    "floats normalised": (added(shape=SHAPE), FLOATS, CHANNELS, Layout.NHWC),
    "quantised to int8": (
        added(Type.INT8, SHAPE, 0.03, -5), PICTURES, CHANNELS, Layout.NHWC
    ),
    "quantised to uint8, clamped": (
        added(Type.UINT8, SHAPE, 0.01, 120), PICTURES, CHANNELS, Layout.NHWC
    ),
    "quantised to int16": (added(Type.INT16, SHAPE, 0.001), PICTURES, CHANNELS, Layout.NHWC),
    "half floats": (added(Type.FLOAT16, SHAPE), PICTURES, CHANNELS, Layout.NHWC),
    "ties": (
        added(Type.INT8, SHAPE, 2.0, 1), PICTURES, Normalise(1.0, (128.0,), (1.0,)), Layout.NHWC
    ),
    "axes of one at the start": (
        added(shape=SHAPE), PICTURES[:, None], HALVES, Layout.NHWC
    ),
    "negative scale": (
        added(shape=SHAPE), PICTURES, Normalise(-0.5, (1.0,), (3.0,)), Layout.NHWC
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_outputs_are_the_reference_runners_byte_for_byte(name: str, tmp_path: Path) -> None:
    model, values, normalise, layout = CASES[name]
    path = tmp_path / "net.tflite"
    path.write_bytes(model)
    reference = run(
        job_for(path, eval_job=eval_job(tmp_path, values, normalise, layout, "reference"))
    )
    ran = run_native(native_job(path, eval_job=eval_job(tmp_path, values, normalise, layout)))
    assert (0, 0) == (reference.exit_code, ran.exit_code), (reference.outcome, ran.outcome)
    expected = (tmp_path / "reference.0.npy").read_bytes()
    assert expected == (tmp_path / "out.0.npy").read_bytes()


def test_it_says_what_it_wrote(variant: Path, tmp_path: Path) -> None:
    ran = run_native(native_job(variant, eval_job=eval_job(tmp_path, FLOATS)))
    (evaluated,) = ran.all(Evaluated)
    assert isinstance(evaluated, Evaluated)
    (file,) = evaluated.files
    assert (5, "y", str(tmp_path / "out.0.npy")) == (evaluated.items, file.name, file.path)
    assert digest_of(Path(file.path)) == file.sha256
    assert evaluated.busy_ns > 0
    assert (FLOATS * 2 == np.load(file.path)).all()


def test_items_from_the_start_are_enough(variant: Path, tmp_path: Path) -> None:
    job = replace(eval_job(tmp_path, FLOATS), items=2)
    ran = run_native(native_job(variant, eval_job=job))
    assert 0 == ran.exit_code
    assert (FLOATS[:2] * 2 == np.load(tmp_path / "out.0.npy")).all()


@pytest.mark.parametrize("version", [(1, 0), (2, 0)])
def test_both_versions_of_the_format(
    variant: Path, tmp_path: Path, version: tuple[int, int]
) -> None:
    job = eval_job(tmp_path, npy(FLOATS, version))
    assert 0 == run_native(native_job(variant, eval_job=job)).exit_code


def test_a_demo_variant_on_the_demo_eval_set(tmp_path: Path) -> None:
    path = demo_data() / "variants" / "pairs_mbv2.full8.tflite"
    values = RANDOM.integers(0, 256, (3, 1, 32, 64), dtype=np.uint8)
    job = eval_job(tmp_path, values, HALVES, Layout.NCHW, "reference")
    reference = run(job_for(path, eval_job=job))
    ran = run_native(native_job(path, eval_job=replace(job, outputs=str(tmp_path / "out"))))
    assert reference.outcome.__class__ is ran.outcome.__class__
    if isinstance(ran.outcome, End):
        assert (tmp_path / "reference.0.npy").read_bytes() == (tmp_path / "out.0.npy").read_bytes()


BROKEN: dict[str, bytes] = {
    "empty": b"",
    "no npy": b"PK\3\4" * 100,
    "magic only": b"\x93NUMPY",
    "version 3": b"\x93NUMPY\3\0" + npy(FLOATS)[8:],
    "header cut": npy(FLOATS)[:60],
    "data cut": npy(FLOATS)[:-1],
    "huge header": b"\x93NUMPY\2\0\xff\xff\xff\xff" + b"{" * 100,
    "huge shape": npy(FLOATS).replace(b"(5, 2, 2, 3)", b"(5, 9999999)"),
    "shape that wraps": npy(FLOATS).replace(b"'shape': (5, 2, 2, 3), }" + b" " * 40,
                                            b"'shape': (2147483647, 2147483647, 2147483647), }"
                                            + b" " * 15),
    "negative shape": npy(FLOATS).replace(b"(5, 2,", b"(-5,2,"),
    "another key": npy(FLOATS).replace(b"'shape'", b"'shade'"),
    "fortran order": npy(np.asfortranarray(FLOATS)),
    "big endian": npy(FLOATS.astype(">f4")),
    "float64": npy(FLOATS.astype(np.float64)),
    "objects": npy(FLOATS).replace(b"'<f4'", b"'|O4'"),
    "no items": npy(FLOATS[:0]),
    "scalar": npy(np.array(1.0, np.float32)),
    "another shape": npy(FLOATS[:, :, :1]),
    "too few axes": npy(FLOATS.reshape(5, 12)),
    "another type": npy(PICTURES),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_eval_sets_that_cannot_be_used(name: str, variant: Path, tmp_path: Path) -> None:
    failed(run_native(native_job(variant, eval_job=eval_job(tmp_path, BROKEN[name]))))


def failed(ran: Ran, code: FailureCode = FailureCode.BAD_EVAL) -> None:
    """Check that the launch got as far as its samples, and left no output behind."""
    assert (code, 1) == (ran.error.code, ran.exit_code), ran.error
    assert ran.samples


@pytest.mark.parametrize(
    ("model", "values", "normalise"),
    [
        (added(shape=SHAPE), PICTURES, Normalise(1.0, (1.0, 2.0), (1.0,))),
        (added(Type.INT32, SHAPE), PICTURES, HALVES),
        (added(Type.INT8, SHAPE, 0.5), np.full_like(FLOATS, np.nan), HALVES),
        (two_inputs(), FLOATS, None),
    ],
)
def test_eval_sets_that_do_not_fit(
    model: bytes, values: Values, normalise: Normalise | None, tmp_path: Path
) -> None:
    path = tmp_path / "net.tflite"
    path.write_bytes(model)
    failed(run_native(native_job(path, eval_job=eval_job(tmp_path, values, normalise))))
    assert [] == list(tmp_path.glob("out*"))


def test_more_items_than_there_are(variant: Path, tmp_path: Path) -> None:
    job = replace(eval_job(tmp_path, FLOATS), items=6)
    failed(run_native(native_job(variant, eval_job=job)))


def test_no_file_another_digest_and_nowhere_to_write(variant: Path, tmp_path: Path) -> None:
    good = eval_job(tmp_path, FLOATS)
    for bad in (
        replace(good, inputs=str(tmp_path / "none.npy")),
        replace(good, inputs=str(tmp_path)),
        replace(good, sha256=Digest("0" * 64)),
        replace(good, outputs=str(tmp_path / "none" / "out")),
    ):
        failed(run_native(native_job(variant, eval_job=bad)))


def test_outputs_that_find_no_room(variant: Path, tmp_path: Path) -> None:
    job = eval_job(tmp_path, np.tile(FLOATS, (100, 1, 1, 1)))
    ran = run_native(native_job(variant, eval_job=job), limited("f", 4))
    failed(ran, FailureCode.DISK_FULL)
    assert [] == list(tmp_path.glob("out*"))


def test_a_stop_within_leaves_the_eval_set_out(variant: Path, tmp_path: Path) -> None:
    job = eval_job(tmp_path, np.zeros((1_000_000, *SHAPE[1:]), np.uint8), HALVES)
    with native() as process:
        give(process, native_job(variant, measure=Measure(runs=1), eval_job=job))
        seen = read_until(process, b'"samples"')
        while not list(tmp_path.glob("out*")):
            assert process.poll() is None
        process.terminate()
        ran = collect(process, seen)
    assert isinstance(ran.outcome, End)
    assert ran.outcome.is_stopped
    assert [] == ran.all(Evaluated)
    assert [] == list(tmp_path.glob("out*"))
