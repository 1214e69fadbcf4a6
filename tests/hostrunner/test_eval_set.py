"""Eval sets through the real program on the real engine."""

import io
import json
import os
import resource
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from labtui.core.protocol import (
    End,
    EvalJob,
    Evaluated,
    Layout,
    Normalise,
    encode_job,
)
from labtui.failure import FailureCode
from labtui.resources import demo_data
from tests.hostrunner.launching import Ran, collect, digest_of, job_for, read_until, run, runner
from tests.tiny_tflite import Type, added, copied, two_inputs

Values = NDArray[Any]
HALVES = Normalise(1 / 255, (0.5,), (0.25,))


class Desk:
    """A folder with a variant and an eval set."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.variant = folder / "double.tflite"
        self.inputs = folder / "x.npy"
        self.variant.write_bytes(added(shape=(1, 2, 2, 3)))

    def eval_job(self, inputs: Values | bytes, normalise: Normalise | None = None) -> EvalJob:
        if isinstance(inputs, bytes):
            self.inputs.write_bytes(inputs)
        else:
            np.save(self.inputs, inputs)
        digest = digest_of(self.inputs)
        outputs = str(self.folder / "out")
        return EvalJob(str(self.inputs), digest, outputs, Layout.NHWC, normalise)

    def run(self, eval_job: EvalJob) -> Ran:
        return run(job_for(self.variant, eval_job=eval_job))

    def outputs(self, ran: Ran) -> Values:
        """Return the one output, after a look at what was said of it."""
        (evaluated,) = ran.all(Evaluated)
        assert isinstance(evaluated, Evaluated)
        (file,) = evaluated.files
        path = Path(file.path)
        assert (str(self.folder / "out.0.npy"), digest_of(path)) == (file.path, file.sha256)
        assert path.read_bytes()[6:8] == b"\x01\x00"
        assert evaluated.busy_ns > 0
        values: Values = np.load(path)
        assert evaluated.items == len(values)
        return values


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def some(dtype: str, *shape: int) -> Values:
    return np.random.default_rng(1).integers(0, 256, shape).astype(np.uint8).view(dtype)


def test_floats_go_in_as_they_are(desk: Desk) -> None:
    inputs = np.random.default_rng(0).standard_normal((5, 2, 2, 3)).astype(np.float32)
    outputs = desk.outputs(desk.run(desk.eval_job(inputs)))
    np.testing.assert_array_equal(inputs * 2, outputs)
    assert np.float32 == outputs.dtype


LAYOUTS = {
    Layout.NHWC: ((0.1, 0.2, 0.3), (1.0, 2.0, 4.0), (1, 1, 3)),
    Layout.NCHW: ((0.1, 0.2), (1.0, 3.0), (2, 1, 1)),
}


@pytest.mark.parametrize("layout", Layout)
def test_channels_are_normalised_each_by_its_own(desk: Desk, layout: Layout) -> None:
    mean, std, broadcast = LAYOUTS[layout]
    inputs = some("uint8", 4, 2, 2, 3)
    job = replace(desk.eval_job(inputs, Normalise(1 / 255, mean, std)), layout=layout)
    real = (inputs * (1 / 255) - np.reshape(mean, broadcast)) / np.reshape(std, broadcast)
    expected = real.astype(np.float32) * 2
    np.testing.assert_array_equal(expected, desk.outputs(desk.run(job)))


def test_quantised_inputs_round_half_to_even_and_clamp(desk: Desk) -> None:
    """`y = x + x` in steps of one, so that what came in can be read off what goes out."""
    desk.variant.write_bytes(added(Type.INT8, (1, 8), scale=1.0, zero_point=0))
    inputs = np.array([[0, 1, 2, 3, 5, 255, 254, 7]], dtype=np.uint8)
    job = desk.eval_job(inputs, Normalise(0.5, (0.0,), (1.0,)))
    expected = np.array([[0, 0, 2, 4, 4, 127, 127, 8]], dtype=np.float32)
    np.testing.assert_array_equal(expected, desk.outputs(desk.run(job)))


def test_clamping_below(desk: Desk) -> None:
    desk.variant.write_bytes(added(Type.UINT8, (1, 2), scale=1.0, zero_point=0))
    job = desk.eval_job(np.array([[3, 90]], np.uint8), Normalise(1.0, (80.0,), (1.0,)))
    assert [[0.0, 20.0]] == desk.outputs(desk.run(job)).tolist()


def test_whole_numbers_keep_their_type(desk: Desk) -> None:
    desk.variant.write_bytes(copied(("x", Type.INT8)))
    inputs = some("int8", 3, 4)
    outputs = desk.outputs(desk.run(desk.eval_job(inputs)))
    np.testing.assert_array_equal(inputs, outputs)
    assert np.int8 == outputs.dtype


def test_a_batch_axis_of_one_is_left_aside_and_others_stay(desk: Desk) -> None:
    desk.variant.write_bytes(added(shape=(2, 3)))
    inputs = np.ones((2, 1, 2, 3), np.float32)
    assert (2, 2, 3) == desk.outputs(desk.run(desk.eval_job(inputs))).shape


def test_some_items_from_the_start(desk: Desk) -> None:
    inputs = np.arange(60, dtype=np.float32).reshape(5, 2, 2, 3)
    job = replace(desk.eval_job(inputs), items=2)
    np.testing.assert_array_equal(inputs[:2] * 2, desk.outputs(desk.run(job)))


def npy(array: Values, **options: Any) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, array, **options)
    return file.getvalue()


GOOD = np.ones((2, 2, 2, 3), np.float32)


def test_version_2_is_read(desk: Desk) -> None:
    assert 2 == len(desk.outputs(desk.run(desk.eval_job(npy(GOOD, version=(2, 0))))))


BAD_FILES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "no .npy file"),
    "no npy": (b"PK\x03\x04 a zip file of arrays", "no .npy file"),
    "version 3": (npy(GOOD, version=(3, 0)), "no .npy file of version 1 or 2"),
    "a length below nothing": (npy(GOOD).replace(b"(2, 2", b"(-2,2"), "no list of items"),
    "a header of rubbish": (b"\x93NUMPY\x01\x00\x04\x00{[(\n", "no .npy file"),
    "pickled objects": (npy(np.array([{}, {}], dtype=object)), "no list of items"),
    "doubles": (npy(GOOD.astype(np.float64)), "float32, int8, uint8"),
    "big-endian": (npy(GOOD.astype(">f4")), "little-endian"),
    "columns first": (npy(np.asfortranarray(GOOD)), "C order"),
    "no axis": (npy(np.array(1, np.float32)), "no list of items"),
    "no items": (npy(GOOD[:0]), "holds 0 items"),
    "cut": (npy(GOOD)[:-1], "shorter than its header"),
    "another shape": (npy(GOOD[:, :1]), "(1, 2, 3)"),
    "another type": (npy(GOOD.astype(np.uint8)), "items are uint8, the input x is float32"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_files_that_do_not_fit(desk: Desk, name: str) -> None:
    content, text = BAD_FILES[name]
    ran = desk.run(desk.eval_job(content))
    assert (FailureCode.BAD_EVAL, 1) == (ran.error.code, ran.exit_code)
    assert text in ran.error.text
    assert 10 == sum(len(s.durations_ns) for s in ran.samples if not s.is_warmup)


def test_more_items_than_there_are(desk: Desk) -> None:
    ran = desk.run(replace(desk.eval_job(GOOD), items=3))
    assert "holds 2 items, and 3 are asked for" in ran.error.text


def test_a_file_that_is_not_there(desk: Desk) -> None:
    job = desk.eval_job(GOOD)
    desk.inputs.unlink()
    assert FailureCode.BAD_EVAL is desk.run(job).error.code


def test_another_content_than_was_pushed(desk: Desk) -> None:
    job = desk.eval_job(GOOD)
    np.save(desk.inputs, GOOD * 2)
    assert "it has the digest" in desk.run(job).error.text


def test_a_folder_for_outputs_that_is_not_there(desk: Desk) -> None:
    job = replace(desk.eval_job(GOOD), outputs=str(desk.folder / "no" / "out"))
    assert "outputs cannot be written" in desk.run(job).error.text


def test_as_many_means_as_channels(desk: Desk) -> None:
    ran = desk.run(desk.eval_job(some("uint8", 2, 2, 2, 3), Normalise(1.0, (0.0, 1.0), (1.0,))))
    assert "normalised by 2 channels, its items have 3" in ran.error.text


def test_a_variant_with_two_inputs(desk: Desk) -> None:
    desk.variant.write_bytes(two_inputs())
    assert "2 inputs, not one" in desk.run(desk.eval_job(np.ones((2, 4), np.float32))).error.text


def test_real_numbers_for_an_input_of_plain_integers(desk: Desk) -> None:
    desk.variant.write_bytes(copied(("x", Type.INT8)))
    ran = desk.run(desk.eval_job(some("uint8", 2, 4), HALVES))
    assert "takes no real numbers" in ran.error.text


def test_nan_has_no_quantised_value(desk: Desk) -> None:
    desk.variant.write_bytes(added(Type.INT8, (1, 4), scale=1.0))
    inputs = np.full((1, 4), np.nan, np.float32)
    assert "holds NaN" in desk.run(desk.eval_job(inputs, HALVES)).error.text


def test_outputs_that_do_not_fit_on_the_disk_leave_nothing_behind(desk: Desk) -> None:
    outputs = desk.folder / "out.0.npy"
    job = desk.eval_job(np.ones((400, 2, 2, 3), np.float32))
    limit = (8_192, resource.getrlimit(resource.RLIMIT_FSIZE)[1])
    with runner() as process:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, limit)
        assert process.stdin is not None
        process.stdin.write(encode_job(job_for(desk.variant, eval_job=job)))
        ran = collect(process)
    assert (FailureCode.DISK_FULL, 1) == (ran.error.code, ran.exit_code)
    assert os.strerror(27) in ran.error.text
    assert not outputs.exists()


def test_a_stop_within_leaves_it_out(desk: Desk) -> None:
    job = desk.eval_job(np.ones((200_000, 2, 2, 3), np.float32))
    with runner() as process:
        assert process.stdin is not None
        process.stdin.write(encode_job(job_for(desk.variant, eval_job=job)))
        seen = b""
        for _ in range(2):  # the second one comes a second later, out of the eval set
            seen += read_until(process, b'"reading"')
        process.stdin.close()
        ran = collect(process, seen)
    assert isinstance(ran.outcome, End)
    assert (True, 10) == (ran.outcome.is_stopped, ran.outcome.measured)
    assert [] == ran.all(Evaluated)
    assert not (desk.folder / "out.0.npy").exists()


def test_memory_does_not_grow_with_the_set(desk: Desk) -> None:
    """40 MB in and 40 MB out."""
    desk.variant.write_bytes(added(shape=(1, 100, 1000)))
    job = desk.eval_job(np.zeros((100, 100, 1000), np.float32))
    (desk.folder / "measured.py").write_text(
        "import resource, sys\nfrom labtui.hostrunner.main import main\n"
        "main()\nprint('peak', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )
    few_kb, many_kb = (peak_kb(desk, replace(job, items=items)) for items in (1, 100))
    assert many_kb - few_kb < 20_000


def peak_kb(desk: Desk, eval_job: EvalJob) -> int:
    path = os.pathsep.join([str(desk.folder), *sys.path])
    with runner(program="measured", PYTHONPATH=path) as process:
        assert process.stdin is not None
        process.stdin.write(encode_job(job_for(desk.variant, eval_job=eval_job)))
        ran = collect(process)
    assert isinstance(ran.outcome, End)
    return int(ran.stderr.split("peak")[1])


@pytest.mark.parametrize("recipe", ["fp32", "full8"])
def test_the_demo_variants_agree_with_their_reference_outputs(desk: Desk, recipe: str) -> None:
    """The eval set that comes along: 100 pairs, with what the float network makes of eight."""
    folder = demo_data() / "pairs100"
    inputs: Values = np.load(folder / "x.npy")
    golden: Values = np.load(folder / "golden.npy")[0]
    desk.variant = demo_data() / "variants" / f"pairs_mbv2.{recipe}.tflite"
    job = desk.eval_job(inputs[: len(golden)], manifest_normalise(folder))
    job = replace(job, layout=Layout.NCHW)
    outputs = desk.outputs(desk.run(job)).reshape(golden.shape)
    noise = ((outputs - golden) ** 2).sum()
    assert (golden**2).sum() / noise > 100  # 20 dB


def manifest_normalise(folder: Path) -> Normalise:
    record = json.loads((folder / "manifest.json").read_text())["normalisation"]
    return Normalise(record["scale"], tuple(record["mean"]), tuple(record["std"]))
