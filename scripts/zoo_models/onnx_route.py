"""Writes `.onnx` files: a third reading of a net, to check the other two against."""

# mypy: disable-error-code="import-not-found, import-untyped"
# torch and its converters live in an environment of their own: here they count as Any.

from pathlib import Path

import torch

from scripts.zoo_models.floatnet import FloatNet

_OPSET = 18


def write(net: FloatNet, batch: int, path: Path) -> None:
    """Write the float32 variant."""
    torch.onnx.export(
        net.module,
        (net.example(batch),),
        str(path),
        input_names=["x"],
        output_names=["logits"],
        opset_version=_OPSET,
        dynamo=False,
    )
