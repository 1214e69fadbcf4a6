"""Launches and results of made-up sessions."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from labtui.core.compare.evidence import Evidence, evidence_of
from labtui.core.events import Outcome
from labtui.core.history import LaunchRow, ResultRow
from labtui.core.model import DeviceId, Digest, LaunchUid, SessionUid
from labtui.core.stats import LaunchSummary
from tests.core.result_rows import result

MS = 1e6
NAMES = {"A": "fp32", "B": "int8", "C": "fp16", "D": "int4"}
ABBA = "ABBABAAB" * 4
"""16 launches of each of two variants."""
SESSION = SessionUid("S1")
PHONE = DeviceId("android:1")


def summary(p50_ns: float, p90_ns: float | None = None, mean_ns: float | None = None) -> Any:
    p90_ns, mean_ns = p90_ns or 1.5 * p50_ns, mean_ns or p50_ns
    return LaunchSummary(100, mean_ns, 1.0, 1, p50_ns, p90_ns, 2.0 * p50_ns, 3)


def launch(letter: str, index: int, p50_ns: float | None, **others: Any) -> LaunchRow:
    """Return one launch of the variant called A, B, C or D; without a duration it failed."""
    session = others.get("session", SESSION)
    row: dict[str, Any] = {
        "launch": LaunchUid(f"{session}-{index:04}"),
        "session": session,
        "device": PHONE,
        "device_name": "Pixel 7 Pro",
        "soc": "Tensor G2",
        "os_version": "Android 14",
        "build": "UP1A",
        "is_virtual": False,
        "model": "net",
        "recipe": NAMES[letter],
        "digest": Digest(letter * 64),
        "block": index // 4,
        "index": index,
        "started_us": index,
        "ended_us": index + 1,
        "outcome": Outcome.FAILED if p50_ns is None else Outcome.DONE,
        "cause": "",
        "engine": "LiteRT 2.3.0",
        "runner": "labtui-runner 0.1.0",
        "accelerator_asked": "cpu",
        "placement": "cpu 12",
        "threads": 1,
        "init_ns": None,
        "first_ns": None,
        "warmup_count": 0,
        "summary": None if p50_ns is None else summary(p50_ns),
        "start_temp_c": 30.0,
        "end_temp_c": 31.0,
        "was_throttled": False,
        "variant_position": list(NAMES).index(letter),
    }
    return LaunchRow(**row | others)


def launches(
    order: str, times_ms: Mapping[str, float], wobble: float = 0.004, **others: Any
) -> list[LaunchRow]:
    """Return launches in an order such as ABBA; each differs from its time by a known bit."""
    return [
        launch(letter, index, times_ms[letter] * MS * (1 + wobble * _wobble(index)), **others)
        for index, letter in enumerate(order)
    ]


def _wobble(index: int) -> float:
    """Return something between -1 and 1 that looks like noise and is always the same."""
    return (index * 7919 % 101) / 50 - 1


def results_of(rows: Sequence[LaunchRow], **others: Any) -> list[ResultRow]:
    """Return the result row of each variant, device and session of these launches."""
    firsts = {(row.session, row.device, row.variant_position): row for row in reversed(rows)}
    return [_result(row, **others) for row in sorted(firsts.values(), key=lambda r: r.launch)]


def _result(row: LaunchRow, **others: Any) -> ResultRow:
    own: dict[str, Any] = {
        "session": row.session,
        "device": row.device,
        "device_name": row.device_name,
        "model": row.model,
        "recipe": row.recipe,
        "digest": row.digest,
        "accelerator_asked": row.accelerator_asked,
        "threads": row.threads,
        "variant_position": row.variant_position,
        "placement": row.placement,
        "coverage": row.coverage,
        "is_virtual": row.is_virtual,
    }
    return replace(result(), **own | others)


def evidence(rows: Sequence[LaunchRow], **others: Any) -> tuple[Evidence, ...]:
    """Return the variants of the one device in these launches."""
    (peers,) = evidence_of(rows, results_of(rows, **others))
    return peers
