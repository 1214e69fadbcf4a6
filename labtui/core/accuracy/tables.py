"""Where a variant is wrong: by class, and where it is sure of itself."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from labtui.core.accuracy.intervals import Interval, wilson
from labtui.core.accuracy.predictions import Predictions


@dataclass(frozen=True, slots=True)
class ClassRow:
    """The items of one class."""

    label: int
    items: int
    right: int

    @property
    def interval(self) -> Interval:
        """Wilson interval of the share that was right."""
        return wilson(self.right, self.items)


@dataclass(frozen=True, slots=True)
class Mistake:
    """An item that was taken for something else."""

    item: int
    label: int
    predicted: int
    confidence: float
    label_rank: int


def per_class(labels: Sequence[int], predictions: Predictions) -> tuple[ClassRow, ...]:
    """Return a row for each class that has items, in order of the class numbers.

    `labels` are those of the eval set; predictions may cover only the first of them.
    """
    scored = labels[: len(predictions)]
    items = Counter(scored)
    right = Counter(label for i, label in enumerate(scored) if predictions.is_right(i))
    return tuple(ClassRow(label, items[label], right[label]) for label in sorted(items))


def confidently_wrong(
    labels: Sequence[int], predictions: Predictions, limit: int = 20
) -> tuple[Mistake, ...]:
    """Return the wrong items of the highest confidence, most confident first."""
    wrong = (i for i in range(len(predictions)) if not predictions.is_right(i))
    ordered = sorted(wrong, key=lambda i: (-predictions.confidence[i], i))
    return tuple(
        Mistake(
            item=i,
            label=labels[i],
            predicted=predictions.predicted[i],
            confidence=predictions.confidence[i],
            label_rank=predictions.label_rank[i],
        )
        for i in ordered[:limit]
    )
