"""Real logs against what a person read in them, key by key."""

from collections.abc import Callable
from typing import Any

import pytest

from labtui.core.logs.benchmark_model import (
    BenchmarkRun,
    LatencyStats,
    MemoryKind,
    ProfilePhase,
    op_times,
    parse_benchmark_model,
)
from labtui.core.logs.label_image import parse_label_image
from tests.core.logs.test_benchmark_cut import check_every_cut

LOGS = (
    "bm_android_mi11_cpu_fp32.txt",
    "bm_android_mi11_nnapi_gpu_fp32.txt",
    "bm_android_mi11_nnapi_dsp_int8_FAIL.txt",
    "bm_android_termux_xnnpack_partial_delegate_3runs.txt",
    "bm_android_cpu_tf42507_EXCERPT.txt",
    "bm_android_gpu_full_delegation_tf43541_EXCERPT.txt",
    "logcat_bm_apk_gpu_partial_tf56301_EXCERPT.txt",
    "bm_android_old_format_2019_yuenshome77_EXCERPT.txt",
    "bm_linux_i350_percentiles_scientific_EXCERPT.txt",
    "bm_ios_iphone_fp32_cpu_tf66025_EXCERPT.txt",
)
PLACEMENTS = {"full": "complete", "partial": "partial", "none": "none"}
REMARKS = {"flag"}
"""What is said of the numbers, not read from the log."""
CAUSES = {
    "ANEURALNETWORKS_BAD_DATA adding operation; delegate not applied": (
        "ANEURALNETWORKS_BAD_DATA",
        "adding operation",
        "delegate was not applied",
    ),
    "BATCH_MATMUL node 57 failed to prepare": ("BATCH_MATMUL", "57", "failed to prepare"),
}
"""The words of a cause that count."""

Sample = Callable[[str], str]
Truth = Callable[[str, str], Any]


def us(duration_ns: int | None) -> float | None:
    return None if duration_ns is None else duration_ns / 1e3


def of_phase(stats: LatencyStats | None, field: str) -> float | None:
    return None if stats is None else us(getattr(stats, f"{field}_ns"))


def mb(kind: MemoryKind, run: BenchmarkRun) -> dict[str, float | None]:
    memory = run.memory
    assert memory is not None
    assert memory.kind is kind
    sizes = {"init": memory.init_bytes, "overall": memory.overall_bytes}
    return {k: None if v is None else v / 1024**2 for k, v in sizes.items()}


def told(run: BenchmarkRun) -> dict[str, Callable[[], Any]]:
    """Return how each key of the truth is read from a run."""
    stats, warmup = run.inference, run.warmup

    def delegation() -> Any:
        return run.delegations[0]

    return {
        "status": lambda: run.status.value,
        "graph": lambda: run.graph.rsplit("/", 1)[-1],
        "threads": lambda: run.threads,
        "n": lambda: stats and stats.count,
        "avg": lambda: of_phase(stats, "mean"),
        "first": lambda: of_phase(stats, "first"),
        "min": lambda: of_phase(stats, "min"),
        "max": lambda: of_phase(stats, "max"),
        "std": lambda: of_phase(stats, "std"),
        "p5": lambda: of_phase(stats, "p5"),
        "median": lambda: of_phase(stats, "median"),
        "p95": lambda: of_phase(stats, "p95"),
        "init": lambda: us(run.init_ns),
        "init_ms": lambda: run.init_ns and run.init_ns / 1e6,
        "first_inference": lambda: us(run.first_inference_ns),
        "warmup_n": lambda: warmup and warmup.count,
        "warmup_avg": lambda: of_phase(warmup, "mean"),
        "mem_peak_mb": lambda: mb(MemoryKind.PEAK, run),
        "mem_delta_mb": lambda: mb(MemoryKind.DELTA, run),
        "model_mb": lambda: run.model_bytes and run.model_bytes / 1e6,
        "profile": lambda: run.profiles or None,
        "delegate": lambda: delegation().delegate,
        "nodes_delegated": lambda: delegation().ops,
        "ops_on_delegate": lambda: delegation().ops,
        "nodes_total": lambda: delegation().total_ops,
        "partitions": lambda: delegation().partitions,
        "gpu_kernels": lambda: delegation().kernels,
        "unsupported": lambda: list(delegation().unsupported),
        "placement": lambda: PLACEMENTS[run.placement.coverage],
    }


