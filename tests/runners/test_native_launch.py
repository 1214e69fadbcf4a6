"""Good launches of the native runner on the real engine, against the reference runner."""

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from ai_edge_litert import schema_py_generated as schema

from labtui import __version__
from labtui.core.model import EngineOptions
from labtui.core.placement import PlacedPart, Placement
from labtui.core.protocol import (
    Alive,
    Control,
    End,
    Hello,
    Loaded,
    Log,
    Measure,
    Outputs,
    Profile,
    RunnerReading,
    RunnerStream,
    Samples,
    WarmUp,
)
from labtui.resources import demo_data
from tests.hostrunner.launching import job_for, read_until, run, starts_ns
from tests.runners.builds import built
from tests.runners.native import give, litert, native, native_job, run_native
from tests.tiny_tflite import Graph, Op, Type, added, fully_connected, half_delegated, two_inputs

DEMO = sorted((demo_data() / "variants").glob("*.tflite"))


def shared_outputs() -> bytes:
    """Return a model `y = x + x` that hands out `x` as well, and `y` twice."""
    graph = Graph()
    x, y = graph.tensor("x", (1, 4)), graph.tensor("y", (1, 4))
    graph.op(Op.ADD, [x, x], [y], (schema.BuiltinOptions.AddOptions, schema.AddOptionsT()))
    return graph.pack([x], [x, y, y])


TINY = {
    "float16": added(Type.FLOAT16),
    "int16": added(Type.INT16),
    "int32": added(Type.INT32),
    "int64": added(Type.INT64),
    "quantised int8": added(Type.INT8, scale=0.5, zero_point=3),
    "quantised uint8": added(Type.UINT8, scale=0.25, zero_point=128),
    "open batch": fully_connected(),
    "half delegated": half_delegated(),
    "scalar": added(shape=()),
    "shared outputs": shared_outputs(),
    "two inputs": two_inputs(),
    "hostile name": added(name="in\x1b[2Jput\u202e"),
}
BUILTIN = EngineOptions(xnnpack=False)


