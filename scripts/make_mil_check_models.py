"""Makes the packages of tests/mil/packages, with what they have to compute beside them.

Runs in an environment with torch and coremltools (numpy < 2.4), which labtui never needs:

    PYTHONPATH=. PYTHON scripts/make_mil_check_models.py [FOLDER]

Networks are checked against PyTorch, single ops against numpy, and compressed weights against
coremltools' own decompression.
"""

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import coremltools as ct
import numpy as np
import torch

from scripts.mil_check.compressed import COMPRESSIONS, compressed
from scripts.mil_check.nets import NETS
from scripts.mil_check.single_ops import PROGRAMS

FOLDER = Path(__file__).parents[1] / "tests" / "mil" / "packages"
SEED = 7


def main(folder: Path) -> None:
    """Make everything."""
    logging.getLogger("coremltools").setLevel(logging.CRITICAL)
    for name, (make, target, precision) in NETS.items():
        torch.manual_seed(SEED)
        _save_net(folder / name, make().eval(), target, precision)
    for name, make_program in PROGRAMS.items():
        _save_program(folder / name, make_program)
    for name in COMPRESSIONS:
        model, item, expected = compressed(name)
        _save(folder / name, model, [item], [expected])


def _save_net(stem: Path, net: Any, target: str, precision: str) -> None:
    item = torch.rand(*net.shape, generator=torch.Generator().manual_seed(SEED)) * 2 - 1
    with torch.no_grad():
        expected = net(item)
        traced = torch.jit.trace(net, item)
    model = ct.convert(
        traced,
        inputs=[ct.TensorType("x", shape=item.shape)],
        outputs=[ct.TensorType("y")],
        minimum_deployment_target=getattr(ct.target, target),
        compute_precision=getattr(ct.precision, precision),
        skip_model_load=True,
    )
    _save(stem, model, [item.numpy()], [expected.numpy()])


def _save_program(stem: Path, make: Callable[[], tuple[Any, str, list[Any], list[Any]]]) -> None:
    program, target, items, expected = make()
    model = ct.convert(
        program,
        convert_to="mlprogram",
        minimum_deployment_target=getattr(ct.target, target),
        compute_precision=ct.precision.FLOAT32,
        pass_pipeline=ct.PassPipeline.EMPTY,
        skip_model_load=True,
    )
    _save(stem, model, items, expected)


def _save(stem: Path, model: Any, items: list[Any], expected: list[Any]) -> None:
    """Save a package, its inputs (all of one shape) stacked, and its outputs one after another."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    model.save(str(stem.with_name(f"{stem.name}.mlpackage")))
    np.save(stem.with_name(f"{stem.name}.in.npy"), np.stack(items))
    flat = [np.asarray(array).reshape(-1) for array in expected]
    np.save(stem.with_name(f"{stem.name}.out.npy"), np.concatenate(flat))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
