"""Quantization-aware training: the last steps are taken with weights on the integer grid."""

# mypy: disable-error-code="import-not-found, import-untyped"
# mypy: disallow-subclassing-any=false
# torch and its converters live in an environment of their own: here they count as Any.

from torch import Tensor, nn
from torch.fx import symbolic_trace
from torch.fx.experimental.optimization import fuse
from torch.nn.utils import parametrize

from scripts.demo_variants.data import Digits
from scripts.demo_variants.train import Budget, fit
from scripts.zoo_models.recipes import Qat

_SEED = 8


class FakeQuantized(nn.Module):
    """Rounds weights to one symmetric grid for each output channel; gradients pass unchanged."""

    def __init__(self, bits: int) -> None:
        super().__init__()
        self.largest = 2 ** (bits - 1) - 1

    def forward(self, weight: Tensor) -> Tensor:
        """Return `weight` rounded to the nearest values that integers can hold."""
        peaks = weight.detach().abs().amax(dim=tuple(range(1, weight.dim())), keepdim=True)
        step = (peaks / self.largest).clamp(min=1e-12)
        rounded = (weight / step).round() * step
        return weight + (rounded - weight).detach()


def train_quantized(net: nn.Module, qat: Qat, digits: Digits) -> nn.Module:
    """Return a copy of `net`, trained on, whose weights lie on the grid of `qat.weight_bits`.

    Batch norms are folded first: converters do so, and a grid before folding is none after it.
    Every layer is rounded: which of them a recipe spares differs from format to format.
    """
    folded = fold_batch_norms(net).train()
    layers = [layer for layer in folded.modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
    for layer in layers:
        parametrize.register_parametrization(layer, "weight", FakeQuantized(qat.weight_bits))
    fit(folded, Budget(qat.steps, qat.peak_rate), digits, "fake quantization", _SEED)
    for layer in layers:
        parametrize.remove_parametrizations(layer, "weight")
    return folded.eval()


def fold_batch_norms(net: nn.Module) -> nn.Module:
    """Return a copy of `net` with each batch norm in the weights before it."""
    return fuse(symbolic_trace(net.eval()))
