"""The demo's nets, trained here; optionally with fake quantization in the last steps."""

# mypy: disable-error-code="import-not-found, import-untyped"
# torch and its converters live in an environment of their own: here they count as Any.

from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from scripts.demo_variants.data import (
    CLASSES,
    MEAN,
    PIXEL_SCALE,
    STD,
    compose,
    seeded,
    split_originals,
)
from scripts.demo_variants.nets import NETS
from scripts.demo_variants.train import BATCH, BUDGETS, TRAIN_SEED, Trained, train
from scripts.zoo_models.floatnet import FloatNet, Items, Normalisation
from scripts.zoo_models.qat import fold_batch_norms, train_quantized
from scripts.zoo_models.recipes import ModelSource, Qat
from scripts.zoo_models.tools import training_digest

EVAL_ITEMS = 1000
EVAL_SEED = 3
EVAL_NAME = "pairs100"
_SOURCE = (
    "E. Alpaydin, C. Kaynak: Optical Recognition of Handwritten Digits (1998), "
    "doi:10.24432/C50P49, as bundled with scikit-learn"
)
_LICENCE = "CC-BY-4.0"
_DATA = "scikit-learn digits, training split"


def build(model: ModelSource, cache: Path) -> FloatNet:
    """Return the trained net; `cache` keeps trained weights for the next recipe."""
    trained = train_or_load(model, cache)
    net = (
        trained.net if model.qat is None else _quantized(trained.net, model.qat, model.name, cache)
    )
    return FloatNet(
        net,
        Normalisation(PIXEL_SCALE, (MEAN,), (STD,)),
        _items(),
        _calibration,
        _origin(model, trained.parameters),
    )


def train_or_load(model: ModelSource, cache: Path) -> Trained:
    """Return the net as it was trained before, or train it now."""
    name = model.source.removeprefix("demo:")
    path = cache / f"{name}-{training_digest()[:12]}.pt"
    if path.exists():
        kept = torch.load(path, weights_only=True)
        net = NETS[name]()
        net.load_state_dict(kept["state"])
        return Trained(net.eval(), BUDGETS[name], kept["train_s"])
    trained = train(name, split_originals()[0])
    cache.mkdir(parents=True, exist_ok=True)
    torch.save({"state": trained.net.state_dict(), "train_s": trained.train_s}, path)
    return trained


def _quantized(net: nn.Module, qat: Qat, name: str, cache: Path) -> nn.Module:
    """Return the net after its last steps with fake quantization; taken once, like the others."""
    path = cache / f"{name}-{qat.weight_bits}-{qat.steps}-{training_digest()[:12]}.pt"
    if path.exists():
        folded = fold_batch_norms(net)
        folded.load_state_dict(torch.load(path, weights_only=True))
        return folded.eval()
    trained = train_quantized(net, qat, split_originals()[0])
    torch.save(trained.state_dict(), path)
    return trained


def _calibration(count: int, seed: int) -> Tensor:
    return compose(split_originals()[0], count, seeded(seed)).pixels


def _items() -> Items:
    pairs = compose(split_originals()[1], EVAL_ITEMS, seeded(EVAL_SEED))
    names = tuple(f"{number:02}" for number in range(CLASSES))
    return Items(pairs.pixels, pairs.labels, _SOURCE, _LICENCE, names)


def _origin(model: ModelSource, parameters: int) -> dict[str, Any]:
    budget = BUDGETS[model.source.removeprefix("demo:")]
    training = {"seed": TRAIN_SEED, "batch": BATCH, **asdict(budget)}
    if model.qat is not None:
        training["qat"] = asdict(model.qat)
    return {"net": model.source, "data": _DATA, "parameters": parameters, **training}
