"""A runner computes what the runner of this machine computes, whatever it was built for."""

import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from labtui.core.protocol import End, Measure, Output, Outputs, RunnerStream, encode_job
from labtui.resources import demo_data
from tests.hostrunner.launching import job_for
from tests.runners.builds import aarch64_command, aarch64_engine, built
from tests.runners.other_libc import android_command
from tests.tiny_tflite import Type, added, fully_connected, half_delegated

pytestmark = pytest.mark.slow

TARGETS = ("linux-aarch64", "android-arm64-v8a", "android-x86_64")
LAUNCH_S = 100
ROUNDING = 1e-5
TINY = {
    "fp32": fully_connected(width=64, classes=8),
    "half delegated": half_delegated(),
    "int8": added(Type.INT8, scale=0.5, zero_point=3),
    "int16": added(Type.INT16, scale=0.25),
}
DEMO = sorted((demo_data() / "variants").glob("*.tflite"))
INNER_ROUNDING = {"fp32": 1e-4, "fp16": 1e-4, "dyn8": 0.02, "full8": 0.05}
"""Of the largest output: processors sum in another order, and where activations are rounded to 8
bits, one that falls to the other side travels on through the layers."""


def outputs_of(command: list[str], variant: Path) -> tuple[Output, ...]:
    """Launch a runner with stdin held open and return the fingerprints of its first inference."""
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, bufsize=0) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(encode_job(job_for(variant, Measure(runs=3))))
        stream = RunnerStream()
        events = stream.feed(process.stdout.read())
        process.wait(LAUNCH_S)
    assert isinstance(stream.outcome, End), stream.outcome
    (outputs,) = [event.outputs for event in events if isinstance(event, Outputs)]
    return outputs


def native_engine() -> Path:
    package = find_spec("ai_edge_litert")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "libLiteRt.so"


@pytest.fixture(scope="module")
def native() -> list[str]:
    return ["env", f"LD_LIBRARY_PATH={native_engine().parent}", str(built("linux-native"))]


@pytest.fixture(scope="module", params=TARGETS)
def foreign(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The words that start a runner which is not of this machine."""
    target, folder = request.param, tmp_path_factory.mktemp(request.param)
    program = built(target)
    engine = native_engine() if target == "android-x86_64" else aarch64_engine()
    if target == "linux-aarch64":
        return aarch64_command(program, library_path=engine.parent)
    shutil.copy(engine, folder / engine.name)
    return android_command(target, program, folder)


@pytest.mark.parametrize("name", TINY)
def test_outputs_are_equal(
    name: str, native: list[str], foreign: list[str], tmp_path: Path
) -> None:
    variant = tmp_path / "tiny.tflite"
    variant.write_bytes(TINY[name])
    wanted, got = outputs_of(native, variant), outputs_of(foreign, variant)
    assert [(o.name, o.dtype, o.shape) for o in wanted] == [(o.name, o.dtype, o.shape) for o in got]
    for here, there in zip(wanted, got, strict=True):
        assert here.head == pytest.approx(there.head, rel=ROUNDING, abs=ROUNDING)
        assert here.sha256 == there.sha256 or here.dtype.startswith("float")


@pytest.mark.parametrize("variant", DEMO, ids=lambda path: path.stem)
def test_outputs_of_demo_variants_are_close(
    variant: Path, native: list[str], foreign: list[str]
) -> None:
    (here,), (there,) = outputs_of(native, variant), outputs_of(foreign, variant)
    largest = max(map(abs, here.head))
    recipe = variant.stem.rpartition(".")[2].partition("_")[0]
    limit = largest * INNER_ROUNDING[recipe]
    assert here.head == pytest.approx(there.head, rel=0, abs=limit)
