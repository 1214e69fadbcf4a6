"""Two small nets of the families people quantize: inverted residuals and a vision transformer."""

# mypy: disable-error-code="import-not-found, import-untyped"
# mypy: disallow-subclassing-any=false
# torch and its converters live in an environment of their own: here they count as Any.

from collections.abc import Callable

import torch
from torch import Tensor, nn

from scripts.demo_variants.data import CLASSES, HEIGHT, WIDTH


def _conv_bn(
    inputs: int, outputs: int, size: int, stride: int = 1, groups: int = 1
) -> list[nn.Module]:
    """Return a convolution that keeps the size (before its stride) and its batch norm."""
    conv = nn.Conv2d(inputs, outputs, size, stride, size // 2, groups=groups, bias=False)
    return [conv, nn.BatchNorm2d(outputs)]


class InvertedResidual(nn.Module):
    """Widen, filter each channel, narrow (MobileNetV2, arXiv 1801.04381, figure 3b)."""

    def __init__(self, inputs: int, outputs: int, expand: int, stride: int) -> None:
        super().__init__()
        wide = inputs * expand
        self.keeps_shape = stride == 1 and inputs == outputs
        self.body = nn.Sequential(
            *_conv_bn(inputs, wide, 1),
            nn.ReLU6(),
            *_conv_bn(wide, wide, 3, stride, groups=wide),
            nn.ReLU6(),
            *_conv_bn(wide, outputs, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map [n, inputs, h, w] to [n, outputs, h/stride, w/stride]."""
        return x + self.body(x) if self.keeps_shape else self.body(x)


class MobileNetStyle(nn.Module):
    """Inverted residuals down to a 2x4 map, then the mean of it."""

    STAGES = ((16, 2, 1), (16, 4, 2), (24, 4, 1), (24, 4, 2), (32, 4, 1), (40, 4, 2), (40, 4, 1))
    """(channels, expansion, stride) of each block."""
    STEM = 16
    FEATURES = 96

    def __init__(self) -> None:
        super().__init__()
        layers = [*_conv_bn(1, self.STEM, 3, 2), nn.ReLU6()]
        inputs = self.STEM
        for outputs, expand, stride in self.STAGES:
            layers.append(InvertedResidual(inputs, outputs, expand, stride))
            inputs = outputs
        layers += [*_conv_bn(inputs, self.FEATURES, 1), nn.ReLU6()]
        self.features = nn.Sequential(*layers)
        self.head = nn.Linear(self.FEATURES, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        """Map items [n, 1, HEIGHT, WIDTH] to logits [n, CLASSES]."""
        return self.head(self.features(x).mean(dim=(2, 3)))


class Attention(nn.Module):
    """Multi-head self-attention, written out so that every op of it is in the exported graph."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.scale = (width // heads) ** -0.5
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Map tokens [n, t, width] to the same shape."""
        n, t, width = x.shape
        parts = self.qkv(x).view(n, t, 3, self.heads, width // self.heads)
        q, k, v = parts.permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(-2, -1) * self.scale).softmax(dim=-1)
        return self.out((weights @ v).transpose(1, 2).reshape(n, t, width))


class Block(nn.Module):
    """One pre-norm transformer layer."""

    def __init__(self, width: int, heads: int, expand: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        self.mlp = nn.Sequential(
            nn.Linear(width, expand * width), nn.GELU(), nn.Linear(expand * width, width)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map tokens [n, t, width] to the same shape."""
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class VitStyle(nn.Module):
    """A vision transformer over 8x8 patches (arXiv 2010.11929), mean-pooled."""

    WIDTH, HEADS, LAYERS, EXPAND, PATCH = 64, 4, 4, 4, 8

    def __init__(self) -> None:
        super().__init__()
        tokens = (HEIGHT // self.PATCH) * (WIDTH // self.PATCH)
        self.patches = nn.Conv2d(1, self.WIDTH, self.PATCH, self.PATCH)
        self.positions = nn.Parameter(0.02 * torch.randn(1, tokens, self.WIDTH))
        self.blocks = nn.Sequential(
            *(Block(self.WIDTH, self.HEADS, self.EXPAND) for _ in range(self.LAYERS))
        )
        self.norm = nn.LayerNorm(self.WIDTH)
        self.head = nn.Linear(self.WIDTH, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        """Map items [n, 1, HEIGHT, WIDTH] to logits [n, CLASSES]."""
        tokens = self.patches(x).flatten(2).transpose(1, 2) + self.positions
        return self.head(self.norm(self.blocks(tokens)).mean(dim=1))


NETS: dict[str, Callable[[], nn.Module]] = {
    "pairs_mbv2": MobileNetStyle,
    "pairs_vit": VitStyle,
}
