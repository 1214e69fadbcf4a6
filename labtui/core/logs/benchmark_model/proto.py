"""The file of --result_file_path: a `tflite.tools.benchmark.BenchmarkResult` message.

Field numbers are those of `benchmark_result.proto`; unknown fields are skipped.
"""

from collections.abc import Mapping

from labtui.core.logs.benchmark_model.numbers import MEBIBYTE, MEGABYTE, scaled
from labtui.core.logs.benchmark_model.runs import (
    BenchmarkRun,
    LatencyStats,
    MemoryKind,
    MemoryUse,
    RunStatus,
)
from labtui.core.logs.protobuf import BadWire, Value, as_float, as_int, read_fields

MAX_BYTES = 65_536
"""The message has 20 numbers and a name."""

_LATENCY, _MEMORY, _MISC = 2, 3, 4
_AVG, _MIN, _MAX, _STD, _MEDIAN, _P5, _P95, _INIT, _FIRST, _WARMUP = range(1, 11)
_INIT_KB, _OVERALL_KB, _PEAK_MB = range(1, 4)
_MODEL_MB, _RUNS, _WARMUP_RUNS = range(1, 4)
_NS_PER_MS = 1_000_000
_CUT = "The result file ends within a field or is damaged: pull it again."
_NO_LATENCY = "The result file holds no latency."


def parse_result_proto(data: bytes) -> BenchmarkRun:
    """Read the file; what a cut or damaged file still holds whole is kept, as incomplete."""
    groups: dict[int, dict[int, Value]] = {}
    cause = ""
    try:
        if len(data) > MAX_BYTES:
            raise BadWire(f"more than {MAX_BYTES} bytes")  # noqa: TRY301 (one place says so)
        for number, value in read_fields(data):
            if number in (_LATENCY, _MEMORY, _MISC) and isinstance(value, bytes):
                groups[number] = dict(read_fields(value))
    except BadWire:
        cause = _CUT
    return _run(groups, cause)


def _run(groups: Mapping[int, Mapping[int, Value]], cause: str) -> BenchmarkRun:
    latency, misc = groups.get(_LATENCY, {}), groups.get(_MISC, {})
    inference = _inference(latency, _count(misc, _RUNS))
    cause = cause or ("" if inference else _NO_LATENCY)
    return BenchmarkRun(
        RunStatus.INCOMPLETE if cause else RunStatus.OK,
        cause,
        model_bytes=_scaled(misc, _MODEL_MB, MEGABYTE),
        init_ns=_scaled(latency, _INIT, _NS_PER_MS),
        first_inference_ns=_scaled(latency, _FIRST, _NS_PER_MS) or None,
        warmup=_warmup(latency, _count(misc, _WARMUP_RUNS)),
        inference=inference,
        memory=_memory(groups.get(_MEMORY, {})),
    )


def _inference(latency: Mapping[int, Value], count: int | None) -> LatencyStats | None:
    mean_ns = _scaled(latency, _AVG, _NS_PER_MS)
    if not mean_ns or count == 0:
        return None
    return LatencyStats(
        mean_ns=mean_ns,
        count=count,
        min_ns=_scaled(latency, _MIN, _NS_PER_MS),
        max_ns=_scaled(latency, _MAX, _NS_PER_MS),
        std_ns=_scaled(latency, _STD, _NS_PER_MS),
        p5_ns=_scaled(latency, _P5, _NS_PER_MS),
        median_ns=_scaled(latency, _MEDIAN, _NS_PER_MS),
        p95_ns=_scaled(latency, _P95, _NS_PER_MS),
    )


def _warmup(latency: Mapping[int, Value], count: int | None) -> LatencyStats | None:
    mean_ns = _scaled(latency, _WARMUP, _NS_PER_MS)
    if not mean_ns or count == 0:
        return None
    return LatencyStats(mean_ns, count, first_ns=_scaled(latency, _FIRST, _NS_PER_MS))


def _memory(memory: Mapping[int, Value]) -> MemoryUse | None:
    init_kb, overall_kb = _count(memory, _INIT_KB), _count(memory, _OVERALL_KB)
    peak_bytes = _scaled(memory, _PEAK_MB, MEBIBYTE)
    if init_kb is None and overall_kb is None and peak_bytes is None:
        return None
    return MemoryUse(
        MemoryKind.DELTA,
        None if init_kb is None else init_kb * 1024,
        None if overall_kb is None else overall_kb * 1024,
        peak_bytes,
    )


def _scaled(fields: Mapping[int, Value], number: int, unit: int) -> int | None:
    value = as_float(fields[number]) if number in fields else None
    return scaled(value, unit)


def _count(fields: Mapping[int, Value], number: int) -> int | None:
    value = as_int(fields[number]) if number in fields else None
    return value if value is not None and 0 <= value < 1 << 50 else None
