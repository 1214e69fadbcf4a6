"""Small nets of three families: inverted residuals, a vision transformer, and a hybrid of both."""

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


class HybridBlock(nn.Module):
    """Attention over a convolutional map, mixed back into it (MobileViT, arXiv 2110.02178)."""

    PATCH = 2

    def __init__(self, channels: int, width: int, heads: int, layers: int) -> None:
        super().__init__()
        self.local = nn.Sequential(*_conv_bn(channels, channels, 3), nn.SiLU())
        self.widen = nn.Conv2d(channels, width, 1, bias=False)
        self.blocks = nn.Sequential(*(Block(width, heads, expand=2) for _ in range(layers)))
        self.norm = nn.LayerNorm(width)
        self.narrow = nn.Sequential(*_conv_bn(width, channels, 1), nn.SiLU())
        self.mix = nn.Sequential(*_conv_bn(2 * channels, channels, 3), nn.SiLU())

    def forward(self, x: Tensor) -> Tensor:
        """Map [n, channels, h, w] to the same shape; h and w are multiples of PATCH."""
        n, _, height, width = x.shape
        features = self.widen(self.local(x))
        tokens = self.norm(self.blocks(self._unfold(features)))
        folded = self._fold(tokens, n, height, width)
        return self.mix(torch.cat([x, self.narrow(folded)], dim=1))

    def _unfold(self, x: Tensor) -> Tensor:
        """Map [n, c, h, w] to [n * PATCH**2, patches, c]: a token attends its like in each patch.

        In steps of four axes, because converters and delegates stop there.
        """
        n, channels, height, width = x.shape
        side, across = self.PATCH, width // self.PATCH
        rows = x.reshape(n * channels * height // side, side, across, side).transpose(1, 2)
        grid = rows.reshape(n, channels, height * width // side**2, side**2)
        return grid.transpose(1, 3).reshape(n * side**2, -1, channels)

    def _fold(self, tokens: Tensor, n: int, height: int, width: int) -> Tensor:
        """Undo `_unfold`."""
        side, across, channels = self.PATCH, width // self.PATCH, tokens.shape[2]
        grid = tokens.reshape(n, side**2, -1, channels).transpose(1, 3)
        rows = grid.reshape(n * channels * height // side, across, side, side).transpose(1, 2)
        return rows.reshape(n, channels, height, width)


class MobileVitStyle(nn.Module):
    """Inverted residuals down to an 8x16 map, attention over it, then a 4x8 map and its mean."""

    STEM, CHANNELS, WIDTH, HEADS, LAYERS, LAST, FEATURES = 12, 20, 24, 2, 2, 28, 64

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            *_conv_bn(1, self.STEM, 3, 2),
            nn.ReLU6(),
            InvertedResidual(self.STEM, self.CHANNELS, expand=3, stride=2),
            HybridBlock(self.CHANNELS, self.WIDTH, self.HEADS, self.LAYERS),
            InvertedResidual(self.CHANNELS, self.LAST, expand=3, stride=2),
            *_conv_bn(self.LAST, self.FEATURES, 1),
            nn.ReLU6(),
        )
        self.head = nn.Linear(self.FEATURES, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        """Map items [n, 1, HEIGHT, WIDTH] to logits [n, CLASSES]."""
        return self.head(self.features(x).mean(dim=(2, 3)))


NETS: dict[str, Callable[[], nn.Module]] = {
    "pairs_mbv2": MobileNetStyle,
    "pairs_vit": VitStyle,
    "pairs_mvit": MobileVitStyle,
}
