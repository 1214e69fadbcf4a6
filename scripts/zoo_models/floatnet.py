"""A float net with all that converting and checking it needs."""

# mypy: disable-error-code="import-not-found, import-untyped"
# torch and its converters live in an environment of their own: here they count as Any.

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, inference_mode, nn

Floats = NDArray[np.float32]

GOLDEN_ITEMS = 8
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Normalisation:
    """From grey levels to what a net takes: (level * scale - mean) / std for each channel."""

    scale: float
    mean: tuple[float, ...]
    std: tuple[float, ...]

    def apply(self, pixels: Tensor) -> Tensor:
        """Map uint8 [n, channels, h, w] to float32 of the same shape."""
        floats = pixels.float()
        mean, std = (floats.new_tensor(row).view(-1, 1, 1) for row in (self.mean, self.std))
        return (floats * self.scale - mean) / std


@dataclass(frozen=True, slots=True)
class Items:
    """Labelled inputs."""

    pixels: Tensor
    """uint8 [n, channels, h, w]."""
    labels: Tensor | None
    """int64 [n]; None: nobody knows, and the float net's choice stands for them."""
    source: str
    licence: str
    label_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FloatNet:
    """What variants are made of and compared with."""

    module: nn.Module
    normalisation: Normalisation
    items: Items
    calibration: Callable[[int, int], Tensor]
    """(count, seed) -> uint8 items that are none of `items`."""
    origin: Mapping[str, Any]
    """For the recipe: where the weights come from."""

    def example(self, batch: int) -> Tensor:
        """Return an input of the shape to convert for."""
        return self.normalisation.apply(self.calibration(batch, 0))

    def logits(self) -> Floats:
        """Return the reference outputs [n, classes] of all items."""
        inputs = self.normalisation.apply(self.items.pixels)
        with inference_mode():
            rows = [self.module(some).numpy() for some in inputs.split(_AT_ONCE)]
        result: Floats = np.concatenate(rows)
        return result
