"""Launches of Core ML variants: the real executor behind the real protocol."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from labtui.core.model import Digest, EngineOptions
from labtui.core.placement import PlacedPart, Placement
from labtui.core.protocol import Control, End, EvalJob, Evaluated, Hello, Job, Log, Outputs
from labtui.failure import FailureCode
from labtui.hostrunner import mil_engine
from labtui.hostrunner.content import content_bytes, content_digest
from labtui.hostrunner.engine import RunnerFailure
from labtui.hostrunner.limits import limit_memory
from labtui.mil.errors import MissingCoremltools
from tests.hostrunner.launching import Ran, job_for, run
from tests.mil import corpus

NET = corpus.package("cnn.fp16")
ONLY_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere Core ML itself runs")


def package_job(path: Path, **changes: object) -> Job:
    job = replace(job_for(path), sha256=content_digest(path))
    return replace(job, **changes)  # type: ignore[arg-type]


def launched(path: Path, **changes: object) -> Ran:
    return run(package_job(path, **changes))


@ONLY_LINUX
def test_a_launch() -> None:
    ran = launched(NET)
    assert isinstance(ran.outcome, End), ran.stderr
    (hello,) = ran.all(Hello)
    assert isinstance(hello, Hello)
    assert "labtui-mil" == hello.engine
    assert 12 == sum(len(batch.durations_ns) for batch in ran.samples)
    (placement,) = ran.all(Placement)
    assert Placement("cpu", (PlacedPart("cpu", "labtui-mil", 22),), 0) == placement


@ONLY_LINUX
def test_outputs_are_fingerprinted_as_the_program_leaves_them() -> None:
    (outputs,) = launched(NET).all(Outputs)
    assert isinstance(outputs, Outputs)
    (output,) = outputs.outputs
    assert ("y", "float16", (1, 5), 5) == (
        output.name,
        output.dtype,
        output.shape,
        len(output.head),
    )
    assert 1 == pytest.approx(sum(output.head), abs=2e-3)  # of a softmax


@ONLY_LINUX
def test_there_is_nothing_that_a_control_run_could_leave_out() -> None:
    ran = launched(NET, control_runs=3)
    assert [] == ran.all(Control)
    text = "no control run: the job asks for nothing that could be left out"
    assert Log("warning", text) in ran.events


@ONLY_LINUX
def test_an_eval_set_gives_the_outputs_of_the_reference(tmp_path: Path) -> None:
    path = corpus.package("vit.fp16_ios15")
    items = np.concatenate(corpus.inputs("vit.fp16_ios15"))
    np.save(tmp_path / "x.npy", np.repeat(items, 3, axis=0))
    digest = Digest(sha256((tmp_path / "x.npy").read_bytes()).hexdigest())
    job = EvalJob(str(tmp_path / "x.npy"), digest, str(tmp_path / "outputs"))
    ran = launched(path, eval=job)
    (evaluated,) = ran.all(Evaluated)
    assert isinstance(evaluated, Evaluated)
    rows = np.load(evaluated.files[0].path)
    assert ((3, 5), np.float32) == (rows.shape, rows.dtype)
    for row in rows:
        np.testing.assert_allclose(corpus.expected("vit.fp16_ios15"), row, 2e-3, 2e-3)


def _other_weights(target: Path) -> None:
    with (target / corpus.WEIGHTS).open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"\x55")


def _cut_weights(target: Path) -> None:
    os.truncate(target / corpus.WEIGHTS, 200)


FAILURES: dict[str, tuple[Callable[[Path], None], FailureCode, str]] = {
    "gone": (shutil.rmtree, FailureCode.MODEL_MISSING, "cannot be read"),
    "changed": (_other_weights, FailureCode.DIGEST_MISMATCH, "push it again"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_what_is_not_what_was_pushed(tmp_path: Path, name: str) -> None:
    spoil, code, words = FAILURES[name]
    target = corpus.copied("cnn.fp16", tmp_path)
    job = package_job(target)
    spoil(target)
    error = run(job).error
    assert code is error.code
    assert words in error.text


@ONLY_LINUX
def test_damaged_packages_are_refused(tmp_path: Path) -> None:
    target = corpus.copied("cnn.fp16", tmp_path)
    _cut_weights(target)
    error = launched(target).error
    assert FailureCode.MODEL_REFUSED is error.code
    assert "weights" in error.text


@ONLY_LINUX
def test_an_op_that_is_lacking_is_named(tmp_path: Path) -> None:
    def rename(spec: object) -> None:
        corpus.main_block(spec).operations[-1].type = "classify"

    error = launched(corpus.changed("cnn.fp16", tmp_path, rename)).error
    assert FailureCode.OP_UNSUPPORTED is error.code
    assert "classify" in error.text


@ONLY_LINUX
def test_accelerators_belong_to_phones() -> None:
    error = launched(NET, engine=EngineOptions("npu")).error
    assert FailureCode.ACCELERATOR_MISSING is error.code


@ONLY_LINUX
def test_values_without_end_are_refused(tmp_path: Path) -> None:
    def grow(spec: object) -> None:
        block = corpus.main_block(spec)
        fill = next(op for op in block.operations if op.type == "range_1d")
        for argument, value in (("end", 1.0), ("step", 1e-12)):
            name = fill.inputs[argument].arguments[0].name
            constant = next(op for op in block.operations if op.outputs[0].name == name)
            constant.attributes["val"].immediateValue.tensor.floats.values[:] = [value]

    error = launched(corpus.changed("shapes.fp32", tmp_path, grow)).error
    assert FailureCode.MODEL_REFUSED is error.code
    assert "elements" in error.text


def test_without_coremltools_the_engine_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: str) -> None:
        raise MissingCoremltools

    monkeypatch.setattr(mil_engine, "load_messages", missing)
    with pytest.raises(RunnerFailure, match=r"pip install 'labtui\[ios\]'") as caught:
        mil_engine.open_mil(NET)
    assert FailureCode.ENGINE_MISSING is caught.value.code


@ONLY_LINUX
def test_the_address_space_is_bounded_by_the_size_of_the_variant() -> None:
    code = (
        "import resource, sys; from pathlib import Path;"
        "from labtui.hostrunner.limits import limit_memory;"
        "limit_memory(Path(sys.argv[1])); print(resource.getrlimit(resource.RLIMIT_AS)[0] >> 30)"
    )
    printed = subprocess.check_output([sys.executable, "-c", code, str(NET)], text=True)
    assert 6 == int(printed)


def test_a_limit_for_what_is_not_there_is_none(tmp_path: Path) -> None:
    limit_memory(tmp_path / "gone.mlpackage")


@ONLY_LINUX
def test_numpy_is_told_to_take_one_thread() -> None:
    code = (
        "import time, numpy as np; from labtui.hostrunner.blas import set_blas_threads;"
        "x = np.ones((900, 900), np.float32); x @ x; print(set_blas_threads(1));"
        "own, all_ = time.thread_time(), time.process_time(); [x @ x for _ in range(50)];"
        "print((time.process_time() - all_) / (time.thread_time() - own))"
    )
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "2"}
    printed = subprocess.check_output([sys.executable, "-c", code], text=True, env=environment)
    is_told, of_own = printed.split()
    assert "True" == is_told
    assert float(of_own) < 1.5, "two threads would be near 2"


def test_the_digest_of_a_package_leaves_out_its_manifest(tmp_path: Path) -> None:
    target = corpus.copied("cnn.fp16", tmp_path)
    before, seen = content_digest(target), list[int]()
    corpus.set_manifest(target, {"new": "identifiers"})
    assert before == content_digest(target, seen.append)
    assert content_bytes(target) == seen[-1]
    _other_weights(target)
    assert before != content_digest(target)
