"""What `benchmark_model --help` prints, in either generation of the tool."""

_TYPES = {
    "graph": "string", "num_threads": "int32", "num_runs": "int32", "min_secs": "float",
    "max_secs": "float", "warmup_runs": "int32", "warmup_min_secs": "float",
    "run_frequency": "float", "enable_op_profiling": "bool", "use_xnnpack": "bool",
    "use_gpu": "bool",
}  # fmt: skip


def _usage(flags: dict[str, str]) -> str:
    lines = "".join(f"\t--{name}=\t{kind}\toptional\tsays more\n" for name, kind in flags.items())
    return f"ERROR: usage: ./benchmark_model <flags>\nFlags:\n{lines}ERROR: Benchmarking failed.\n"


CLASSIC_HELP = _usage({**_TYPES, "use_nnapi": "bool"})
LITERT_HELP = _usage(
    {**_TYPES, "use_npu": "bool", "use_profiler": "bool", "dispatch_library_path": "string"}
)
