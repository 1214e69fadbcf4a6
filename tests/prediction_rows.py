"""Predictions made to order: what a launch of the history said of each item."""

from typing import Any

from labtui.core.accuracy import Golden, Health, Predictions, Score, Tally
from labtui.core.history import PredictionsRow, ScoreRow
from labtui.core.model import DeviceId, Digest, LaunchUid, SessionUid
from labtui.core.plan import Purpose


def predicted(*classes: int, right: int = 0) -> Predictions:
    """Return predictions of items whose true class is `right`."""
    ranks = tuple(1 if one == right else 2 for one in classes)
    return Predictions(classes, ranks, tuple(0.5 for _ in classes))


def wrong_at(count: int, *items: int) -> Predictions:
    """Return predictions of so many items of class 0 that are right but for some."""
    return predicted(*(1 if item in items else 0 for item in range(count)))


def scored_row(
    recipe: str,
    predictions: Predictions,
    *,
    device: str = "android:1",
    model: str = "net",
    health: Health = Health.OK,
    **others: Any,
) -> PredictionsRow:
    """Return an evaluation; the digest follows from model and recipe."""
    ranks = predictions.label_rank
    tally = Tally(len(ranks), ranks.count(1), len(ranks))
    row: dict[str, Any] = {
        "launch": LaunchUid(f"{device} {model} {recipe}"),
        "session": SessionUid("01S"),
        "device": DeviceId(device),
        "device_name": f"Phone {device[-1]}",
        "soc": "",
        "os_version": "",
        "build": "",
        "is_virtual": False,
        "model": model,
        "recipe": recipe,
        "digest": Digest(f"{model} {recipe}"),
        "engine": "",
        "runner": "",
        "accelerator_asked": "cpu",
        "placement": "",
        "threads": 1,
        "affinity": None,
        "xnnpack": True,
        "purpose": Purpose.EVALUATE,
        "eval_set": "digits",
        "score": Score(Digest("e" * 64), tally, Golden(8, 38.5, 8, 0.9998), health),
    }
    return PredictionsRow(ScoreRow(**row | others), predictions)
