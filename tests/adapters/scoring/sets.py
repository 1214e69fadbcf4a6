"""Small eval sets in a folder of their own, and outputs to score on them."""

import io
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labtui.adapters.scoring.folder import EvalFolder
from labtui.adapters.scoring.making import Made, Recipe, make_eval_set
from labtui.adapters.scoring.sources import ArraySource
from labtui.core.protocol import Layout

Values = NDArray[Any]
CLASSES = 4
MODEL = "net"


@dataclass(frozen=True, slots=True)
class Arrays:
    """What a set is made of."""

    x: Values
    y: Values
    reference: Values


def arrays(items: int = 40, seed: int = 0) -> Arrays:
    """Return uint8 items [1, 2, 3], labels in turn, and outputs that are right for all."""
    generator = np.random.default_rng(seed)
    y = np.arange(items) % CLASSES
    outputs = generator.standard_normal((items, CLASSES)).astype(np.float32)
    outputs[np.arange(items), y] = 4 + generator.random(items, np.float32)
    x = generator.integers(0, 256, (items, 1, 2, 3), np.uint8)
    return Arrays(x, y, outputs)


def array_folder(folder: Path, content: Arrays) -> Path:
    """Write the arrays as `evalset make` takes them."""
    folder.mkdir()
    np.save(folder / "x.npy", content.x)
    np.save(folder / "y.npy", content.y)
    return folder


def made(folder: Path, content: Arrays, recipe: Recipe | None = None, golden: int = 8) -> Made:
    """Make a set of all items, with the first `golden` of them as golden items."""
    source = ArraySource(array_folder(folder / "source", content), Layout.NCHW, ())
    recipe = recipe or Recipe("set", None)
    if golden:
        np.save(folder / "golden.npy", content.reference[:golden])
        recipe = replace(recipe, golden=((MODEL, folder / "golden.npy"),))
    return make_eval_set(source, recipe, folder / "set", lambda _done, _total: None)


def opened(folder: Path, content: Arrays, golden: int = 8) -> EvalFolder:
    """Make a set and open it."""
    made(folder, content, golden=golden)
    return EvalFolder.open(folder / "set")


def npy(values: Values, version: tuple[int, int] = (1, 0)) -> bytes:
    """Return the bytes of an array file."""
    file = io.BytesIO()
    np.lib.format.write_array(file, values, version)
    return file.getvalue()