def check(run: BenchmarkRun, truth: dict[str, Any]) -> None:
    truth = dict(truth)
    cause = truth.pop("cause", None)
    found = {key: told(run)[key]() for key in truth.keys() - REMARKS}
    for key, value in found.items():
        is_number = isinstance(value, dict | float)
        assert truth[key] == (pytest.approx(value, rel=1e-5) if is_number else value), key
    assert all(word in run.cause for word in CAUSES[cause]) if cause else True


@pytest.mark.parametrize("name", LOGS)
def test_runs(name: str, sample: Sample, expected: Truth) -> None:
    truth = expected("benchmark_model", name)
    runs = parse_benchmark_model(sample(name)).runs
    assert len(truth["runs"]) == len(runs)
    for run, of_run in zip(runs, truth["runs"], strict=True):
        check(run, of_run)


def test_a_placement_without_a_run(sample: Sample, expected: Truth) -> None:
    name = "gpu_delegate_zero_kernels_mobilebert_tf49012_EXCERPT.txt"
    (run,) = parse_benchmark_model(sample(name)).runs
    check(run, expected("benchmark_model", name))


def test_a_profile(sample: Sample, expected: Truth) -> None:
    name = "bm_android_mi11_nnapi_gpu_opprofile.txt"
    truth = expected("benchmark_model", name)
    (run,) = parse_benchmark_model(sample(name)).runs
    initialization, inference = run.profiles
    assert ProfilePhase.INITIALIZATION is initialization.phase
    assert truth["init_profile_nodes"] == len(initialization.ops)
    assert truth["regular_profile_nodes"] == len(inference.ops)
    total = inference.total
    assert total is not None
    ns = (total.first_ns, total.min_ns, total.max_ns, total.mean_ns, total.std_ns)
    keys = ("first", "min", "max", "avg", "std")
    assert truth["regular_total"] == {"n": total.count} | dict(zip(keys, map(us, ns), strict=True))
    types = {
        t.type: [t.count, t.mean_ns / 1e6, pytest.approx(t.share * 100)] for t in inference.types
    }
    assert truth["by_type_ms"] == types
    assert truth["delegate_partitions"] == run.placement.partitions
    assert truth["cpu_op_nodes"] == sum(
        op.count for op in op_times(run.profiles) if op.unit == "cpu"
    )


def test_label_image(sample: Sample, expected: Truth) -> None:
    name = "label_image_m1_coreml_delegate_tf47605.txt"
    truth = expected("benchmark_model", name)
    log = parse_label_image(sample(name))
    assert log is not None
    (delegation,) = log.delegations
    best = log.labels[0]
    assert truth == {
        "delegate": delegation.delegate,
        "nodes_delegated": delegation.ops,
        "nodes_total": delegation.total_ops,
        "partitions": delegation.partitions,
        "avg_ms": log.mean_ns / 1e6,
        "top1": [best.index, best.score],
    }


def test_ops_all_placed_and_yet_failed(sample: Sample) -> None:
    (run,) = parse_benchmark_model(sample("logcat_mi11_nnapi_partition_fail.txt")).runs
    assert ("failed", None) == (run.status.value, run.inference)
    assert "ANEURALNETWORKS_OP_FAILED" in run.cause


def test_every_log_is_checked(expected: Truth) -> None:
    other = {
        "gpu_delegate_zero_kernels_mobilebert_tf49012_EXCERPT.txt",
        "bm_android_mi11_nnapi_gpu_opprofile.txt",
        "label_image_m1_coreml_delegate_tf47605.txt",
    }
    assert other | set(LOGS) == set(expected("benchmark_model", ""))


@pytest.mark.slow
@pytest.mark.parametrize("name", LOGS)
def test_every_cut(name: str, sample: Sample) -> None:
    check_every_cut(sample(name))
