"""Logs in the formats of benchmark_model, with numbers of our own."""

from collections.abc import Callable, Sequence
from typing import Final

PARAMETERS: Final = """\
STARTING!
Log parameter values verbosely: [0]
Min num runs: [20]
Num threads: [2]
Graph: [/data/local/tmp/leaf.tflite]
#threads used for CPU inference: [2]
"""
STATS: Final = "first=9210 curr=8120 min=8005 max=9210 avg=8241.5 std=211"
SUMMARY: Final = (
    "Inference timings in us: Init: 4210, First inference: 15400, "
    "Warmup (avg): 9120.25, Inference (avg): 8241.5\n"
)


def phases(stats: str = STATS, ending: str = "") -> str:
    return (
        "The input model file size (MB): 3.5\n"
        "Initialized session in 4.21ms.\n"
        "Running benchmark for at least 1 iterations and at least 0.5 seconds but terminate if "
        "exceeding 150 seconds.\n"
        "count=55 first=15400 curr=8900 min=8800 max=15400 avg=9120.25 std=870" + ending + "\n\n"
        "Running benchmark for at least 20 iterations and at least 1 seconds but terminate if "
        "exceeding 150 seconds.\n"
        f"count=121 {stats}{ending}\n\n"
    )


def classic(delegates: str = "", flags: str = "", tail: str = "") -> str:
    """A whole run of the years before levels were printed."""
    return (
        PARAMETERS
        + flags
        + "Loaded model /data/local/tmp/leaf.tflite\n"
        + delegates
        + phases()
        + SUMMARY
        + "Note: the following is only APPROXIMATE. Take it at your discretion.\n"
        + "Peak memory footprint (MB): init=1.5 overall=12.25\n"
        + tail
    )


def recent(delegates: str = "", flags: str = "") -> str:
    """A whole run with levels, percentiles and growth of memory."""
    body = (
        PARAMETERS
        + flags
        + "Loaded model /data/local/tmp/leaf.tflite\n"
        + delegates
        + phases(ending=" p5=8010 median=8199 p95=9002")
        + SUMMARY
        + "Memory footprint delta from the start of the tool (MB): init=2.5 overall=10\n"
        + "Overall peak memory footprint (MB) via periodic monitoring: 31.5\n"
    )
    return with_prefix("INFO: ", body)


XNNPACK_37_OF_40: Final = (
    "Created TensorFlow Lite XNNPACK delegate for CPU.\n"
    "Replacing 37 out of 40 node(s) with delegate (TfLiteXNNPackDelegate) node, yielding 7 "
    "partitions for subgraph 0.\n"
)
GPU_THEN_XNNPACK: Final = (
    "Created TensorFlow Lite delegate for GPU.\n"
    "GPU delegate created.\n"
    "Following operations are not supported by GPU delegate:\n"
    "GATHER: Operation is not supported.\n"
    "TOPK_V2: Operation is not supported.\n"
    "30 operations will run on the GPU, and the remaining 10 operations will run on the CPU.\n"
    "Replacing 30 out of 40 node(s) with delegate (TfLiteGpuDelegateV2) node, yielding 5 "
    "partitions for subgraph 0.\n"
    "Created 2 GPU delegate kernels.\n"
    "Explicitly applied GPU delegate, and the model graph will be partially executed by the "
    "delegate w/ 2 delegate kernels.\n"
    "Replacing 8 out of 12 node(s) with delegate (TfLiteXNNPackDelegate) node, yielding 4 "
    "partitions for subgraph 0.\n"
)

