"""Eval sets that are only a manifest."""

from labtui.core.evalset import EvalFile, EvalSet, GoldenItems, Task
from labtui.core.model import Digest
from labtui.core.protocol import Layout

GOLDEN_ITEMS = (1, 3)


def eval_set(*models: str, count: int = 10, name: str = "e") -> EvalSet:
    """Return a set with reference outputs of the models, if any; its files are nowhere."""
    file = EvalFile(100, Digest(name * 64))
    return EvalSet(
        name=name,
        task=Task.CLASSIFICATION,
        count=count,
        classes=4,
        shape=(2, 2),
        dtype="uint8",
        layout=Layout.NCHW,
        normalise=None,
        label_names=(),
        golden=GoldenItems(models, GOLDEN_ITEMS) if models else None,
        source="",
        licence="",
        inputs=file,
        labels=file,
        references=file if models else None,
        folder=f"/sets/{name}",
    )
