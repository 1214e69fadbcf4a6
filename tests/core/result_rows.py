"""Result rows made to order."""

from typing import Any

from labtui.core.accuracy import Tally
from labtui.core.history import Numerics, ResultRow
from labtui.core.model import DeviceId, Digest, SessionUid

MS = 1_000_000


def result(
    model: str = "net",
    recipe: str = "fp32",
    p90_ms: float | None = 10.0,
    *,
    sustained_ms: float | None = None,
    right: int | None = None,
    of: int = 1_000,
    device: str = "android:1",
    **others: Any,
) -> ResultRow:
    """Return a row of a device that is named after its id; its digest tells variants apart."""
    row: dict[str, Any] = {
        "session": SessionUid("01S"),
        "device": DeviceId(device),
        "device_name": f"Phone {device[-1]}",
        "is_virtual": False,
        "model": model,
        "recipe": recipe,
        "digest": Digest(f"{model} {recipe}"),
        "size_bytes": 1_000,
        "launches": 2,
        "failed": 0,
        "samples": 40,
        "p50_ns": None if p90_ms is None else 0.9 * p90_ms * MS,
        "p90_ns": None if p90_ms is None else p90_ms * MS,
        "mean_ns": None,
        "spread_ns": None,
        "end_temp_c": None,
        "was_throttled": None,
        "cause": "",
        "parameters": 1_000,
        "sustained_p90_ns": None if sustained_ms is None else sustained_ms * MS,
        "numerics": Numerics.OK,
        "tally": None if right is None else Tally(of, right, right),
    }
    return ResultRow(**row | others)
