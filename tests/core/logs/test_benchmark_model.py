"""Whole logs of every generation, however they were carried, give the same numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.core.logs.benchmark_model import (
    BenchmarkRun,
    LatencyStats,
    MemoryKind,
    MemoryUse,
    RunStatus,
    parse_benchmark_model,
)
from labtui.core.placement import Coverage
from tests.core.logs.benchmark_logs import (
    CARRIERS,
    GOOD,
    LITERT,
    LITERT_PYTHON,
    NNAPI_FAILED,
    OLD,
    ONLY_THE_END,
    STATS,
    SUMMARY,
    XNNPACK_37_OF_40,
    classic,
    phases,
    profile,
    recent,
    with_prefix,
)

INFERENCE = LatencyStats(
    mean_ns=8_241_500,
    count=121,
    first_ns=9_210_000,
    last_ns=8_120_000,
    min_ns=8_005_000,
    max_ns=9_210_000,
    std_ns=211_000,
)
MIB = 1024 * 1024


def only_run(log: str) -> BenchmarkRun:
    (run,) = parse_benchmark_model(log).runs
    return run


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_whole_run_reads_alike_from_every_carrier(carrier: str) -> None:
    run = only_run(CARRIERS[carrier](classic(XNNPACK_37_OF_40)))
    assert (RunStatus.OK, "") == (run.status, run.cause)
    assert ("/data/local/tmp/leaf.tflite", 2) == (run.graph, run.threads)
    assert run.inference == INFERENCE
    assert (4_210_000, 15_400_000, 3_500_000) == (
        run.init_ns,
        run.first_inference_ns,
        run.model_bytes,
    )
    assert run.warmup is not None
    assert (55, 9_120_250) == (run.warmup.count, run.warmup.mean_ns)
    assert run.memory == MemoryUse(MemoryKind.PEAK, int(1.5 * MIB), int(12.25 * MIB))
    assert "cpu XNNPACK 37 + cpu 3" == str(run.placement)


@pytest.mark.parametrize("log", [OLD, ONLY_THE_END])
def test_older_and_shorter_logs(log: str) -> None:
    run = only_run(log)
    assert (RunStatus.OK, INFERENCE) == (run.status, run.inference)
    assert (4_210_000, 15_400_000) == (run.init_ns, run.first_inference_ns)
    assert run.warmup is not None
    assert run.warmup.mean_ns == 9_120_250


def test_percentiles_and_growth_of_memory() -> None:
    run = only_run(recent())
    assert run.inference is not None
    assert (8_010_000, 8_199_000, 9_002_000) == (
        run.inference.p5_ns,
        run.inference.median_ns,
        run.inference.p95_ns,
    )
    assert run.memory == MemoryUse(MemoryKind.DELTA, int(2.5 * MIB), 10 * MIB, int(31.5 * MIB))


def test_the_litert_generation_has_finer_numbers_than_its_block() -> None:
    run = only_run(LITERT)
    assert run.inference is not None
    assert (RunStatus.OK, 5_905_500, 170, 5_890_000) == (
        run.status,
        run.inference.mean_ns,
        run.inference.count,
        run.inference.median_ns,
    )
    assert (40_500_000, 7_100_000) == (run.init_ns, run.first_inference_ns)
    assert run.memory == MemoryUse(MemoryKind.DELTA, 8 * MIB, int(16.5 * MIB))
    assert run.graph == "/data/local/tmp/leaf.tflite"


def test_the_block_alone_is_a_run() -> None:
    run = only_run(LITERT_PYTHON)
    assert run.inference == LatencyStats(
        mean_ns=2_100_000,
        count=50,
        min_ns=2_000_000,
        max_ns=2_900_000,
        std_ns=120_000,
        p5_ns=2_010_000,
        median_ns=2_080_000,
        p95_ns=2_400_000,
    )
    assert run.warmup == LatencyStats(2_400_000, 5, first_ns=3_200_000)


@pytest.mark.parametrize(
    ("accelerators", "fully", "asked", "coverage"),
    [
        ("CPU", "True", "cpu", Coverage.FULL),
        ("CPU", "False", "cpu", Coverage.FULL),
        ("CPU | GPU", "True", "gpu", Coverage.FULL),
        ("CPU | GPU", "False", "gpu", Coverage.PARTIAL),
        ("NPU | CPU", "", "npu", Coverage.UNKNOWN),
    ],
)
def test_the_engines_twin_in_python(
    accelerators: str, fully: str, asked: str, coverage: Coverage
) -> None:
    said = {
        "Model": "/models/leaf.tflite",
        "Accelerators": accelerators,
        "Num threads": "2",
        "Fully accelerated": fully,
    }
    lines = "".join(f"{key + ':':19}{value}\n" for key, value in said.items())
    log = with_prefix("2026-01-02 03:04:05 INFO benchmark_litert_model: ", lines)
    run = only_run(log + LITERT_PYTHON.replace("Fully accelerated:     True\n", ""))
    assert ("/models/leaf.tflite", 2) == (run.graph, run.threads)
    assert (asked, coverage) == (run.placement.asked, run.placement.coverage)


def test_runs_of_one_log_are_told_apart() -> None:
    log = "$ ./benchmark_model\n" + classic() + NNAPI_FAILED + ONLY_THE_END + OLD + recent()
    statuses = [run.status.value for run in parse_benchmark_model(log).runs]
    assert ["ok", "failed", "ok", "ok", "ok"] == statuses


def test_a_summary_without_statistics_has_only_means() -> None:
    run = only_run(SUMMARY)
    assert run.inference == LatencyStats(8_241_500)
    assert run.warmup == LatencyStats(9_120_250)


def test_a_failure_is_named_and_has_no_latency() -> None:
    run = only_run(NNAPI_FAILED)
    assert RunStatus.FAILED is run.status
    assert run.cause == (
        "NN API returned error ANEURALNETWORKS_BAD_STATE at line 12 while adding operation; "
        "the NNAPI delegate was not applied"
    )
    assert (None, "npu", Coverage.NONE) == (
        run.inference,
        run.placement.asked,
        run.placement.coverage,
    )


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("ERROR: Node number 5 (CONV_2D) failed to invoke.", "Node number 5 (CONV_2D) failed"),
        ("ERROR: Disallowed CPU fallback detected.", "Disallowed CPU fallback detected"),
        ("Failed to load model /data/local/tmp/leaf.tflite", "Failed to load model"),
        ("Segmentation fault ", "Segmentation fault"),
        (
            'CANNOT LINK EXECUTABLE "./benchmark_model": library "libfoo.so" not found',
            "CANNOT LINK EXECUTABLE",
        ),
        ("ERROR: Benchmarking failed.", "Benchmarking failed"),
    ],
)
def test_latencies_of_failed_invocations_do_not_count(line: str, cause: str) -> None:
    run = only_run(classic() + line + "\n")
    assert RunStatus.FAILED is run.status
    assert run.cause.startswith(cause)
    assert run.inference is None


@pytest.mark.parametrize(
    "line",
    [
        "WARNING: [compiler_plugin.cc:312] Failed to load plugin at: /x.so",
        "INFO: Failed to load model from the cache, reading the file",
        "Failed to load plugin at: /x.so",
    ],
)
def test_what_is_called_a_remark_is_no_failure(line: str) -> None:
    assert only_run(classic() + line + "\n").status is RunStatus.OK


def test_a_dry_run_timed_nothing() -> None:
    summary = (
        "Inference timings in us: Init: 4210, First inference: 0, Warmup (avg): -nan, "
        "Inference (avg): -nan\n"
    )
    log = phases().replace(f"count=121 {STATS}", "count=0") + summary
    run = only_run(log.replace("count=55 first=15400 curr=8900 min=8800", "x"))
    assert RunStatus.INCOMPLETE is run.status
    assert "without timing an inference" in run.cause
    assert (None, None, None) == (run.inference, run.warmup, run.first_inference_ns)


def test_a_log_that_ends_after_a_whole_phase_keeps_it_but_is_incomplete() -> None:
    run = only_run(phases())
    assert (RunStatus.INCOMPLETE, INFERENCE) == (run.status, run.inference)
    assert "ends before the summary" in run.cause


@pytest.mark.parametrize(
    ("stats", "expected"),
    [
        ("count=1 curr=700", (700_000, 1, 700_000, 700_000, 0, None)),
        ("count=3 curr=700(all same)", (700_000, 3, 700_000, 700_000, 0, None)),
        (
            "count=2 curr=700(all same) p5=700 median=700 p95=700",
            (700_000, 2, 700_000, 700_000, 0, 700_000),
        ),
        (
            "count=2 first=1 curr=3 min=1 max=3 avg=2e+00 std=-nan",
            (2_000, 2, 1_000, 3_000, None, None),
        ),
    ],
)
def test_statistics_lines(stats: str, expected: tuple[int | None, ...]) -> None:
    run = only_run(phases().replace(f"count=121 {STATS}", stats))
    found = run.inference
    assert found is not None
    assert expected == (
        found.mean_ns,
        found.count,
        found.min_ns,
        found.max_ns,
        found.std_ns,
        found.median_ns,
    )


@pytest.mark.parametrize(
    "stats", ["count=0", "count=121 first=9210", f"count=121 {STATS} extra", "count=-1 curr=2"]
)
def test_what_is_no_statistics_line_is_no_phase(stats: str) -> None:
    assert only_run(phases().replace(f"count=121 {STATS}", stats)).inference is None


def test_results_of_another_tool_are_no_run() -> None:
    rule = "=" * 30
    log = f"{rule}\n BENCHMARK RESULTS\n{rule}\nTotal errors: 0\nElapsed: 12 ms\n{rule}\n"
    assert () == parse_benchmark_model(log).runs


@pytest.mark.parametrize("text", ["", "\n", "hello", "count=", "INFO: ", "Graph: [x", "\t\t\n"])
def test_other_text_has_no_runs(text: str) -> None:
    assert () == parse_benchmark_model(text).runs


def test_what_the_log_says_is_made_harmless() -> None:
    run = only_run(classic().replace("leaf", "le\x1b[31maf"))
    assert run.graph == "/data/local/tmp/le\ufffd[31maf.tflite"


def test_a_profile_does_not_touch_the_run_it_follows() -> None:
    run = only_run(classic(tail=profile()))
    assert (INFERENCE, MemoryKind.PEAK) == (
        run.inference,
        run.memory.kind if run.memory else None,
    )


@given(st.text(), st.sampled_from(sorted(GOOD)), st.integers(0, 4000))
def test_any_text_is_parsed(text: str, name: str, cut: int) -> None:
    log = GOOD[name]
    parse_benchmark_model(text)
    parse_benchmark_model(log[:cut] + text + log[cut:])
