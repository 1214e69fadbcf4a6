"""Writes `.mlpackage` folders: torch to an ML Program, then the recipe's compression."""

# mypy: disable-error-code="import-not-found, import-untyped"
# torch and its converters live in an environment of their own: here they count as Any.

import logging
from pathlib import Path
from typing import Any

import torch

logging.getLogger("coremltools").setLevel(logging.CRITICAL)  # or it reports what macOS alone has

import coremltools as ct  # noqa: E402 (quiet only from here on)
import coremltools.optimize.coreml as cto  # noqa: E402
from coremltools.proto import Model_pb2  # noqa: E402

from scripts.zoo_models.coreml_ranges import calibrated_off_apple  # noqa: E402
from scripts.zoo_models.floatnet import FloatNet  # noqa: E402
from scripts.zoo_models.mil_ops import SPECIFICATION  # noqa: E402
from scripts.zoo_models.recipes import Calibration, Recipe, Scheme  # noqa: E402

MIN_VALUES = 512
"""Smaller tensors stay as they are: the library's 2,048 would spare most of a micro net."""
_DATE = "com.github.apple.coremltools.conversion_date"
_INPUT = "x"
_OUTPUT = "logits"


def write(net: FloatNet, batch: int, recipe: Recipe, path: Path) -> None:
    """Write the variant."""
    program = _compressed(_convert(net, batch, recipe), net, batch, recipe)
    program.save(str(path))
    _settle(path)


def _settle(package: Path) -> None:
    """Make the same program the same bytes: without the date, its tables in one order."""
    specification = package / SPECIFICATION
    model = Model_pb2.Model()
    model.ParseFromString(specification.read_bytes())
    model.description.metadata.userDefined.pop(_DATE, None)
    specification.write_bytes(model.SerializeToString(deterministic=True))
    specification.chmod(0o644)  # the library leaves it readable by its owner alone


def _convert(net: FloatNet, batch: int, recipe: Recipe) -> Any:
    example = net.example(batch)
    with torch.no_grad():
        traced = torch.jit.trace(net.module, example)
    is_half = recipe.quantization.activation_bits <= 16
    return ct.convert(
        traced,
        convert_to="mlprogram",
        inputs=[ct.TensorType(name=_INPUT, shape=example.shape)],
        outputs=[ct.TensorType(name=_OUTPUT)],
        minimum_deployment_target=ct.target[recipe.target],
        compute_precision=ct.precision.FLOAT16 if is_half else ct.precision.FLOAT32,
        skip_model_load=True,
    )


def _compressed(program: Any, net: FloatNet, batch: int, recipe: Recipe) -> Any:
    match recipe.quantization.scheme:
        case Scheme.NONE | Scheme.HALF:
            return program
        case Scheme.WEIGHTS:
            return _linear(program, recipe)
        case Scheme.STATIC:
            ranged = _ranged(program, net, batch, recipe.calibration or Calibration())
            return _linear(ranged, recipe)
        case Scheme.PALETTE:
            return _palettized(program, recipe.quantization.weight_bits)
        case Scheme.PRUNE:
            return _pruned(program, recipe.quantization.sparsity)
        case _:
            raise ValueError(f"Core ML has no {recipe.quantization.scheme}.")


def _palettized(program: Any, bits: int) -> Any:
    config = cto.OpPalettizerConfig(mode="kmeans", nbits=bits, weight_threshold=MIN_VALUES)
    return cto.palettize_weights(program, _everywhere(config))


def _pruned(program: Any, sparsity: float) -> Any:
    config = cto.OpMagnitudePrunerConfig(target_sparsity=sparsity, weight_threshold=MIN_VALUES)
    return cto.prune_weights(program, _everywhere(config))


def _linear(program: Any, recipe: Recipe) -> Any:
    settings = recipe.quantization
    blocks = (
        {"granularity": "per_block", "block_size": settings.block_size}
        if settings.block_size
        else {}
    )
    config = cto.OpLinearQuantizerConfig(
        mode="linear_symmetric",
        dtype=f"int{settings.weight_bits}",
        weight_threshold=MIN_VALUES,
        **blocks,
    )
    return cto.linear_quantize_weights(program, _everywhere(config))


def _ranged(program: Any, net: FloatNet, batch: int, calibration: Calibration) -> Any:
    """Return the program with quantized activations, as far as Core ML has them.

    Only convolutions, linear layers, pools and sums are: softmax, layer norm and matmul stay
    float16 whatever the settings say.
    """
    pixels = net.calibration(calibration.items, calibration.seed)
    batches = [some for some in pixels.split(batch) if len(some) == batch]
    samples = [{_INPUT: net.normalisation.apply(some).numpy()} for some in batches]
    config = cto.experimental.OpActivationLinearQuantizerConfig(mode="linear_symmetric")
    with calibrated_off_apple():
        return cto.linear_quantize_activations(program, _everywhere(config), samples)


def _everywhere(config: Any) -> Any:
    return cto.OptimizationConfig(global_config=config)
