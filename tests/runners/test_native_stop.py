"""Every way to stop the native runner."""

import os
import signal
from pathlib import Path

import pytest

from labtui.core.protocol import Control, End, Job, Measure, WarmUp
from labtui.failure import FailureCode
from tests.hostrunner.launching import Ran, collect, read_until
from tests.runners.native import give, native, native_job
from tests.tiny_tflite import fully_connected

LONG = Measure(seconds=60.0)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    path = tmp_path / "tiny.tflite"
    path.write_bytes(fully_connected())
    return native_job(path, measure=LONG)


def _ended_early(ran: Ran) -> None:
    assert isinstance(ran.outcome, End), ran.outcome
    assert ran.outcome.is_stopped
    assert 0 == ran.exit_code
    assert sum(len(batch.durations_ns) for batch in ran.samples) == (
        ran.outcome.warmup + ran.outcome.measured
    )


def test_the_end_of_stdin_stops(job: Job) -> None:
    with native() as process:
        give(process, job)
        seen = read_until(process, b'"samples"')
        assert process.stdin is not None
        process.stdin.close()
        _ended_early(collect(process, seen))


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM])
def test_signals_stop(job: Job, number: signal.Signals) -> None:
    with native() as process:
        give(process, job)
        seen = read_until(process, b'"samples"')
        process.send_signal(number)
        _ended_early(collect(process, seen))


def test_a_stop_cuts_the_wait_for_the_next_inference(job: Job, tmp_path: Path) -> None:
    slow = native_job(Path(job.variant), measure=LONG, rate_hz=0.01)
    with native() as process:
        give(process, slow)
        seen = read_until(process, b'"alive"')
        process.send_signal(signal.SIGTERM)
        _ended_early(collect(process, seen))


def test_a_stop_in_the_warm_up_leaves_no_measured_sample(job: Job) -> None:
    warm = native_job(
        Path(job.variant), measure=LONG, warmup=WarmUp(10_000_000, 10_000_000, max_s=60.0)
    )
    with native() as process:
        give(process, warm)
        seen = read_until(process, b'"samples"')
        process.send_signal(signal.SIGTERM)
        ran = collect(process, seen)
    _ended_early(ran)
    assert isinstance(ran.outcome, End)
    assert 0 == ran.outcome.measured


def test_a_stop_leaves_out_what_comes_after(job: Job) -> None:
    path = Path(job.variant)
    with native() as process:
        give(process, native_job(path, measure=LONG, control_runs=5, profile_runs=5))
        seen = read_until(process, b'"samples"')
        process.send_signal(signal.SIGTERM)
        ran = collect(process, seen)
    _ended_early(ran)
    assert [] == ran.all(Control)


def test_a_reader_that_leaves_ends_the_runner(job: Job) -> None:
    with native() as process:
        give(process, job)
        read_until(process, b'"samples"')
        assert process.stdout is not None
        process.stdout.close()
        assert 0 == process.wait(20)


@pytest.mark.parametrize("data", [b"", b'{"ev":"jo'])
def test_stopped_before_a_job_came(data: bytes) -> None:
    with native() as process:
        give(process, data)
        assert process.stdin is not None
        process.stdin.close()
        ran = collect(process)
    assert (FailureCode.BAD_JOB, 1) == (ran.error.code, ran.exit_code)


def test_a_signal_before_a_job_came() -> None:
    with native() as process:
        wait_for_handler(process.pid)
        process.send_signal(signal.SIGTERM)
        ran = collect(process)
    assert (FailureCode.BAD_JOB, 1) == (ran.error.code, ran.exit_code)


def wait_for_handler(pid: int) -> None:
    """Wait until the process catches SIGTERM."""
    bit = 1 << (signal.SIGTERM - 1)
    while True:
        status = Path(f"/proc/{pid}/status").read_text()
        caught = next(line for line in status.splitlines() if line.startswith("SigCgt"))
        if int(caught.split()[1], 16) & bit:
            return
        os.sched_yield()


@pytest.mark.slow
def test_a_host_that_does_not_read_does_not_slow_it_and_ends_it(job: Job, tmp_path: Path) -> None:
    raw_file = tmp_path / "raw"
    with native() as process:
        give(process, native_job(Path(job.variant), measure=LONG, raw_file=raw_file))
        assert 1 == process.wait(60)
        last = raw_file.read_bytes().splitlines()[-1]
    assert b'"code":"run_failed"' in last
