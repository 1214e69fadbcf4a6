"""Makes one variant: the process that `cli` starts for each cell, and that may die of it."""

# mypy: disable-error-code="import-not-found, import-untyped"
# torch and its converters live in an environment of their own: here they count as Any.

import argparse
import resource
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from scripts.zoo_models import outcomes
from scripts.zoo_models.evalset import labels_of, write_eval_set
from scripts.zoo_models.execute import NoExecutor, outputs
from scripts.zoo_models.files import remove, size_bytes
from scripts.zoo_models.floatnet import GOLDEN_ITEMS, FloatNet, Floats
from scripts.zoo_models.matrix import Cell, Shape, digest, net_digest
from scripts.zoo_models.measure import Measured, measure
from scripts.zoo_models.opcount import OpCount, OpUse, count_ops
from scripts.zoo_models.outcomes import Outcome, State
from scripts.zoo_models.paper import paper_path, write_paper
from scripts.zoo_models.recipes import Format, load_models, load_recipes
from scripts.zoo_models.tools import conditions

_PARTS = ".parts"
"""Folder of what recipes share: float files and trained weights."""
_FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Workpiece:
    """What one cell is made with."""

    cell: Cell
    out: Path
    net: FloatNet
    reference: Floats
    """Logits [n, classes] of the float net."""

    @property
    def path(self) -> Path:
        """Where the variant will lie."""
        return self.out / self.cell.file_name

    @property
    def float_file(self) -> Path:
        """The float32 `.tflite` that TFLite recipes share."""
        shared = net_digest(self.cell, conditions(self.cell.model, Format.TFLITE))[:12]
        return self.out / _PARTS / f"{self.cell.model_name}-{shared}.tflite"


def make(cell: Cell, out: Path, *, is_there: bool) -> Outcome:
    """Make, count, measure and document one variant; what converters raise becomes `refused`.

    A variant that `is_there` is not converted again, only checked.
    """
    started = time.monotonic()
    try:
        piece = _workpiece(cell, out)
        if not is_there:
            _convert(piece)
        outcome = _checked(piece)
    except Exception as error:  # noqa: BLE001 (converters raise anything; one cell is no end)
        traceback.print_exc()
        remove(out / cell.file_name)
        outcome = _blank(cell, State.REFUSED, f"{type(error).__name__}: {error}")
    seconds = time.monotonic() - started
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return replace(outcome, seconds=round(seconds, 1), peak_rss_mb=peak_kb // 1000)


def _workpiece(cell: Cell, out: Path) -> Workpiece:
    (out / _PARTS).mkdir(parents=True, exist_ok=True)
    net = _float_net(cell, out / _PARTS)
    piece = Workpiece(cell, out, net, net.logits())
    names = [replace(cell, shape=replace(cell.shape, batch=b)) for b in cell.model.batches]
    references = {name.model_name: piece.reference for name in names}
    write_eval_set(out / cell.eval_set_name, cell.items_name, net, references)
    return piece


def _float_net(cell: Cell, parts: Path) -> FloatNet:
    if cell.model.source.startswith("demo:"):
        from scripts.zoo_models import demo_nets  # noqa: PLC0415 (needs scikit-learn)

        return demo_nets.build(cell.model, parts)
    from scripts.zoo_models import timm_nets  # noqa: PLC0415 (needs timm)

    return timm_nets.build(cell.model, cell.shape.size)


def _convert(piece: Workpiece) -> None:
    unfinished = piece.out / f"unfinished-{piece.cell.file_name}"
    for earlier in (piece.path, piece.out / _FAILED / piece.path.name, unfinished):
        remove(earlier)
    _write(piece, unfinished)
    unfinished.rename(piece.path)


def _checked(piece: Workpiece) -> Outcome:
    ops = count_ops(_ops(piece.path), piece.cell.recipe.quantization)
    measured = _measured(piece)
    write_paper(piece.cell, piece.path, piece.net.origin, measured, ops)
    shortfall = measured.shortfall(piece.cell.recipe) if measured else ""
    if shortfall:
        _set_aside(piece.path)
    return _outcome(piece, ops, measured, shortfall)


def _write(piece: Workpiece, path: Path) -> None:
    recipe, batch = piece.cell.recipe, piece.cell.shape.batch
    if recipe.format is Format.TFLITE:
        from scripts.zoo_models import tflite  # noqa: PLC0415 (seconds of imports, each)

        tflite.write(piece.net, batch, recipe, piece.float_file, path)
    elif recipe.format is Format.COREML:
        from scripts.zoo_models import coreml  # noqa: PLC0415

        coreml.write(piece.net, batch, recipe, path)
    else:
        from scripts.zoo_models import onnx_route  # noqa: PLC0415

        onnx_route.write(piece.net, batch, path)


def _ops(path: Path) -> list[OpUse]:
    if path.suffix == Format.TFLITE.suffix:
        from scripts.zoo_models.tflite_ops import tflite_ops  # noqa: PLC0415

        return tflite_ops(path)
    if path.suffix == Format.COREML.suffix:
        from scripts.zoo_models.mil_ops import mil_ops  # noqa: PLC0415

        return mil_ops(path)
    return []


def _measured(piece: Workpiece) -> Measured | None:
    """Run the written file on all items; None: nothing here can run it."""
    inputs = piece.net.normalisation.apply(piece.net.items.pixels).numpy()
    cell = piece.cell
    try:
        logits = outputs(piece.path, cell.recipe.format, inputs, cell.shape.batch)
    except NoExecutor:
        return None
    labels = labels_of(piece.net, piece.reference)
    return measure(logits, piece.reference, labels, GOLDEN_ITEMS)


def _outcome(piece: Workpiece, ops: OpCount, measured: Measured | None, shortfall: str) -> Outcome:
    state = State.FAILED if shortfall else State.MADE if measured else State.UNVERIFIED
    path = piece.out / _FAILED / piece.path.name if shortfall else piece.path
    return replace(
        _blank(piece.cell, state, shortfall),
        size_bytes=size_bytes(path),
        ops_quantized=ops.quantized,
        ops_total=ops.total,
        ops_left=ops.left,
        snr_db=measured.snr_db if measured else None,
        golden_snr_db=measured.golden_snr_db if measured else None,
        agreement=measured.agreement if measured else None,
        top1=measured.top1 if measured else None,
    )


def _blank(cell: Cell, state: State, reason: str) -> Outcome:
    return Outcome(
        cell.name,
        cell.recipe.id,
        digest(cell, conditions(cell.model, cell.recipe.format)),
        state,
        reason,
    )


def _set_aside(path: Path) -> None:
    """Move a variant that nobody should run, and its recipe, out of the way of those that may."""
    folder = path.parent / _FAILED
    folder.mkdir(exist_ok=True)
    for each in (path, paper_path(path)):
        remove(folder / each.name)
        each.rename(folder / each.name)


def main(argv: Sequence[str]) -> int:
    """Make the cell that the arguments name; the outcome is a file, everything else is a log."""
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("recipe")
    parser.add_argument("--size", type=int, required=True)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--zoo", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--is-there", action="store_true")
    asked = parser.parse_args(argv)
    models = {model.name: model for model in load_models(asked.zoo)}
    recipes = {recipe.id: recipe for recipe in load_recipes(asked.zoo)}
    cell = Cell(models[asked.model], Shape(asked.size, asked.batch), recipes[asked.recipe])
    torch.set_num_threads(1)  # more are slower on a busy machine, and round differently
    outcome = make(cell, asked.out, is_there=asked.is_there)
    outcomes.save(outcomes.outcome_path(asked.out, cell), outcome)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
