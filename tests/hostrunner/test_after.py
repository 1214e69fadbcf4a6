"""Control run, profiling pass, engine options: real launches."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from labtui.core.model import EngineOptions
from labtui.core.placement import PlacedPart, Placement
from labtui.core.protocol import Control, End, Log, Measure, Profile, encode_job
from labtui.failure import FailureCode
from labtui.hostrunner.control_run import control_options
from tests.hostrunner.launching import collect, job_for, read_until, run, runner
from tests.tiny_tflite import fully_connected, newer_op, unresolved

CPU = EngineOptions()
PLAIN = EngineOptions(xnnpack=False)


@pytest.fixture
def variant(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.fp32.tflite"
    path.write_bytes(fully_connected())
    return path


def test_without_xnnpack_the_engines_own_kernels_run(variant: Path) -> None:
    (placement,) = run(job_for(variant, engine=PLAIN)).all(Placement)
    assert Placement("cpu", (PlacedPart("cpu", "", 1),), 0) == placement


def test_the_control_run_comes_after_the_samples(variant: Path) -> None:
    ran = run(job_for(variant, control_runs=4))
    (control,) = ran.all(Control)
    assert isinstance(control, Control)
    assert ("cpu", "", 4) == (control.unit, control.delegate, len(control.durations_ns))
    last = ran.samples[-1]
    assert control.t0_ns >= last.t0_ns + sum(last.durations_ns)
    assert 0 == ran.exit_code


CONTROLS = {
    "the CPU instead of an accelerator": (EngineOptions("gpu"), EngineOptions("cpu")),
    "an accelerator without XNNPACK": (EngineOptions("gpu", xnnpack=False), PLAIN),
    "the CPU without XNNPACK": (EngineOptions("cpu", 4, 3), EngineOptions("cpu", 4, 3, False)),
    "nothing left to leave out": (PLAIN, None),
}


@pytest.mark.parametrize("name", CONTROLS)
def test_what_a_control_run_leaves_out(name: str) -> None:
    asked, expected = CONTROLS[name]
    assert expected == control_options(asked, Placement("cpu"))


PLACEMENTS = {
    "the engine does not say": ((), PLAIN),
    "a delegate has some": ((PlacedPart("cpu", "XNNPACK", 3), PlacedPart("cpu", "", 1)), PLAIN),
    "there is no delegate": ((PlacedPart("cpu", "", 4),), None),
    "there is another one": ((PlacedPart("cpu", "labtui-mil", 4),), None),
}


@pytest.mark.parametrize("name", PLACEMENTS)
def test_what_has_no_delegate_has_no_control_run(name: str) -> None:
    parts, expected = PLACEMENTS[name]
    assert expected == control_options(CPU, Placement("cpu", parts))


def test_a_control_run_of_nothing_is_said(variant: Path) -> None:
    ran = run(job_for(variant, engine=PLAIN, control_runs=4))
    assert [] == ran.all(Control)
    text = "no control run: the job asks for nothing that could be left out"
    assert Log("warning", text) in ran.events


def test_an_engine_that_cannot_profile_says_so(variant: Path) -> None:
    ran = run(job_for(variant, profile_runs=3))
    assert [] == ran.all(Profile)
    assert Log("warning", "no profile: ai-edge-litert for Python cannot profile") in ran.events
    assert isinstance(ran.outcome, End)


def test_a_stop_leaves_out_what_was_not_reached(variant: Path) -> None:
    with runner() as process:
        assert process.stdin is not None
        job = job_for(variant, Measure(seconds=3600), control_runs=5, profile_runs=5)
        process.stdin.write(encode_job(job))
        seen = read_until(process, b'"samples"')
        process.stdin.close()
        ran = collect(process, seen)
    assert isinstance(ran.outcome, End)
    assert ran.outcome.is_stopped
    assert [] == ran.all(Control) + ran.all(Log)


needs_affinity = pytest.mark.skipif(sys.platform != "linux", reason="only Linux can do it")


@needs_affinity
def test_all_threads_keep_to_the_cpus_of_the_job(variant: Path) -> None:
    cpu = min(os.sched_getaffinity(0))
    with runner() as process:
        assert process.stdin is not None
        engine = EngineOptions(threads=2, affinity=1 << cpu)
        process.stdin.write(encode_job(job_for(variant, Measure(seconds=3600), engine=engine)))
        seen = read_until(process, b'"samples"')
        threads = [int(task.name) for task in Path(f"/proc/{process.pid}/task").iterdir()]
        assert {frozenset({cpu})} == {frozenset(os.sched_getaffinity(t)) for t in threads}
        process.stdin.close()
        assert 0 == collect(process, seen).exit_code


@needs_affinity
def test_a_mask_without_a_cpu_of_this_computer(variant: Path) -> None:
    ran = run(job_for(variant, engine=EngineOptions(affinity=1 << 62)))
    assert (FailureCode.BAD_JOB, 1) == (ran.error.code, ran.exit_code)
    assert "0x4000000000000000 names no CPU" in ran.error.text


def test_a_system_without_affinity_says_so(variant: Path, tmp_path: Path) -> None:
    """A program that believes to run elsewhere."""
    (tmp_path / "elsewhere.py").write_text(
        "import sys\nfrom labtui.hostrunner.main import main\n"
        "sys.platform = 'darwin'\nsys.exit(main())\n"
    )
    with runner(program="elsewhere", PYTHONPATH=os.pathsep.join([str(tmp_path), *sys.path])) as p:
        assert p.stdin is not None
        p.stdin.write(encode_job(job_for(variant, engine=EngineOptions(affinity=1))))
        ran = collect(p)
    assert FailureCode.BAD_JOB is ran.error.code
    assert "darwin cannot keep a program to CPUs" in ran.error.text


def test_a_library_is_not_for_an_engine_that_has_its_own(variant: Path) -> None:
    ran = run(replace(job_for(variant), library="/opt/libLiteRt.so"))
    assert (FailureCode.ENGINE_MISSING, 1) == (ran.error.code, ran.exit_code)
    assert "brings its own library: leave engine.library out" in ran.error.text


@pytest.mark.parametrize("content", [unresolved(), newer_op()], ids=["custom op", "newer version"])
def test_an_op_without_a_kernel(variant: Path, content: bytes) -> None:
    variant.write_bytes(content)
    ran = run(job_for(variant))
    assert (FailureCode.OP_UNSUPPORTED, 1) == (ran.error.code, ran.exit_code)
