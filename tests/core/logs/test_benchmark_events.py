"""Runs of benchmark_model in the words of the runner protocol."""

import pytest

from labtui.core.logs.benchmark_model import (
    BenchmarkRun,
    LatencyStats,
    OpProfile,
    ProfiledType,
    ProfilePhase,
    RunStatus,
    runner_events,
)
from labtui.core.placement import Coverage, OpTime, Placement
from labtui.core.protocol import Aggregate, End, Loaded, Profile, RunnerError
from labtui.failure import RUNNER_CODES, FailureCode

INFERENCE = LatencyStats(5_000, 50, 9_000, 4_900, 4_000, 8_000, 100, 4_100, 4_950, 7_000)
WARMUP = LatencyStats(6_000, 3)
PLACED = Placement("gpu", stated=Coverage.FULL)
TYPES = (ProfiledType("CONV_2D", 3, 4_000, 0.8), ProfiledType("TfLiteGpuDelegateV2", 1, 1_000, 0.2))
PROFILED = OpProfile(ProfilePhase.INFERENCE, "", (), TYPES, LatencyStats(5_100, 25))
WHOLE = BenchmarkRun(
    RunStatus.OK,
    init_ns=11,
    first_inference_ns=22,
    warmup=WARMUP,
    inference=INFERENCE,
    placement=PLACED,
    profiles=(PROFILED,),
)


def test_a_whole_run_says_everything_in_order() -> None:
    assert runner_events(WHOLE, t_ns=77) == [
        Loaded(77, 11, 22),
        PLACED,
        Aggregate(50, 5_000, 100, 4_000, 8_000, 4_100, 4_950, 7_000, 9_000, 3, 6_000),
        Profile(
            25,
            (
                OpTime("CONV_2D", "cpu", "", 3, 4_000),
                OpTime("TfLiteGpuDelegateV2", "gpu", "GPU", 1, 1_000),
            ),
        ),
        End(77, 0, 0, is_stopped=False),
    ]


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        (BenchmarkRun(RunStatus.OK), [End(0, 0, 0, is_stopped=False)]),
        (BenchmarkRun(RunStatus.INCOMPLETE, "cut", init_ns=5), []),
        (
            BenchmarkRun(RunStatus.INCOMPLETE, "cut", inference=LatencyStats(7)),
            [Aggregate(0, 7)],
        ),
        (
            BenchmarkRun(RunStatus.FAILED, "Run failed", placement=PLACED),
            [PLACED, RunnerError(FailureCode.RUN_FAILED, "Run failed")],
        ),
    ],
)
def test_what_is_not_known_is_not_said(run: BenchmarkRun, expected: list[object]) -> None:
    assert expected == runner_events(run)


@pytest.mark.parametrize(
    ("profile", "runs"),
    [
        (OpProfile(ProfilePhase.INITIALIZATION, "", (), TYPES), None),
        (OpProfile(ProfilePhase.INFERENCE, "delegate", (), TYPES), None),
        (OpProfile(ProfilePhase.INFERENCE, "", (), TYPES), 0),
    ],
)
def test_only_whole_inferences_are_a_profile(profile: OpProfile, runs: int | None) -> None:
    events = runner_events(BenchmarkRun(RunStatus.OK, profiles=(profile,)))
    assert ([] if runs is None else [runs]) == [e.runs for e in events if isinstance(e, Profile)]


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        ("NN API returned error ANEURALNETWORKS_OP_FAILED at line 4113", FailureCode.RUN_FAILED),
        ("NN API error; the NNAPI delegate was not applied", FailureCode.ACCELERATOR_MISSING),
        ("Disallowed CPU fallback detected", FailureCode.ACCELERATOR_MISSING),
        ("Node number 57 (BATCH_MATMUL) failed to prepare", FailureCode.MODEL_REFUSED),
        ("Failed to allocate tensors!", FailureCode.MODEL_REFUSED),
        ("Failed to load model /data/x.tflite", FailureCode.MODEL_MISSING),
        ('library "libc++_shared.so" not found', FailureCode.ENGINE_MISSING),
        ("cannot locate symbol AHardwareBuffer_isSupported", FailureCode.ENGINE_TOO_OLD),
        ("./benchmark_model: not executable: 64-bit ELF file", FailureCode.ENGINE_WRONG_ABI),
        ("clEnqueueNDRangeKernel: Out of memory", FailureCode.OUT_OF_MEMORY),
        ("Segmentation fault", FailureCode.RUN_FAILED),
    ],
)
def test_causes_have_names_that_a_runner_may_say(cause: str, code: FailureCode) -> None:
    (event,) = runner_events(BenchmarkRun(RunStatus.FAILED, cause))
    assert RunnerError(code, cause) == event
    assert code in RUNNER_CODES
