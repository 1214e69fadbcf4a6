"""Runs written files on this computer: the outputs that are compared with the float net."""

# mypy: disable-error-code="import-not-found, import-untyped"
# torch and its converters live in an environment of their own: here they count as Any.

from collections.abc import Callable
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from scripts.zoo_models.floatnet import Floats
from scripts.zoo_models.recipes import Format

Run = Callable[[Floats], Floats]
"""From a batch of normalised items to its logits."""


class NoExecutor(Exception):
    """Nothing here can run the format."""


def outputs(path: Path, format_: Format, inputs: Floats, batch: int) -> Floats:
    """Return the logits [n, classes] of normalised items. Raises NoExecutor.

    A last batch that is not full is filled up with its first item.
    """
    run = _OPENERS[format_](path)
    rows = []
    for start in range(0, len(inputs), batch):
        some = inputs[start : start + batch]
        padding = np.repeat(some[:1], batch - len(some), axis=0)
        rows.append(run(np.concatenate([some, padding]))[: len(some)])
    return np.concatenate(rows)


def _open_tflite(path: Path) -> Run:
    interpreter = Interpreter(model_path=str(path), num_threads=1)
    interpreter.allocate_tensors()
    (source,), (target,) = interpreter.get_input_details(), interpreter.get_output_details()

    def run(values: Floats) -> Floats:
        interpreter.set_tensor(source["index"], _quantised(values, source))
        interpreter.invoke()
        return _dequantised(interpreter.get_tensor(target["index"]), target["quantization"])

    return run


def _quantised(values: Floats, tensor: dict[str, tuple[float, int]]) -> NDArray[np.generic]:
    """Return what the input tensor takes: integers for a full-integer file, else unchanged."""
    scale, zero_point = tensor["quantization"]
    if not scale:
        return values
    limits = np.iinfo(tensor["dtype"])  # type: ignore[call-overload]
    steps: Floats = np.rint(values / np.float32(scale)) + np.float32(zero_point)
    return steps.clip(limits.min, limits.max).astype(limits.dtype)


def _dequantised(raw: NDArray[np.generic], scheme: tuple[float, int]) -> Floats:
    scale, zero_point = scheme
    floats = raw.astype(np.float32)
    return (floats - np.float32(zero_point)) * np.float32(scale) if scale else floats


def _open_onnx(path: Path) -> Run:
    import onnxruntime  # noqa: PLC0415 (an option of the zoo: only this route needs it)

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (source,) = session.get_inputs()

    def run(values: Floats) -> Floats:
        (result,) = session.run(None, {source.name: values})
        return np.asarray(result, dtype=np.float32)

    return run


def _open_coreml(path: Path) -> Run:
    from labtui.mil.errors import UnsupportedOp  # noqa: PLC0415 (only this format needs it)
    from labtui.mil.model import load_model  # noqa: PLC0415

    try:
        model = load_model(path)
    except UnsupportedOp as error:
        raise NoExecutor(str(error)) from error

    def run(values: Floats) -> Floats:
        (result,) = model.run([values])
        return np.asarray(result, dtype=np.float32)

    return run


_OPENERS: dict[Format, Callable[[Path], Run]] = {
    Format.TFLITE: _open_tflite,
    Format.COREML: _open_coreml,
    Format.ONNX: _open_onnx,
}