LITERT: Final = """\
INFO: [benchmark_litert_model.cc:150] Loading model from: /data/local/tmp/leaf.tflite
INFO: Initialized session in 40.5ms.
INFO: Running benchmark for at least 1 iterations and at least 0.5 seconds but terminate if exceeding 150 seconds.
INFO: count=9 first=7100 curr=6000 min=5900 max=7100 avg=6100 std=300 p5=5900 median=6000 p95=7100

INFO: Running benchmark for at least 50 iterations and at least 1 seconds but terminate if exceeding 150 seconds.
INFO: count=170 first=6010 curr=5900 min=5800 max=6400 avg=5905.5 std=90 p5=5810 median=5890 p95=6100

INFO: [benchmark_litert_model.h:53] 
========== BENCHMARK RESULTS ==========
INFO: [benchmark_litert_model.h:54] Model initialization: 40.50 ms
INFO: [benchmark_litert_model.h:55] Warmup (first):       7.10 ms
INFO: [benchmark_litert_model.h:57] Warmup (avg):         6.10 ms (9 runs)
INFO: [benchmark_litert_model.h:59] Inference (avg):      5.91 ms (170 runs)
INFO: [benchmark_litert_model.h:63] Inference (min):      5.80 ms
INFO: [benchmark_litert_model.h:65] Inference (max):      6.40 ms
INFO: [benchmark_litert_model.h:67] Inference (std):      0.09
INFO: [benchmark_litert_model.h:75] Throughput:           98.20 MB/s
INFO: [benchmark_litert_model.h:84] 
Memory Usage:
INFO: [benchmark_litert_model.h:85] Init footprint:       8.00 MB
INFO: [benchmark_litert_model.h:87] Overall footprint:    16.50 MB
INFO: [benchmark_litert_model.h:98] Peak memory usage not available. (peak_mem_mb <= 0)
INFO: [benchmark_litert_model.h:100] ======================================

"""  # noqa: E501, W291 (as the tool prints it)
LITERT_PYTHON: Final = """\
========================================
 BENCHMARK RESULTS
========================================
Model initialization:  12.50 ms
Warmup (first):        3.20 ms
Warmup (avg):          2.40 ms (5 runs)
Inference (avg):       2.10 ms (50 runs)
Inference (min):       2.00 ms
Inference (max):       2.90 ms
Inference (median):    2.08 ms
Inference (std):       0.12 ms
Inference (p5):        2.01 ms
Inference (p95):       2.40 ms
Throughput:            71.70 MB/s
Fully accelerated:     True
========================================
"""
OLD: Final = """\
Loaded model /data/local/tmp/leaf.tflite
resolved reporter
Initialized session in 4.21ms
Running benchmark for at least 1 iterations and at least 0.5 seconds
count=55 first=15400 curr=8900 min=8800 max=15400 avg=9120.25 std=870

Running benchmark for at least 20 iterations and at least 1 seconds
count=121 first=9210 curr=8120 min=8005 max=9210 avg=8241.5 std=211

Average inference timings in us: Warmup: 9120.25, Init: 4210, no stats: 8241.5
"""
ONLY_THE_END: Final = f"count=121 {STATS}\n{SUMMARY}"
NNAPI_FAILED: Final = (
    PARAMETERS
    + "Use NNAPI: [1]\n"
    + "NNAPI accelerator name: [maker-dsp]\n"
    + "Loaded model /data/local/tmp/leaf.tflite\n"
    + "INFO: Created TensorFlow Lite delegate for NNAPI.\n"
    + "NNAPI delegate created.\n"
    + "ERROR: NN API returned error ANEURALNETWORKS_BAD_STATE at line 12 while adding operation.\n"
    + "ERROR: Restored original execution plan after delegate application failure.\n"
    + "Failed to apply NNAPI delegate.\n"
    + "Benchmarking failed.\n"
)
OPS: Final = (
    ("CONV_2D", 2.5, "[a/Conv2D, a/bias, b]:0"),
    ("CONV_2D", 1.5, "[c/Conv2D]:1"),
    ("TfLiteXNNPackDelegate", 5.75, "[Identity, Identity_1]:7"),
    ("SOFTMAX", 0.25, "[probs]:3"),
)
TYPES: Final = (("TfLiteXNNPackDelegate", 1, 5.75), ("CONV_2D", 2, 4.0), ("SOFTMAX", 1, 0.25))


