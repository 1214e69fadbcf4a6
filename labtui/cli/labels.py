"""The labels of an eval set that was scored on before."""

from hashlib import sha256
from pathlib import Path

from labtui.cli.files import read_file
from labtui.core.evalset import LABELS, EvalSet
from labtui.core.text import clean
from labtui.errors import UsageError


def read_labels(eval_set: EvalSet) -> tuple[int, ...]:
    """Return the labels. Raises UsageError when the set is gone, or is another one by now."""
    from labtui.adapters.scoring.folder import EvalFolder  # noqa: PLC0415 (heavy)

    path = Path(eval_set.folder, LABELS)
    data = read_file(path, eval_set.labels.size_bytes)
    if sha256(data).hexdigest() != eval_set.labels.sha256:
        where = clean(str(path), 400)
        raise UsageError(f"{where} has changed since it was scored on: put the old file back.")
    return tuple(EvalFolder(eval_set).labels().tolist())
