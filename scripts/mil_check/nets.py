"""Micro networks of the kinds that the executor has to run, checked against PyTorch."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn import functional as f


class Cnn(nn.Module):
    """Convolutions of all kinds, poolings and the usual activations."""

    shape = (1, 3, 21, 18)

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.deep = nn.Conv2d(8, 8, 3, padding=1, groups=8)
        self.strided = nn.Conv2d(8, 8, 5, stride=(2, 1), padding=2, groups=8, bias=False)
        self.dilated = nn.Conv2d(8, 8, 3, padding=2, dilation=2, groups=8)
        self.grouped = nn.Conv2d(8, 12, 3, padding=1, groups=2)
        self.multiplied = nn.Conv2d(12, 24, 3, padding=(0, 1), groups=12)
        self.point = nn.Conv2d(24, 8, 1, stride=2)
        self.norm = nn.BatchNorm2d(8)
        self.head = nn.Linear(8, 5)
        self.slope = nn.PReLU(24)
        nn.init.uniform_(self.slope.weight, -1, 1)

    def forward(self, x: Any) -> Any:
        """Return [1, 5]."""
        x = f.relu6(self.stem(x))
        x = f.hardswish(self.deep(x)) + x
        x = f.leaky_relu(self.strided(x), 0.1)
        x = f.silu(self.dilated(x))
        x = f.max_pool2d(x, 3, stride=1, padding=1)
        x = f.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)
        x = f.elu(self.grouped(x))
        x = self.slope(f.gelu(self.multiplied(x)))
        x = self.norm(self.point(x))
        return f.softmax(self.head(x.mean((2, 3))), dim=-1)


class Vit(nn.Module):
    """Patches, a class token, attention, layer norms."""

    shape = (1, 3, 16, 16)

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 12, 8, stride=8)
        self.token = nn.Parameter(torch.randn(1, 1, 12))
        self.place = nn.Parameter(torch.randn(1, 5, 12))
        self.qkv, self.out = nn.Linear(12, 36), nn.Linear(12, 12)
        self.first, self.second = nn.LayerNorm(12), nn.LayerNorm(12)
        self.wide, self.narrow = nn.Linear(12, 24), nn.Linear(24, 12)
        self.head = nn.Linear(12, 5)

    def forward(self, x: Any) -> Any:
        """Return [1, 5]."""
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token, x], dim=1) + self.place
        q, k, v = self.qkv(self.first(x)).reshape(1, 5, 3, 2, 6).permute(2, 0, 3, 1, 4).unbind(0)
        x = x + self.out(self.attention(q, k, v).transpose(1, 2).reshape(1, 5, 12))
        x = x + self.narrow(f.gelu(self.wide(self.second(x)), approximate="tanh"))
        return self.head(x[:, 0])

    def attention(self, q: Any, k: Any, v: Any) -> Any:
        """Return softmax(q k / sqrt(d)) v in single ops."""
        return torch.softmax(q @ k.transpose(-2, -1) * 6**-0.5, dim=-1) @ v


class FusedVit(Vit):
    """The same with the fused op for attention."""

    def attention(self, q: Any, k: Any, v: Any) -> Any:
        """Return the same in one op."""
        return f.scaled_dot_product_attention(q, k, v)


class Hybrid(nn.Module):
    """Unfolding, separable attention, resizing: what mobile hybrids do."""

    shape = (1, 4, 7, 7)

    def __init__(self) -> None:
        super().__init__()
        self.query = nn.Conv2d(4, 9, 1)
        self.norm = nn.GroupNorm(1, 4)
        self.up = nn.ConvTranspose2d(4, 3, 3, stride=2, padding=1, output_padding=1)
        self.spread = nn.ConvTranspose2d(3, 4, 2, stride=2, groups=1)

    def forward(self, x: Any) -> Any:
        """Return [1, 4, 16, 16]."""
        x = f.interpolate(x, (8, 8), mode="bilinear", align_corners=False)
        parts = x.reshape(1, 4, 4, 2, 4, 2).permute(0, 1, 3, 5, 2, 4).reshape(1, 4, 4, 16)
        q, k, v = torch.split(self.query(self.norm(parts)), [1, 4, 4], dim=1)
        context = (torch.softmax(q, dim=-1) * k).sum(dim=-1, keepdim=True)
        parts = f.relu(v) * context.expand(-1, -1, -1, 16)
        x = parts.reshape(1, 16, 4, 4)
        x = f.pixel_shuffle(x, 2)
        x = f.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)
        x = f.interpolate(self.up(f.avg_pool2d(x, 2)), (8, 8), mode="nearest")
        return self.spread(x)


class Series(nn.Module):
    """One and three dimensions."""

    shape = (1, 4, 30)

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv1d(4, 6, 5, stride=2, padding=2)
        self.own = nn.Conv1d(6, 6, 3, padding=1, groups=6)
        self.solid = nn.Conv3d(1, 2, 3, padding=1)
        self.norm = nn.InstanceNorm1d(6, affine=True)

    def forward(self, x: Any) -> Any:
        """Return [1, 2, 2, 3, 5]."""
        x = f.leaky_relu(self.norm(self.first(x)))
        x = f.softplus(self.own(x))
        x = f.max_pool1d(x, 3, stride=1, padding=1)
        x = self.solid(x.reshape(1, 1, 2, 3, 15))
        return f.avg_pool3d(x, (1, 1, 3))


NETS: dict[str, tuple[Callable[[], Any], str, str]] = {
    "cnn.fp32": (Cnn, "iOS15", "FLOAT32"),
    "cnn.fp16": (Cnn, "iOS16", "FLOAT16"),
    "vit.fp32": (Vit, "iOS17", "FLOAT32"),
    "vit.fp16_ios15": (Vit, "iOS15", "FLOAT16"),
    "fused_vit.fp32": (FusedVit, "iOS18", "FLOAT32"),
    "hybrid.fp32": (Hybrid, "iOS16", "FLOAT32"),
    "hybrid.fp16_ios26": (Hybrid, "iOS26", "FLOAT16"),
    "series.fp32": (Series, "iOS15", "FLOAT32"),
}