def _tabbed(cells: Sequence[object]) -> str:
    return "\t" + "\t".join(f"{cell!s:>10}" for cell in cells)


def _comma(cells: Sequence[object]) -> str:
    return ", ".join(map(str, cells))


def profile(*, is_csv: bool = False, has_start: bool = True) -> str:
    """An op profile of 10 ms, in one of the tool's two settings and generations."""
    row = _comma if is_csv else _tabbed
    start = ["start"] if has_start else []
    avg = "avg_ms" if is_csv else "avg ms"
    columns = ["node type", *start, "first", avg, "%", "cdf%", "mem KB", "times called", "name"]
    summary = ["node type", "count", avg, "avg %", "cdf %", "mem KB", "times called"]
    heads = [columns, summary] if is_csv else [[f"[{c}]" for c in h] for h in (columns, summary)]
    ops = [
        row([kind, *([0.125] if has_start else []), ms, ms, f"{ms * 10}%", "0%", 0.0, 1, name])
        for kind, ms, name in OPS
    ]
    types = [row([kind, n, ms, f"{ms * 10}%", "0%", 0.0, n]) for kind, n, ms in TYPES]
    rule = "=" * 30
    return "\n".join([
        "Operator-wise Profiling Info for Regular Benchmark Runs:",
        f"{rule} Run Order {rule}",
        row(heads[0]),
        *ops,
        "",
        f"{rule} Top by Computation Time {rule}",
        row(heads[0]),
        *ops[:2],
        "",
        f"Number of nodes executed: {len(OPS)}",
        f"{rule} Summary by node type {rule}",
        row(heads[1]),
        *types,
        "",
        "Timings (microseconds): count=20 first=10100 curr=9 min=9 max=10400 avg=10000 std=99",
        "Memory (bytes): count=0",
        f"{len(OPS)} nodes observed",
        "",
        "",
    ])  # fmt: skip


def with_prefix(prefix: str, log: str) -> str:
    return "".join(f"{prefix}{line}\n" if line else "\n" for line in log.split("\n")[:-1])


LOGCAT: Final = "03-09 11:05:07.123  4321  4321 I tflite  : "
CARRIERS: Final[dict[str, Callable[[str], str]]] = {
    "plain": lambda log: log,
    "levels": lambda log: with_prefix("INFO: ", log),
    "logcat": lambda log: with_prefix(LOGCAT, log),
    "logcat brief": lambda log: with_prefix("I/tflite  ( 4321): ", log),
    "NSLog": lambda log: with_prefix("2024-02-03 04:05:06.789+0100 Bench[12:3456] ", log),
    "quoted": lambda log: with_prefix("> ", log),
    "quoted logcat": lambda log: with_prefix("> " + LOGCAT, log),
    "indented": lambda log: with_prefix("   INFO: ", log),
    "Windows": lambda log: log.replace("\n", "\r\n"),
    "printed twice": lambda log: "".join(f"{x}\nINFO: {x}\n" for x in log.split("\n")[:-1]),
}
GOOD: Final = {
    "classic": classic(),
    "classic with profile": classic(XNNPACK_37_OF_40, tail=profile()),
    "recent": recent(XNNPACK_37_OF_40),
    "recent gpu": recent(GPU_THEN_XNNPACK, "Use gpu: [1]\n"),
    "LiteRT": LITERT,
    "LiteRT in Python": LITERT_PYTHON,
    "2019": OLD,
    "only the end": ONLY_THE_END,
    "scientific": classic().replace("8241.5", "8.2415e+06"),
    "two runs": classic() + recent(XNNPACK_37_OF_40),
    "failed": NNAPI_FAILED,
    "CSV": classic(tail=profile(is_csv=True, has_start=False)),
}