@pytest.fixture
def variant(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.fp32.tflite"
    path.write_bytes(fully_connected())
    return path


def test_it_tells_its_version() -> None:
    done = subprocess.run(
        [built("linux-native"), "--version"], capture_output=True, timeout=10, check=False
    )
    assert (0, f"{__version__}\n".encode()) == (done.returncode, done.stdout)


@pytest.mark.parametrize("words", [["--help"], ["--version", "x"], [""]])
def test_it_takes_no_other_words(words: list[str]) -> None:
    done = subprocess.run(
        [built("linux-native"), *words], capture_output=True, timeout=10, check=False
    )
    assert (2, b"") == (done.returncode, done.stdout)
    assert b"usage: labtui-runner" in done.stderr


def test_a_launch_reports_everything_in_order(variant: Path) -> None:
    ran = run_native(native_job(variant))
    kinds = [type(event) for event in ran.events if not isinstance(event, Alive)]
    assert [Hello, Loaded, Placement, Outputs] == kinds[:4]
    assert End is kinds[-1]
    assert RunnerReading in kinds
    assert 0 == ran.exit_code
    assert isinstance(ran.outcome, End)
    assert (2, 10, False) == (ran.outcome.warmup, ran.outcome.measured, ran.outcome.is_stopped)


def test_hello_says_who_speaks(variant: Path) -> None:
    hello = run_native(native_job(variant)).events[0]
    assert isinstance(hello, Hello)
    assert ("labtui-runner", __version__, "LiteRT") == (
        hello.runner,
        hello.runner_version,
        hello.engine,
    )
    assert hello.boot_ns >= hello.mono_ns > 0


@pytest.mark.parametrize("path", DEMO, ids=lambda path: path.stem)
def test_demo_variants_compute_and_place_as_the_reference(path: Path) -> None:
    reference, ran = run(job_for(path)), run_native(native_job(path))
    assert reference.all(Outputs) == ran.all(Outputs)
    assert reference.all(Placement) == ran.all(Placement)


@pytest.mark.parametrize("name", TINY)
def test_every_element_type_computes_as_the_reference(name: str, tmp_path: Path) -> None:
    path = tmp_path / "tiny.tflite"
    path.write_bytes(TINY[name])
    reference, ran = run(job_for(path)), run_native(native_job(path))
    assert reference.all(Outputs) == ran.all(Outputs)
    assert reference.all(Placement) == ran.all(Placement)


def test_without_xnnpack_it_places_and_computes_as_the_reference(tmp_path: Path) -> None:
    path = tmp_path / "half.tflite"
    path.write_bytes(half_delegated())
    reference = run(job_for(path, engine=BUILTIN))
    ran = run_native(native_job(path, engine=BUILTIN))
    assert [Placement("cpu", (PlacedPart("cpu", "", 3),), 0)] == ran.all(Placement)
    assert reference.all(Outputs) == ran.all(Outputs)


def test_the_engine_is_found_beside_the_runner(variant: Path, tmp_path: Path) -> None:
    program = tmp_path / "labtui-runner"
    shutil.copy2(built("linux-native"), program)
    (tmp_path / "libLiteRt.so").symlink_to(litert())
    job = replace(native_job(variant), variant=variant.name, library=None)
    assert 0 == run_native(job, [str(program)], tmp_path).exit_code


def test_threads_of_the_engine_keep_to_the_mask(variant: Path) -> None:
    engine = EngineOptions(threads=2, affinity=1)
    with native() as process:
        give(process, native_job(variant, measure=Measure(seconds=60), engine=engine))
        read_until(process, b'"samples"')
        masks = {
            line.split(":")[1].strip()
            for task in Path(f"/proc/{process.pid}/task").iterdir()
            for line in (task / "status").read_text().splitlines()
            if line.startswith("Cpus_allowed_list")
        }
    assert {"0"} == masks


def test_time_bounds_measuring(variant: Path) -> None:
    ran = run_native(native_job(variant, measure=Measure(seconds=0.3)))
    measured = [batch for batch in ran.samples if not batch.is_warmup]
    last = measured[-1]
    lasted_ns = last.t0_ns + sum(last.durations_ns) - measured[0].t0_ns
    assert lasted_ns >= 290_000_000
    assert all(sum(batch.durations_ns) < 1_000_000_000 for batch in measured)
    assert all(len(batch.durations_ns) <= 10_000 for batch in measured)


def test_a_rate_is_kept_and_starts_are_reported(variant: Path) -> None:
    _, *measured = run_native(native_job(variant, rate_hz=100.0)).samples
    starts = starts_ns(measured)
    assert 10 == len(starts)
    for number, start_ns in enumerate(starts):
        assert start_ns >= starts[0] + number * 10_000_000 - 1_000
    assert measured[0].offsets_us is not None


def test_samples_lie_on_the_monotonic_clock_in_order(variant: Path) -> None:
    ran = run_native(native_job(variant, measure=Measure(runs=25_000)))
    hello = ran.events[0]
    assert isinstance(hello, Hello)
    edges = [hello.mono_ns]
    for batch in ran.samples:
        edges += [batch.t0_ns, batch.t0_ns + sum(batch.durations_ns)]
    assert sorted(edges) == edges


@pytest.mark.parametrize(
    ("warmup", "expected"),
    [
        (WarmUp(min_runs=0, max_runs=0), range(1)),
        (WarmUp(min_runs=7, max_runs=7, max_s=0.0), range(7, 8)),
        (WarmUp(min_runs=3, max_runs=50, max_s=0.0), range(3, 4)),
        (WarmUp(min_runs=3, max_runs=11, max_s=60.0, tolerance=0.0), range(11, 12)),
        (WarmUp(min_runs=5, max_runs=10_000, max_s=60.0, tolerance=1.0), range(10, 500)),
        (WarmUp(min_runs=5, max_runs=50, max_s=60.0, tolerance=1.0, min_s=50.0), range(50, 51)),
    ],
)
def test_the_warm_up_rule(variant: Path, warmup: WarmUp, expected: range) -> None:
    ran = run_native(native_job(variant, warmup=warmup))
    assert isinstance(ran.outcome, End)
    assert ran.outcome.warmup in expected


def test_the_raw_file_is_the_stream_without_beats(variant: Path, tmp_path: Path) -> None:
    raw_file = tmp_path / "raw.ndjson"
    raw_file.write_bytes(b"old" * 100_000)
    ran = run_native(native_job(variant, measure=Measure(runs=3), rate_hz=0.6, raw_file=raw_file))
    lines = ran.stdout.splitlines(keepends=True)
    assert any(b'"alive"' in line for line in lines)
    assert b"".join(line for line in lines if b'"alive"' not in line) == raw_file.read_bytes()


def test_the_control_run_leaves_xnnpack_out(variant: Path) -> None:
    ran = run_native(native_job(variant, control_runs=4))
    (control,) = ran.all(Control)
    assert isinstance(control, Control)
    assert ("cpu", "", 4) == (control.unit, control.delegate, len(control.durations_ns))
    assert 0 == ran.exit_code


def test_a_control_run_with_nothing_to_leave_out_is_left_out(variant: Path) -> None:
    ran = run_native(native_job(variant, control_runs=4, engine=BUILTIN))
    assert [] == ran.all(Control)
    assert any("no control run" in log.text for log in ran.all(Log) if isinstance(log, Log))


def test_the_profile_names_the_kernels_and_where_they_ran(tmp_path: Path) -> None:
    path = tmp_path / "half.tflite"
    path.write_bytes(half_delegated())
    ran = run_native(native_job(path, profile_runs=5))
    (profile,) = ran.all(Profile)
    assert isinstance(profile, Profile)
    places = [(op.name, op.unit, op.delegate, op.count) for op in profile.ops]
    add = ("Add (ND)", "cpu", "XNNPACK", 1)
    assert [add, ("CUMSUM", "cpu", "", 1), add] == places
    assert 5 == profile.runs
    kinds = [type(event) for event in ran.events]
    assert Placement is kinds[kinds.index(Profile) + 1]


@pytest.mark.parametrize("path", DEMO, ids=lambda path: path.stem)
def test_profiles_of_demo_variants_hold_what_an_inference_is_made_of(path: Path) -> None:
    ran = run_native(native_job(path, profile_runs=5))
    (profile,) = ran.all(Profile)
    assert isinstance(profile, Profile)
    typical_ns = min(min(batch.durations_ns) for batch in ran.samples)
    assert sum(op.mean_ns for op in profile.ops) > 0.1 * typical_ns  # some kernels take < 1 µs
    (placement, again) = ran.all(Placement)
    assert placement == again
    assert isinstance(placement, Placement)
    places = {(part.unit, part.delegate) for part in placement.parts}
    assert places == {(op.unit, op.delegate) for op in profile.ops}


def test_after_measuring_everything_comes_in_order(variant: Path) -> None:
    ran = run_native(native_job(variant, control_runs=2, profile_runs=2))
    wanted = (Samples, Control, Profile, Placement, End)
    kinds = [type(event) for event in ran.events if isinstance(event, wanted)]
    assert [Placement, Samples, Samples, Control, Profile, Placement, End] == kinds


def test_every_line_is_an_event_and_every_event_a_line(variant: Path) -> None:
    stream = RunnerStream()
    ran = run_native(native_job(variant, control_runs=1, profile_runs=1))
    assert len(ran.stdout.splitlines()) == len(stream.feed(ran.stdout))
    assert all(json.loads(line)["ev"] for line in ran.stdout.splitlines())
