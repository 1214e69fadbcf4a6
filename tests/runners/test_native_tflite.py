"""The native runner on the TensorFlow Lite C API, with accelerators that no CI machine has."""

import shutil
import subprocess
from pathlib import Path

import pytest

from labtui.core.model import EngineOptions
from labtui.core.placement import Coverage, PlacedPart, Placement
from labtui.core.protocol import Control, Hello, Log, Outputs
from labtui.failure import FailureCode
from tests.hostrunner.launching import Ran, job_for, run
from tests.runners.native import native_job, run_native
from tests.tiny_tflite import added

SOURCE = Path(__file__).with_name("fake_tflite.c")
GPU, NNAPI = EngineOptions("gpu"), EngineOptions("nnapi")


@pytest.fixture
def variant(tmp_path: Path) -> Path:
    path = tmp_path / "double.tflite"
    path.write_bytes(added())
    return path


def launch(variant: Path, engine: EngineOptions, *defines: str, **options: int) -> Ran:
    """Run a variant on a library that is made for the occasion."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    library = variant.parent / "libfake.so"
    words = [compiler, "-shared", "-fPIC", *(f"-D{define}" for define in defines)]
    subprocess.run([*words, "-o", str(library), str(SOURCE)], check=True, timeout=60)
    return run_native(native_job(variant, library=library, engine=engine, **options))


def placement_of(ran: Ran) -> Placement:
    """Return the one placement."""
    (placement,) = ran.all(Placement)
    assert isinstance(placement, Placement)
    return placement


def logs_of(ran: Ran) -> str:
    """Return what the runner logged."""
    return "\n".join(log.text for log in ran.all(Log) if isinstance(log, Log))


def test_it_is_told_by_its_functions(variant: Path) -> None:
    hello = launch(variant, EngineOptions()).events[0]
    assert isinstance(hello, Hello)
    assert ("TensorFlow Lite", "2.17.0") == (hello.engine, hello.engine_version)


def test_it_is_given_the_seeded_input(variant: Path) -> None:
    (reference,), (outputs,) = (
        ran.all(Outputs) for ran in (run(job_for(variant)), launch(variant, EngineOptions()))
    )
    assert isinstance(reference, Outputs)
    assert isinstance(outputs, Outputs)
    assert reference.outputs[0].sha256 == outputs.outputs[0].sha256


@pytest.mark.parametrize(
    ("gpu_ops", "parts", "coverage"),
    [
        (3, (PlacedPart("gpu", "GPU", 3),), Coverage.FULL),
        (2, (PlacedPart("gpu", "GPU", 2), PlacedPart("cpu", "", 1)), Coverage.PARTIAL),
        (0, (PlacedPart("cpu", "", 3),), Coverage.NONE),
    ],
)
def test_the_gpu_takes_what_it_takes(
    gpu_ops: int, parts: tuple[PlacedPart, ...], coverage: Coverage, variant: Path
) -> None:
    ran = launch(variant, GPU, f"GPU_OPS={gpu_ops}")
    assert 0 == ran.exit_code
    assert Placement("gpu", parts, 1 if gpu_ops else 0) == placement_of(ran)
    assert coverage is placement_of(ran).coverage
    assert (gpu_ops == 0) == ("nothing runs on gpu" in logs_of(ran))


def test_the_nnapi_counts_as_what_was_asked_for(variant: Path) -> None:
    ran = launch(variant, NNAPI, "NNAPI")
    assert Placement("nnapi", (PlacedPart("nnapi", "NNAPI", 3),), 1) == placement_of(ran)


def test_the_control_run_of_an_accelerator_is_on_the_cpu(variant: Path) -> None:
    (control,) = launch(variant, GPU, "GPU_OPS=3", control_runs=4).all(Control)
    assert isinstance(control, Control)
    assert ("cpu", "", 4) == (control.unit, control.delegate, len(control.durations_ns))


@pytest.mark.parametrize(
    ("engine", "defines"),
    [(GPU, ()), (NNAPI, ("GPU_OPS=3",)), (GPU, ("GPU_OPS=3", "GPU_IS_BROKEN"))],
)
def test_an_accelerator_that_is_not_there(
    engine: EngineOptions, defines: tuple[str, ...], variant: Path
) -> None:
    ran = launch(variant, engine, *defines)
    assert (FailureCode.ACCELERATOR_MISSING, 1) == (ran.error.code, ran.exit_code)


def test_without_a_spy_the_launch_goes_on_and_nothing_is_claimed(variant: Path) -> None:
    ran = launch(variant, GPU, "GPU_OPS=3", "REFUSES_SPY")
    assert 0 == ran.exit_code
    assert Placement("gpu") == placement_of(ran)


def test_an_inference_that_fails(variant: Path) -> None:
    ran = launch(variant, EngineOptions(), "FAILS_TO_RUN")
    assert (FailureCode.RUN_FAILED, 1) == (ran.error.code, ran.exit_code)


def test_an_old_version_is_warned_of(variant: Path) -> None:
    assert "is old" in logs_of(launch(variant, EngineOptions(), 'VERSION="2.9.0"'))
    assert "is old" not in logs_of(launch(variant, EngineOptions(), 'VERSION="2.15.0"'))


def test_there_is_no_profile_and_the_log_says_so(variant: Path) -> None:
    ran = launch(variant, EngineOptions(), profile_runs=3)
    assert 0 == ran.exit_code
    assert "no profil" in logs_of(ran)
