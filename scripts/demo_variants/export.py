"""Writes a trained net as `.tflite` in four precisions."""

# mypy: disable-error-code="import-not-found, import-untyped"
# torch and its converters live in an environment of their own: here they count as Any.

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import litert_torch
from ai_edge_quantizer.algorithm_manager import AlgorithmName
from ai_edge_quantizer.calibrator import Calibrator
from ai_edge_quantizer.qtyping import TFLOperationName
from ai_edge_quantizer.quantizer import Quantizer
from ai_edge_quantizer.recipe_manager import RecipeManager
from ai_edge_quantizer.utils.qsv_utils import min_max_update
from torch import Tensor, nn

from scripts.demo_variants.data import normalise

CALIBRATION_ITEMS = 128
_EVERY_OP = {"regex": ".*", "operation_name": TFLOperationName.ALL_SUPPORTED}


@dataclass(frozen=True, slots=True)
class Precision:
    """How a float file is made smaller."""

    weights: str
    activations: str
    configure: Callable[[RecipeManager], None]
    is_calibrated: bool = False


def _half(manager: RecipeManager) -> None:
    manager.add_weight_only_config(
        **_EVERY_OP, num_bits=16, algorithm_key=AlgorithmName.FLOAT_CASTING
    )


def _dynamic(manager: RecipeManager) -> None:
    manager.add_dynamic_config(**_EVERY_OP, num_bits=8)


def _static(manager: RecipeManager) -> None:
    manager.add_static_config(**_EVERY_OP, activation_num_bits=8, weight_num_bits=8)


FLOAT = "fp32"
PRECISIONS = {
    "fp16": Precision("float16", "float32", _half),
    "dyn8": Precision("int8 per channel", "int8, range of each inference", _dynamic),
    "full8": Precision("int8 per channel", "int8, calibrated range", _static, is_calibrated=True),
}


def convert(net: nn.Module, example: Tensor, path: Path) -> None:
    """Write `net` as float32; `example` is one item [1, 1, HEIGHT, WIDTH] of uint8."""
    litert_torch.convert(net, (normalise(example),)).export(str(path))


def quantize(source: Path, precision: Precision, calibration: Tensor, path: Path) -> None:
    """Write the float file `source` in another precision; `calibration` is uint8 items."""
    manager = RecipeManager()
    precision.configure(manager)
    ranges = _ranges(source, manager, calibration) if precision.is_calibrated else None
    quantizer = Quantizer(str(source), manager.get_quantization_recipe())
    result = quantizer.quantize(ranges, enable_progress_report=False)
    path.write_bytes(result.quantized_model)


def _ranges(source: Path, manager: RecipeManager, calibration: Tensor) -> object:
    """Return the range of every activation: smallest and largest value over all items.

    The quantizer's own rule is a moving average, which cuts the ranges short: with it the logits
    of these two nets have 9 and 14 dB less SNR.
    """
    calibrator = Calibrator(source.read_bytes(), num_threads=1, qsv_update_func=min_max_update)
    (signature,) = calibrator.get_signature_list()
    items = [{"args_0": item.numpy()} for item in normalise(calibration).split(1)]
    calibrator.calibrate({signature: items}, manager)
    return calibrator.get_model_qsvs()
