"""An eval set's folder: opened, and checked against its manifest."""

from collections.abc import Callable
from hashlib import file_digest
from pathlib import Path

import numpy as np

from labtui.adapters.scoring.arrays import Array, NpyHeader, read_array
from labtui.core.evalset import (
    INPUTS,
    LABELS,
    MANIFEST,
    MAX_MANIFEST_BYTES,
    REFERENCES,
    EvalFile,
    EvalSet,
    parse_manifest,
)
from labtui.core.text import clean
from labtui.errors import UsageError
from labtui.hostrunner.npy import BadNpy


def read_eval_set(folder: Path) -> EvalSet:
    """Return what a folder's manifest says; its other files stay closed. Raises UsageError."""
    path = folder / MANIFEST
    try:
        with path.open("rb") as file:
            data = file.read(MAX_MANIFEST_BYTES + 1)
        return parse_manifest(data.decode(), str(folder.absolute()))
    except OSError as error:
        raise UsageError(
            f"{clean(str(folder), 400)} is no eval set: {MANIFEST} cannot be read "
            f"({error.strerror}); `labtui evalset make` makes one."
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{clean(str(path), 400)} is not UTF-8 text.") from error


class EvalFolder:
    """The arrays of an eval set. What they hold is checked when it is asked for."""

    def __init__(self, eval_set: EvalSet) -> None:
        self.eval_set = eval_set
        self._folder = Path(eval_set.folder)

    @classmethod
    def open(cls, folder: Path) -> "EvalFolder":
        """Open a folder and check every file of it, once. Raises UsageError."""
        opened = cls(read_eval_set(folder))
        opened.verify()
        return opened

    @property
    def inputs_path(self) -> Path:
        """The file that is pushed to devices."""
        return self._folder / INPUTS

    def verify(self) -> None:
        """Check sizes, digests, shapes and the range of the labels. Raises UsageError."""
        eval_set = self.eval_set
        files = ((INPUTS, eval_set.inputs), (LABELS, eval_set.labels))
        for name, file in (*files, (REFERENCES, eval_set.references)):
            if file is not None:
                self._check_digest(name, file)
        self.inputs()
        self.labels()
        for model in eval_set.golden.models if eval_set.golden else ():
            self.reference(model)

    def inputs(self) -> Array:
        """Return the inputs, [items, *shape], mapped from their file. Raises UsageError."""
        eval_set = self.eval_set
        shape = (eval_set.count, *eval_set.shape)
        return self._array(
            INPUTS,
            lambda header: header.shape == shape and header.dtype.name == eval_set.dtype,
            f"{eval_set.dtype} {_shape_text(shape)}",
        )

    def labels(self) -> Array:
        """Return the labels, int32 [items]. Raises UsageError, also for labels of no class."""
        eval_set = self.eval_set
        labels = self._array(LABELS, self._are_labels, f"{eval_set.count} whole numbers")
        if labels.min() < 0 or labels.max() >= eval_set.classes:
            raise self._bad(LABELS, f"holds a label that is not in 0 to {eval_set.classes - 1}")
        return labels.astype(np.int32)

    def reference(self, model: str) -> Array | None:
        """Return a model's reference outputs, [golden items, classes], or None without any.

        Raises UsageError.
        """
        golden = self.eval_set.golden
        if golden is None or model not in golden.models:
            return None
        shape = (len(golden.models), len(golden.items), self.eval_set.classes)
        blocks = self._array(
            REFERENCES,
            lambda header: header.shape == shape and header.dtype == np.float32,
            f"float32 {_shape_text(shape)}",
        )
        block = np.array(blocks[golden.models.index(model)], np.float64)
        if not np.isfinite(block).all():
            raise self._bad(REFERENCES, "holds numbers that are not finite")
        return block

    def _are_labels(self, header: NpyHeader) -> bool:
        return header.shape == (self.eval_set.count,) and header.dtype.kind in "iu"

    def _array(self, name: str, accepts: Callable[[NpyHeader], bool], expected: str) -> Array:
        try:
            return read_array(self._folder / name, accepts, expected)
        except (OSError, BadNpy) as error:
            raise self._bad(name, f"cannot be used: {error}") from error

    def _check_digest(self, name: str, file: EvalFile) -> None:
        path = self._folder / name
        try:
            size_bytes = path.stat().st_size if path.is_file() else -1
            with path.open("rb") as stream:
                is_same = (
                    size_bytes == file.size_bytes
                    and file_digest(stream, "sha256").hexdigest() == file.sha256
                )
        except OSError as error:
            raise self._bad(name, f"cannot be read: {error.strerror}") from error
        if not is_same:
            raise self._bad(name, "is not the file that the manifest names: make the set again")

    def _bad(self, name: str, text: str) -> UsageError:
        return UsageError(f"{clean(str(self._folder / name), 400)} {clean(text, 400)}.")


def _shape_text(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))
