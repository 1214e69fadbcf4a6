"""The task `pairs100`: two handwritten digits side by side, read as one number from 00 to 99.

Ten digits alone are solved by every variant to within one item; a hundred pairs leave head-room,
so that what quantization costs can be seen.
"""

# mypy: disable-error-code="import-not-found, import-untyped"
# torch and its converters live in an environment of their own: here they count as Any.

import math
from dataclasses import dataclass

import torch
from sklearn.datasets import load_digits
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

CLASSES = 100
HEIGHT = 32
WIDTH = 64
TRAIN_ORIGINALS = 1200
SPLIT_SEED = 20
NOISE_SIGMA = 0.25

PIXEL_SCALE = 1 / 255
MEAN = 0.2
STD = 0.3


@dataclass(frozen=True, slots=True)
class Digits:
    """Single handwritten digits as scikit-learn ships them."""

    images: Tensor
    """float32 [n, 1, 8, 8] in 0..1."""
    labels: Tensor
    """int64 [n] in 0..9."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Composed items of the task."""

    pixels: Tensor
    """uint8 [n, 1, HEIGHT, WIDTH]: what a phone gets."""
    labels: Tensor
    """int64 [n] in 0..99: ten times the left digit plus the right one."""


def seeded(seed: int) -> torch.Generator:
    """Return a generator of its own, so that no stage shifts the numbers of another."""
    return torch.Generator().manual_seed(seed)


def split_originals() -> tuple[Digits, Digits]:
    """Return (train, test): no handwritten digit is in both, whatever pairs are made of them."""
    images, labels = load_digits(return_X_y=True)
    order = torch.randperm(len(labels), generator=seeded(SPLIT_SEED))
    scaled = torch.from_numpy(images).float().div(16).view(-1, 1, 8, 8)[order]
    targets = torch.from_numpy(labels).long()[order]
    cut = TRAIN_ORIGINALS
    return Digits(scaled[:cut], targets[:cut]), Digits(scaled[cut:], targets[cut:])


def compose(digits: Digits, count: int, generator: torch.Generator) -> Pairs:
    """Draw `count` random pairs of `digits`, jittered, noisy and rounded to whole grey levels."""
    picks = torch.randint(len(digits.labels), (2 * count,), generator=generator)
    warped = _jitter(digits.images[picks], generator)
    clean = torch.cat([warped[:count], warped[count:]], dim=3)
    noisy = clean + NOISE_SIGMA * torch.randn(clean.shape, generator=generator)
    left, right = digits.labels[picks].view(2, count)
    return Pairs(noisy.clamp(0, 1).mul(255).round().byte(), 10 * left + right)


def normalise(pixels: Tensor) -> Tensor:
    """Return what the nets take: float32, (pixel * scale - mean) / std as in the manifest."""
    return (pixels.float() * PIXEL_SCALE - MEAN) / STD


def _jitter(images: Tensor, generator: torch.Generator) -> Tensor:
    """Place each 8x8 digit on a HEIGHT x WIDTH/2 field: turned, sheared, resized and moved."""
    grid = affine_grid(
        _field_to_digit(len(images), generator),
        [len(images), 1, HEIGHT, WIDTH // 2],
        align_corners=False,
    )
    return grid_sample(images, grid, align_corners=False)


def _field_to_digit(count: int, generator: torch.Generator) -> Tensor:
    """Return random affine maps [count, 2, 3] from field to digit coordinates, both in -1..1."""

    def spread(limit: float) -> Tensor:
        return (2 * torch.rand(count, generator=generator) - 1) * limit

    angle, shear, grow = spread(math.radians(15)), spread(0.2), 1.35 + spread(0.2)
    shift_x, shift_y = spread(0.15), spread(0.35)
    cos, sin = grow * angle.cos(), grow * angle.sin()
    across = torch.stack([cos, shear * cos - sin, shift_x], dim=1)
    down = torch.stack([sin, shear * sin + cos, shift_y], dim=1)
    return torch.stack([across, down], dim=1)
