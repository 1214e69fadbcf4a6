"""Launches of the real program on the real engine."""

import json
import os
import signal
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from labtui.core.model import EngineOptions
from labtui.core.placement import PlacedPart, Placement
from labtui.core.protocol import (
    Alive,
    End,
    Hello,
    Loaded,
    Log,
    Measure,
    Outputs,
    RunnerReading,
    RunnerStream,
    WarmUp,
    encode_job,
)
from labtui.failure import FailureCode
from tests.hostrunner.launching import (
    REPOSITORY,
    Ran,
    collect,
    job_for,
    read_until,
    run,
    runner,
    starts_ns,
)
from tests.tiny_tflite import Type, added, fully_connected, half_delegated


@pytest.fixture
def variant(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.fp32.tflite"
    path.write_bytes(fully_connected())
    return path


def test_a_launch_reports_everything_in_order(variant: Path) -> None:
    ran = run(job_for(variant))

    kinds = [type(event) for event in ran.events if not isinstance(event, Alive)]
    assert [Hello, Loaded, Placement, Outputs] == kinds[:4]
    assert End is kinds[-1]
    assert RunnerReading in kinds
    assert 0 == ran.exit_code
    assert isinstance(ran.outcome, End)
    assert (2, 10, False) == (ran.outcome.warmup, ran.outcome.measured, ran.outcome.is_stopped)


def test_hello_says_who_speaks(variant: Path) -> None:
    with runner() as process:
        assert process.stdin is not None
        process.stdin.write(encode_job(job_for(variant)))
        ran = collect(process)
    hello = ran.events[0]
    assert isinstance(hello, Hello)
    assert ("labtui-hostrunner", "ai-edge-litert", process.pid) == (
        hello.runner,
        hello.engine,
        hello.pid,
    )
    assert hello.boot_ns >= hello.mono_ns > 0


def test_samples_lie_on_the_monotonic_clock_in_order(variant: Path) -> None:
    ran = run(job_for(variant, Measure(runs=300)))
    hello = ran.events[0]
    assert isinstance(hello, Hello)
    edges = [hello.mono_ns]
    for batch in ran.samples:
        edges += [batch.t0_ns, batch.t0_ns + sum(batch.durations_ns)]
    assert sorted(edges) == edges
    assert isinstance(ran.outcome, End)
    assert edges[-1] <= ran.outcome.t_ns


def test_outputs_are_those_of_the_seeded_input(tmp_path: Path) -> None:
    path = tmp_path / "double.tflite"
    path.write_bytes(added(shape=(1, 4)))
    (outputs,) = run(job_for(path, seed=0)).all(Outputs)
    assert isinstance(outputs, Outputs)
    # The first two values of the test vectors in runners/PROTOCOL.md, doubled by the variant.
    assert (1.533243179321289, -0.27388811111450195) == outputs.outputs[0].head[:2]
    assert ("y", "float32", (1, 4)) == (
        outputs.outputs[0].name,
        outputs.outputs[0].dtype,
        outputs.outputs[0].shape,
    )
    raw = np.array(outputs.outputs[0].head, dtype=np.float32).tobytes()
    assert sha256(raw).hexdigest() == outputs.outputs[0].sha256


def test_the_same_seed_gives_the_same_outputs_and_another_does_not(variant: Path) -> None:
    first, again, other = (run(job_for(variant, seed=seed)).all(Outputs) for seed in (1, 1, 2))
    assert first == again
    assert first != other


@pytest.mark.parametrize(
    ("dtype", "scale"), [(Type.INT8, 0.5), (Type.UINT8, 0.25), (Type.INT32, None)]
)
def test_integer_variants_run(tmp_path: Path, dtype: int, scale: float | None) -> None:
    path = tmp_path / "ints.tflite"
    path.write_bytes(added(dtype, scale=scale))
    assert 0 == run(job_for(path)).exit_code


def test_heads_of_quantised_outputs_are_real_values(tmp_path: Path) -> None:
    path = tmp_path / "q.tflite"
    path.write_bytes(added(Type.INT8, scale=0.5, zero_point=3))
    (outputs,) = run(job_for(path)).all(Outputs)
    assert isinstance(outputs, Outputs)
    assert all(value * 2 == int(value * 2) for value in outputs.outputs[0].head)
    assert "int8" == outputs.outputs[0].dtype


def test_placement_counts_ops_by_delegate(tmp_path: Path) -> None:
    path = tmp_path / "half.tflite"
    path.write_bytes(half_delegated())
    parts = (PlacedPart("cpu", "XNNPACK", 2), PlacedPart("cpu", "", 1))
    assert [Placement("cpu", parts, 2)] == run(job_for(path)).all(Placement)


def test_a_rate_is_kept_and_starts_are_reported(variant: Path) -> None:
    warmup, *measured = run(job_for(variant, rate_hz=100.0)).samples
    starts = starts_ns(measured)
    assert 10 == len(starts)
    for number, start_ns in enumerate(starts):
        assert start_ns >= warmup.t0_ns + number * 10_000_000


def test_measuring_by_time_takes_that_time(variant: Path) -> None:
    ran = run(job_for(variant, Measure(seconds=0.3)))
    warmup, *measured = ran.samples
    assert isinstance(ran.outcome, End)
    assert ran.outcome.t_ns - warmup.t0_ns >= 300_000_000
    assert len(measured) >= 2  # they left as they came


def test_no_warm_up_when_none_is_asked(variant: Path) -> None:
    ran = run(job_for(variant, warmup=WarmUp(min_runs=0, max_runs=0)))
    assert isinstance(ran.outcome, End)
    assert (0, 10) == (ran.outcome.warmup, ran.outcome.measured)


def test_raw_file_holds_the_same_events(variant: Path, tmp_path: Path) -> None:
    raw = tmp_path / "raw.ndjson"
    ran = run(job_for(variant, raw_file=raw))
    kept = RunnerStream().feed(raw.read_bytes())
    assert [event for event in ran.events if not isinstance(event, Alive)] == kept


def test_stdout_is_the_protocol_alone(variant: Path) -> None:
    ran = run(job_for(variant))
    assert not [
        event for event in ran.all(Log) if isinstance(event, Log) and event.level == "stray"
    ]
    assert "XNNPACK" in ran.stderr  # the engine does print


def test_a_slow_start_is_no_silence(variant: Path) -> None:
    """The runner says that it is alive each second while it has nothing to report."""
    with runner() as process:
        assert process.stdin is not None
        process.stdin.write(encode_job(job_for(variant, Measure(runs=3), rate_hz=0.6)))
        assert collect(process).all(Alive)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_signals_end_the_launch_cleanly(variant: Path, number: signal.Signals) -> None:
    with runner() as process:
        assert process.stdin is not None
        process.stdin.write(encode_job(job_for(variant, Measure(seconds=3600))))
        seen = read_until(process, b'"samples"')
        process.send_signal(number)
        assert_stopped(collect(process, seen))


def test_end_of_stdin_ends_the_launch_cleanly(variant: Path) -> None:
    with runner() as process:
        assert process.stdin is not None
        process.stdin.write(encode_job(job_for(variant, Measure(seconds=3600), rate_hz=0.01)))
        seen = read_until(process, b'"samples"')
        process.stdin.close()
        assert_stopped(collect(process, seen))


def assert_stopped(ran: Ran) -> None:
    assert isinstance(ran.outcome, End)
    assert ran.outcome.is_stopped
    assert 0 == ran.exit_code


def test_a_reader_that_leaves_ends_the_launch_and_the_raw_file_stays_whole(
    variant: Path, tmp_path: Path
) -> None:
    raw = tmp_path / "raw.ndjson"
    with runner() as process:
        assert process.stdin is not None
        assert process.stdout is not None
        job = job_for(variant, Measure(seconds=3600), raw_file=raw)
        process.stdin.write(encode_job(job))
        read_until(process, b'"samples"')
        process.stdout.close()
        assert 0 == process.wait(20)
    stream = RunnerStream()
    stream.feed(raw.read_bytes())
    assert isinstance(stream.outcome, End)
    assert stream.outcome.is_stopped


def test_the_time_zone_does_not_matter(variant: Path) -> None:
    (here,), (there,) = (
        run(job_for(variant), TZ=zone).all(Outputs) for zone in ("UTC", "Asia/Tokyo")
    )
    assert here == there


BAD_JOBS = [
    (b"hello\n", "not JSON"),
    (b"[]\n", "not a JSON object"),
    (b'{"ev":"job","protocol":true}\n', "not a whole number"),
    (b"x" * (1 << 20) + b"xx\n", "more than"),
]


@pytest.mark.parametrize(("line", "text"), BAD_JOBS, ids=[text for _, text in BAD_JOBS])
def test_bad_jobs_are_refused(line: bytes, text: str) -> None:
    ran = run(line)
    assert (FailureCode.BAD_JOB, 1) == (ran.error.code, ran.exit_code)
    assert text in ran.error.text


def test_a_job_of_another_version_is_named_as_such() -> None:
    ran = run(b'{"ev":"job","protocol":2,"cooling":"fan"}\n')
    assert (FailureCode.PROTOCOL_MISMATCH, 1) == (ran.error.code, ran.exit_code)


def test_no_job_at_all() -> None:
    with runner() as process:
        assert process.stdin is not None
        process.stdin.close()
        ran = collect(process)
    assert (FailureCode.BAD_JOB, 1) == (ran.error.code, ran.exit_code)


def test_unknown_fields_of_a_job_are_refused(variant: Path) -> None:
    record = json.loads(encode_job(job_for(variant))) | {"profile": True}
    ran = run(json.dumps(record).encode() + b"\n")
    assert "unknown job fields: profile" in ran.error.text


def test_a_missing_variant(tmp_path: Path) -> None:
    ran = run(job_for(tmp_path / "gone.tflite"))
    assert (FailureCode.MODEL_MISSING, 1) == (ran.error.code, ran.exit_code)
    assert "gone.tflite" in ran.error.text


def test_a_folder_is_no_variant(tmp_path: Path) -> None:
    assert FailureCode.MODEL_MISSING is run(job_for(tmp_path)).error.code


def test_another_content_than_asked_for(variant: Path) -> None:
    job = job_for(variant)
    variant.write_bytes(fully_connected(seed=1))
    assert FailureCode.DIGEST_MISMATCH is run(job).error.code


@pytest.mark.parametrize("content", [b"", b"not a model", fully_connected()[:400], bytes(5000)])
def test_a_file_that_is_no_variant(variant: Path, content: bytes) -> None:
    variant.write_bytes(content)
    ran = run(job_for(variant))
    assert (FailureCode.MODEL_REFUSED, 1) == (ran.error.code, ran.exit_code)


def test_an_accelerator_that_is_not_here(variant: Path) -> None:
    ran = run(job_for(variant, engine=EngineOptions(accelerator="npu")))
    assert FailureCode.ACCELERATOR_MISSING is ran.error.code
    assert "use cpu" in ran.error.text


def test_a_full_disk_ends_the_launch_and_says_so(variant: Path) -> None:
    ran = run(replace(job_for(variant), raw_file="/dev/full"))
    assert (FailureCode.DISK_FULL, 1) == (ran.error.code, ran.exit_code)
    assert os.strerror(28) in ran.error.text


def test_a_raw_file_in_a_folder_that_is_not_there(variant: Path, tmp_path: Path) -> None:
    ran = run(job_for(variant, raw_file=tmp_path / "no" / "raw"))
    assert FailureCode.BAD_JOB is ran.error.code


def test_no_engine_installed(variant: Path, tmp_path: Path) -> None:
    (tmp_path / "ai_edge_litert.py").write_text("raise ImportError('broken wheel')")
    ran = run(job_for(variant), PYTHONPATH=f"{tmp_path}{os.pathsep}{REPOSITORY}")
    assert (FailureCode.ENGINE_MISSING, 1) == (ran.error.code, ran.exit_code)
    assert "pip install ai-edge-litert" in ran.error.text
