"""Nets of the timm library, with given weights or seeded random ones."""

# mypy: disable-error-code="import-not-found, import-untyped"
# torch and its converters live in an environment of their own: here they count as Any.

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from scripts.zoo_models.floatnet import GOLDEN_ITEMS, FloatNet, Items, Normalisation
from scripts.zoo_models.recipes import ModelSource

_EVAL_SEED = 3
_CANDIDATES = 32
_LAYER_SCALE = 0.1
_COARSE = 12
"""Side of the noise that is blown up to an image, so that neighbours look alike."""
_GRAIN = 0.08


def build(model: ModelSource, size: int) -> FloatNet:
    """Return the net at one input size. Raises what timm or torch raises for a size it refuses."""
    torch.manual_seed(model.seed)
    module = _create(model.source.removeprefix("timm:"), size).eval()
    config = module.pretrained_cfg
    normalisation = Normalisation(1 / 255, tuple(config["mean"]), tuple(config["std"]))
    given = _given(model, size)
    draw = given or partial(_images, size)
    if model.weights:
        module.load_state_dict(_weights(Path(model.weights)))
    else:
        _wake_blocks(module)
    if given:
        pixels = torch.from_numpy(np.load(model.inputs, mmap_mode="r")[:GOLDEN_ITEMS].copy())
    else:
        pixels = _clearest(module, normalisation, draw(_CANDIDATES, _EVAL_SEED))
    return FloatNet(module, normalisation, _items(pixels, model), draw, _origin(model))


def _clearest(module: nn.Module, normalisation: Normalisation, pixels: Tensor) -> Tensor:
    """Return the items that the net is surest of.

    Noise means nothing to a net, and most of it is decided by a hair: another decision after
    quantization would say nothing of quantization.
    """
    with torch.inference_mode():
        logits = torch.cat([module(normalisation.apply(item)) for item in pixels.split(1)])
    best = logits.topk(2, dim=1).values
    order = (best[:, 0] - best[:, 1]).argsort(descending=True)
    return pixels[order[:GOLDEN_ITEMS].sort().values]


def _create(name: str, size: int) -> nn.Module:
    """Return an untrained net, its attention written out op by op."""
    with _torchvision_without_operators():
        import timm  # noqa: PLC0415 (only under the shim)
        from timm.layers import set_fused_attn  # noqa: PLC0415
    set_fused_attn(enable=False)
    try:
        return timm.create_model(name, pretrained=False, exportable=True, img_size=size)
    except TypeError:  # purely convolutional nets take any size and no argument for it
        return timm.create_model(name, pretrained=False, exportable=True)


@contextmanager
def _torchvision_without_operators() -> Iterator[None]:
    """Let torchvision be imported over the CPU build of torch, which lacks its operators."""
    original = torch.library.register_fake

    def register_fake(name: Any, *rest: Any, **options: Any) -> Any:
        if isinstance(name, str) and name.startswith("torchvision::"):
            return lambda function: function
        return original(name, *rest, **options)

    torch.library.register_fake = register_fake
    try:
        yield
    finally:
        torch.library.register_fake = original


def _weights(path: Path) -> Any:
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file  # noqa: PLC0415 (comes with timm)

        return load_file(path)
    return torch.load(path, weights_only=True)


def _wake_blocks(module: nn.Module) -> None:
    """Raise layer scales, which start at 1e-5 and would silence every block, to a trained size."""
    for name, values in module.named_parameters():
        if name.endswith((".gamma", "layer_scale.scale")):
            values.data.fill_(_LAYER_SCALE)


def _images(size: int, count: int, seed: int) -> Tensor:
    """Return seeded colour images uint8 [count, 3, size, size]: soft blots with a grain."""
    generator = torch.Generator().manual_seed(seed)
    images = []
    for _ in range(count):  # one by one: the first of many are the same as a few
        coarse = torch.rand(1, 3, _COARSE, _COARSE, generator=generator)
        smooth = interpolate(coarse, (size, size), mode="bicubic")
        grain = _GRAIN * torch.randn(smooth.shape, generator=generator)
        images.append((smooth + grain).clamp(0, 1).mul(255).round().byte())
    return torch.cat(images)


def _given(model: ModelSource, size: int) -> Any:
    """Return a draw from the model's own items behind the golden ones; None: it has none."""
    if not model.inputs:
        return None
    pixels = torch.from_numpy(np.load(model.inputs, mmap_mode="r")[GOLDEN_ITEMS:].copy())
    if pixels.shape[2:] != (size, size):
        raise ValueError(f"{model.inputs} holds items of {tuple(pixels.shape[1:])}, not of {size}.")

    def draw(count: int, seed: int) -> Tensor:
        order = torch.randperm(len(pixels), generator=torch.Generator().manual_seed(seed))
        return pixels[order[:count]]

    return draw


def _items(pixels: Tensor, model: ModelSource) -> Items:
    source = f"{model.inputs}, first items" if model.inputs else f"seeded noise, seed {_EVAL_SEED}"
    return Items(pixels, None, source, "of the given items" if model.inputs else "CC0-1.0")


def _origin(model: ModelSource) -> dict[str, str | int]:
    if model.weights:
        content = Path(model.weights).read_bytes()
        return {"net": model.source, "weights_sha256": sha256(content).hexdigest()}
    return {"net": model.source, "weights": "random", "seed": model.seed}
