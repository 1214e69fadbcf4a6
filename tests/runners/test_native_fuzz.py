"""Broken input of every kind against the native runner built with sanitizers.

The engine's library carries none. Where a hostile model crashes the engine, the runner says so
and ends with `error`; the sanitizers speak for the runner's own code only.
"""

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from labtui.core.protocol import EvalJob, Layout, Normalise, encode_job
from labtui.failure import FailureCode
from labtui.resources import demo_data
from tests.hostrunner.launching import Ran, digest_of
from tests.runners.builds import built
from tests.runners.native import native_job, run_native
from tests.tiny_tflite import added, fully_connected, half_delegated

pytestmark = pytest.mark.slow

REPORTED = 99
"""Exit code of a program that a sanitizer ended."""
OPTIONS = f"exitcode={REPORTED}:detect_leaks=0"
FEW = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
BIG = demo_data() / "variants" / "pairs_mbv2.full8.tflite"
PICTURES = np.arange(24, dtype=np.uint8).reshape(2, 1, 2, 2, 3)
MODELS = {"dense": fully_connected(), "half": half_delegated(), "demo": BIG.read_bytes()}


def run_sanitized(job: bytes, folder: Path) -> Ran:
    """Run a job to its end, which has to be one of the two that there are."""
    ran = run_native(job, sanitized_command(), folder)
    check_end(ran)
    assert "Sanitizer" not in ran.stderr, ran.stderr[-3000:]
    assert "runtime error" not in ran.stderr, ran.stderr[-3000:]
    return ran


def sanitized_command() -> list[str]:
    """Return the words that start the runner with sanitizers, and end it if it hangs."""
    sanitizers = [f"ASAN_OPTIONS={OPTIONS}", f"UBSAN_OPTIONS={OPTIONS}"]
    return ["timeout", "60", "env", *sanitizers, str(built("linux-native-asan"))]


def check_end(ran: Ran) -> None:
    """Check that the launch neither crashed nor hung nor ended without a last event."""
    assert ran.exit_code in (0, 1), (ran.exit_code, ran.stderr[-3000:])
    assert ran.outcome is not None, ran.stdout[-500:]


def is_about_the_engine(report: str) -> bool:
    """Tell whether a sanitizer's report is about code inside the engine's library."""
    frames = [line for line in report.splitlines() if line.lstrip().startswith("#")]
    own = (line for line in frames if "sanitizer" not in line)
    return "libLiteRt.so" in next(own, "")


def mutated(data: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    """Return the data with pieces replaced: (where, how many bytes go, what comes instead)."""
    for where, gone, come in changes:
        at = where % (len(data) + 1)
        data = data[:at] + come + data[at + gone :]
    return data


CHANGES = st.lists(
    st.tuples(
        st.integers(0, 1 << 16),
        st.integers(0, 8),
        st.one_of(
            st.binary(max_size=4),
            st.sampled_from([b'"', b"{", b"[", b"\\u", b"\\", b"0", b"-", b"e9", b"9" * 30, b"\0"]),
        ),
    ),
    min_size=1,
    max_size=4,
)


def eval_of(folder: Path) -> EvalJob:
    """Return an eval set's job as it stands in the folder."""
    path = folder / "x.npy"
    normalise = Normalise(0.5, (1.0, 2.0, 3.0), (1.0, 1.0, 1.0))
    return EvalJob(str(path), digest_of(path), str(folder / "out"), Layout.NHWC, normalise, items=1)


@FEW
@given(changes=CHANGES)
@example(changes=[(0, 0, b"\xef\xbb\xbf")])
def test_job_lines(changes: list[tuple[int, int, bytes]], tmp_path: Path) -> None:
    job = native_job(tmp_path / "none.tflite", eval_job=eval_of(tmp_path))
    line = mutated(encode_job(job).rstrip(b"\n"), changes).replace(b"\n", b" ")
    run_sanitized(line + b"\n", tmp_path)


@FEW
@given(line=st.binary(max_size=200))
def test_any_bytes(line: bytes, tmp_path: Path) -> None:
    ran = run_sanitized(line.replace(b"\n", b" ") + b"\n", tmp_path)
    assert FailureCode.BAD_JOB is ran.error.code


@FEW
@given(changes=CHANGES)
def test_npy_files(changes: list[tuple[int, int, bytes]], tmp_path: Path) -> None:
    variant, file = tmp_path / "net.tflite", tmp_path / "x.npy"
    variant.write_bytes(added(shape=(1, 2, 2, 3)))
    np.save(file, PICTURES)
    head, data = file.read_bytes()[:80], file.read_bytes()[80:]
    file.write_bytes(mutated(head, changes) + data)
    ran = run_sanitized(encode_job(native_job(variant, eval_job=eval_of(tmp_path))), tmp_path)
    assert ran.exit_code == 0 or FailureCode.BAD_EVAL is ran.error.code


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("part", range(8))
def test_models_cut_short(name: str, part: int, tmp_path: Path) -> None:
    data = MODELS[name]
    run_model(data[: len(data) * part // 8], tmp_path)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", MODELS)
def test_models_with_bits_flipped(name: str, tmp_path: Path) -> None:
    chance = random.Random(name)
    for _ in range(30):
        data = bytearray(MODELS[name])
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        run_model(bytes(data), tmp_path)


def run_model(data: bytes, folder: Path) -> None:
    """Launch a model that may be anything, with sanitizers and without."""
    path = folder / "net.tflite"
    path.write_bytes(data)
    job = encode_job(native_job(path, profile_runs=1, control_runs=1))
    check_end(run_native(job, ["timeout", "60", str(built("linux-native"))], folder))
    ran = run_native(job, sanitized_command(), folder)
    if ran.exit_code != REPORTED or not is_about_the_engine(ran.stderr):
        check_end(ran)


def test_a_good_launch_with_everything_in_it(tmp_path: Path) -> None:
    variant = tmp_path / "net.tflite"
    variant.write_bytes(added(shape=(1, 2, 2, 3)))
    np.save(tmp_path / "x.npy", PICTURES)
    job = native_job(
        variant, raw_file=tmp_path / "raw", control_runs=3, profile_runs=3,
        eval_job=eval_of(tmp_path),
    )  # fmt: skip
    assert 0 == run_sanitized(encode_job(job), tmp_path).exit_code
