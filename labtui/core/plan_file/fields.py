"""What may stand in a plan file: one table of tables, keys, and what their values must be."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from labtui.core.accelerators import ACCELERATORS
from labtui.core.presets import PRESETS, Order
from labtui.core.protocol.job import (
    MAX_CONTROL_RUNS,
    MAX_PROFILE_RUNS,
    MAX_RATE_HZ,
    MAX_RUNS,
    MAX_SECONDS,
    MIN_RATE_HZ,
)
from labtui.core.readings import ThermalStatus
from labtui.core.stopping import Until

MAX_LAUNCHES = 10_000
MAX_SEED = (1 << 63) - 1
THERMAL_STATUSES = tuple(status.name.lower() for status in ThermalStatus)


@dataclass(frozen=True, slots=True)
class Field:
    """One key: what it takes, in words, and whether a value is that."""

    takes: str
    accepts: Callable[[object], bool]
    is_needed: bool = False


def _whole(low: int, high: int) -> Field:
    def accepts(value: object) -> bool:
        return type(value) is int and low <= value <= high

    return Field(f"a whole number from {low:,} to {high:,}", accepts)


def _real(low: float, high: float) -> Field:
    def accepts(value: object) -> bool:
        return type(value) in (int, float) and _is_within(value, low, high)

    return Field(f"a number from {low:,g} to {high:,g}", accepts)


def _is_within(value: object, low: float, high: float) -> bool:
    return isinstance(value, int | float) and math.isfinite(value) and low <= value <= high


def _one_of(words: tuple[str, ...]) -> Field:
    return Field(f"one of {', '.join(words)}", lambda value: value in words)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_text, value))


_FLAG = Field("true or false", lambda value: isinstance(value, bool))
_TEXT = Field("a text", _is_text)
_TEXTS = Field('a list of texts, e.g. ["pixel*"]', _is_texts)
_PATH = Field("a path", _is_text, is_needed=True)

TABLES: Mapping[str, Mapping[str, Field]] = {
    "plan": {
        "name": _TEXT,
        "preset": _one_of(tuple(PRESETS)),
        "seed": _whole(0, MAX_SEED),
        "tags": _TEXTS,
        "devices": _TEXTS,
        "canary": Field("the word demo, or a path", _is_text),
    },
    "variant": {
        "file": _PATH,
        "accelerator": _one_of(ACCELERATORS),
        "threads": _whole(1, 64),
        "affinity": Field("CPUs as a mask (f0) or a list (4-7)", _is_text),
        "xnnpack": _FLAG,
    },
    "warmup": {
        "min_runs": _whole(1, MAX_RUNS),
        "max_runs": _whole(1, MAX_RUNS),
        "min_s": _real(0, MAX_SECONDS),
        "max_s": _real(0, MAX_SECONDS),
        "tolerance": _real(0, 1),
    },
    "protocol": {
        "runs": _whole(1, MAX_RUNS),
        "seconds": _real(0.001, MAX_SECONDS),
        "launches": _whole(1, MAX_LAUNCHES),
        "order": _one_of(tuple(Order)),
        "rate_hz": _real(MIN_RATE_HZ, MAX_RATE_HZ),
        "control_runs": _whole(0, MAX_CONTROL_RUNS),
        "profile_runs": _whole(0, MAX_PROFILE_RUNS),
    },
    "gates": {
        "band_c": _real(0.1, 100),
        "max_status": _one_of(THERMAL_STATUSES),
        "min_battery_percent": _whole(0, 100),
        "keeps_power": _FLAG,
        "wait_s": _real(0, MAX_SECONDS),
    },
    "stop": {
        "until": _one_of(tuple(Until)),
        "margin": _real(0.001, 0.5),
        "max_minutes": _real(0.1, 24 * 60),
    },
    "eval": {"set": _PATH, "items": _whole(1, 10_000_000)},
}
LISTED = frozenset({"variant"})
"""Tables that come as `[[name]]`, any number of times."""
EXCLUSIVE = (("protocol", "runs", "seconds"),)
"""Keys of a table of which at most one may be given."""
ORDERED = (("warmup", "min_runs", "max_runs"), ("warmup", "min_s", "max_s"))
"""Keys of a table of which the second may not be less than the first."""
