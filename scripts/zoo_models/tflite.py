"""Writes `.tflite` files: torch to float32 once, then every recipe from that file."""

# mypy: disable-error-code="import-not-found, import-untyped"
# torch and its converters live in an environment of their own: here they count as Any.

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import litert_torch
import numpy as np
from ai_edge_quantizer.algorithm_manager import AlgorithmName
from ai_edge_quantizer.calibrator import Calibrator
from ai_edge_quantizer.qtyping import TFLOperationName
from ai_edge_quantizer.quantizer import Quantizer
from ai_edge_quantizer.recipe_manager import RecipeManager
from ai_edge_quantizer.utils.qsv_utils import min_max_update, moving_average_update
from torch import Tensor

from scripts.zoo_models.floatnet import FloatNet
from scripts.zoo_models.recipes import Calibration, Quantization, Ranges, Recipe, Scheme

_EVERYTHING = ".*"
_UPDATES = {Ranges.MIN_MAX: min_max_update, Ranges.MOVING_AVERAGE: moving_average_update}


def write(net: FloatNet, batch: int, recipe: Recipe, float_file: Path, path: Path) -> None:
    """Write the variant; `float_file` is the float32 one, converted now if it is not there."""
    if not float_file.exists():
        _convert(net, batch, float_file)
    if recipe.quantization.scheme is Scheme.NONE:
        path.write_bytes(float_file.read_bytes())
        return
    manager = _manager(recipe.quantization)
    ranges = _ranges(float_file, net, batch, recipe.calibration)
    quantizer = Quantizer(str(float_file), manager.get_quantization_recipe())
    result = quantizer.quantize(ranges, enable_progress_report=False)
    path.write_bytes(result.quantized_model)


def _convert(net: FloatNet, batch: int, path: Path) -> None:
    unfinished = path.with_suffix(".unfinished.tflite")
    with _broadcasting():
        edge = litert_torch.convert(net.module, (net.example(batch),))
    edge.export(str(unfinished))
    unfinished.rename(path)


@contextmanager
def _broadcasting() -> Iterator[None]:
    """Make `a * b.expand_as(a)` a plain `a * b`: the converter refuses the former.

    "operands don't have broadcast-compatible shapes", at MobileViT-V2's linear attention.
    """
    original = Tensor.expand_as
    Tensor.expand_as = lambda self, _other: self
    try:
        yield
    finally:
        Tensor.expand_as = original


def _manager(settings: Quantization) -> RecipeManager:
    manager = RecipeManager()
    every = {"regex": _EVERYTHING, "operation_name": TFLOperationName.ALL_SUPPORTED}
    bits = settings.weight_bits
    match settings.scheme:
        case Scheme.HALF:
            manager.add_weight_only_config(
                **every, num_bits=bits, algorithm_key=AlgorithmName.FLOAT_CASTING
            )
        case Scheme.WEIGHTS:
            manager.add_weight_only_config(**every, num_bits=bits)
        case Scheme.DYNAMIC:
            manager.add_dynamic_config(**every, num_bits=bits)
        case Scheme.STATIC:
            manager.add_static_config(
                **every, activation_num_bits=settings.activation_bits, weight_num_bits=bits
            )
        case _:
            raise ValueError(f"TFLite has no {settings.scheme}.")
    for name in settings.float_ops:
        manager.add_quantization_config(
            _EVERYTHING, TFLOperationName(name), algorithm_key=AlgorithmName.NO_QUANTIZE
        )
    return manager


def _ranges(
    float_file: Path, net: FloatNet, batch: int, calibration: Calibration | None
) -> dict[str, Any] | None:
    """Return the range of every tensor over the calibration items; None: none are needed.

    Recipes that differ only in which ops they quantize share them through a file.
    """
    if calibration is None:
        return None
    policy = f"{calibration.ranges.name.lower()}-{calibration.items}-{calibration.seed}"
    kept = float_file.with_suffix(f".{policy}.json")
    if not kept.exists():
        found = _calibrate(float_file, net, batch, calibration)
        plain = {
            name: {bound: values.tolist() for bound, values in limits.items()}
            for name, limits in found.items()
        }
        kept.write_text(json.dumps(plain))
    return {
        name: {bound: np.array(values, np.float32) for bound, values in limits.items()}
        for name, limits in json.loads(kept.read_text()).items()
    }


def _calibrate(float_file: Path, net: FloatNet, batch: int, calibration: Calibration) -> Any:
    calibrator = Calibrator(
        float_file.read_bytes(), num_threads=1, qsv_update_func=_UPDATES[calibration.ranges]
    )
    (signature,) = calibrator.get_signature_list()
    pixels = net.calibration(max(calibration.items, batch), calibration.seed)
    batches = [some for some in pixels.split(batch) if len(some) == batch]
    inputs = [{"args_0": net.normalisation.apply(some).numpy()} for some in batches]
    everything = Quantization(Scheme.STATIC, weight_bits=8, activation_bits=8)
    calibrator.calibrate({signature: inputs}, _manager(everything))
    return calibrator.get_model_qsvs()
