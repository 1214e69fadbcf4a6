"""Levels of exports and their columns: stable, with units in their names (db/SCHEMA.md)."""

from enum import StrEnum

Cell = str | int | float | bool | None


class Level(StrEnum):
    """What one row of an export stands for."""

    RESULTS = "results"
    """One variant on one device in one session."""
    LAUNCHES = "launches"
    SAMPLES = "samples"
    READINGS = "readings"
    PLACEMENTS = "placements"
    """One op of a launch's profiling pass."""
    ACCURACY = "accuracy"
    """One launch whose outputs were scored."""
    PREDICTIONS = "predictions"
    """One item of an eval set."""
    SWEEPS = "sweeps"
    """Two results that are neighbours in input size or batch."""
    TIERS = "tiers"
    """What to take of one size of model on one class of devices."""


SESSION_LEVELS = tuple(level for level in Level if level is not Level.TIERS)
"""Levels that say something about one session and need to be told nothing else."""

LAUNCH = (
    "session", "launch", "device", "device_name", "soc", "os_version", "build", "virtual", "model",
    "recipe", "digest", "engine", "runner", "accelerator_asked", "accelerator_used", "threads",
)  # fmt: skip
OF_LAUNCH = (
    "session", "launch", "device", "device_name", "os_version", "build", "virtual", "model",
    "recipe", "engine", "accelerator_asked", "threads",
)  # fmt: skip
SUMMARY = (
    "count", "mean_ns", "sd_ns", "min_ns", "p50_ns", "p90_ns", "p99_ns", "max_ns",
)  # fmt: skip
AGGREGATE = (
    "aggregate_runs", "aggregate_mean_ns", "aggregate_sd_ns", "aggregate_min_ns",
    "aggregate_max_ns", "aggregate_p5_ns", "aggregate_p50_ns", "aggregate_p95_ns",
)  # fmt: skip
_EVAL = ("purpose", "eval_set", "eval_set_digest")
_POINT = ("model", "batch", "height", "width", "p50_ns", "ns_per_item", "ns_per_pixel")

COLUMNS: dict[Level, tuple[str, ...]] = {
    Level.RESULTS: (
        "session", "device", "device_name", "soc", "os_version", "build", "virtual", "model",
        "recipe", "digest", "size_bytes", "engine", "accelerator_asked", "threads", "launches",
        "failed", "samples", "p50_ns", "p90_ns", "mean_ns", "spread_ns", "end_temp_c",
        "was_throttled", "cause", "error_code", "affinity", "xnnpack", "accelerator_used",
        "coverage", "is_aggregate", "aggregate_runs", "control_p50_ns", "alarms", "imported",
        "parameters", "sustained_p90_ns", "numerics", "golden_snr_db", "eval_set", "eval_items",
        "top1_share", "top1_low", "top1_high", "top5_share", "format",
    ),
    Level.LAUNCHES: (
        *LAUNCH, "block", "position", "started_us", "ended_us", "outcome", "cause", "init_ns",
        "first_ns", "warmup_count", *SUMMARY, "start_temp_c", "end_temp_c", "was_throttled",
        "error_code", "affinity", "xnnpack", "coverage", "is_aggregate", *AGGREGATE,
        "control_unit", "control_p50_ns", "alarms", "imported", "tail_p90_ns",
    ),
    Level.SAMPLES: (*OF_LAUNCH, "idx", "t_ns", "latency_ns", "is_warmup"),
    Level.READINGS: (
        *OF_LAUNCH, "t_ns", "headline_temp_c", "thermal_status", "battery_percent",
        "battery_temp_c", "clock_limit_ratio",
    ),
    Level.PLACEMENTS: (
        *OF_LAUNCH, "position", "op", "unit", "delegate", "count", "time_ns", "time_share",
    ),
    Level.ACCURACY: (
        *LAUNCH, "affinity", "xnnpack", *_EVAL, "items", "top1", "top1_share", "top1_low",
        "top1_high", "top5", "top5_share", "top5_low", "top5_high", "health", "numerics",
        "golden_items", "golden_snr_db", "golden_agree", "golden_cosine",
    ),
    Level.PREDICTIONS: (
        *OF_LAUNCH, *_EVAL, "item", "predicted", "label_rank", "is_right", "confidence",
    ),
    Level.SWEEPS: (
        "session", "device", "device_name", "virtual", "imported", "family", "recipe",
        "accelerator_asked", "threads", "affinity", "xnnpack", "axis",
        *(f"smaller_{name}" for name in _POINT), *(f"larger_{name}" for name in _POINT),
        "ratio", "is_fall_off", "text",
    ),
    Level.TIERS: (
        "device_class", "virtual", "devices", "tier", "families", "budget_ns", "model", "recipe",
        "format", "digest", "size_bytes", "parameters", "accelerator_asked", "threads", "affinity",
        "xnnpack", "p90_ns", "basis", "eval_set", "eval_items", "top1_share", "top1_low",
        "top1_high", "numerics", "sessions", "reason",
    ),
}  # fmt: skip
