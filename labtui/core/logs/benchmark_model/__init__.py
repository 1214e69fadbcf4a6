"""Output of `benchmark_model`, the engine's own benchmark tool: aggregates, never samples."""

from labtui.core.logs.benchmark_model.events import HELLO_OF_A_LOG, runner_events
from labtui.core.logs.benchmark_model.parse import parse_benchmark_model
from labtui.core.logs.benchmark_model.placing import op_times
from labtui.core.logs.benchmark_model.proto import parse_result_proto
from labtui.core.logs.benchmark_model.runs import (
    BenchmarkLog,
    BenchmarkRun,
    Delegation,
    LatencyStats,
    MemoryKind,
    MemoryUse,
    OpProfile,
    ProfiledOp,
    ProfiledType,
    ProfilePhase,
    RunStatus,
)

__all__ = [
    "HELLO_OF_A_LOG",
    "BenchmarkLog",
    "BenchmarkRun",
    "Delegation",
    "LatencyStats",
    "MemoryKind",
    "MemoryUse",
    "OpProfile",
    "ProfilePhase",
    "ProfiledOp",
    "ProfiledType",
    "RunStatus",
    "op_times",
    "parse_benchmark_model",
    "parse_result_proto",
    "runner_events",
]
