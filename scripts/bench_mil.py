"""The Core ML executor against LiteRT on MobileNetV2; one JSON line a number."""

import json
import logging
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from labtui.hostrunner.blas import set_blas_threads
from labtui.mil.model import load_model
from scripts.mobilenet import SIZE, write_package, write_tflite

TARGET_RATIO = 10.0
TARGET_RELATIVE = 1e-3
ROUNDS, LITERT_RUNS = 12, 6


def measure() -> list[dict[str, object]]:
    """Return what this script measures, one entry a goal."""
    set_blas_threads(1)
    logging.getLogger("coremltools").setLevel(logging.CRITICAL)
    item = np.random.default_rng(1).uniform(-1, 1, (1, 3, SIZE, SIZE)).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        core_ml, litert = _opened(Path(folder))
        own, other = core_ml(item), litert(item)
        own_ns, other_ns = _shortest_ns(core_ml, litert, item)
    relative = float(np.abs(own - other).max() / np.abs(other).max())
    ratio = own_ns / other_ns
    return [
        {
            "name": "labtui-mil: MobileNetV2 fp32 against LiteRT, 1 thread, CPU time",
            "value": round(own_ns / 1e6, 2),
            "unit": "ms",
            "target": round(TARGET_RATIO * other_ns / 1e6, 2),
            "ratio_to": f"LiteRT's {other_ns / 1e6:.2f} ms",
            "ratio": round(ratio, 2),
            "ok": ratio < TARGET_RATIO,
        },
        {
            "name": "labtui-mil: MobileNetV2 fp32, largest difference to LiteRT",
            "value": relative,
            "unit": "of the largest output",
            "target": TARGET_RELATIVE,
            "ok": relative < TARGET_RELATIVE,
        },
    ]


def _opened(folder: Path) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """Return both engines as functions from an image to its logits."""
    write_package(folder / "net.mlpackage")
    write_tflite(folder / "net.tflite")
    model = load_model(folder / "net.mlpackage")
    from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415 (prints when imported)

    interpreter = Interpreter(str(folder / "net.tflite"), num_threads=1)
    interpreter.allocate_tensors()
    source, target = interpreter.get_input_details()[0], interpreter.get_output_details()[0]

    def litert(item: Any) -> Any:
        interpreter.set_tensor(source["index"], item.transpose(0, 2, 3, 1))
        interpreter.invoke()
        return interpreter.get_tensor(target["index"])

    return lambda item: model.run([item])[0], litert


def _shortest_ns(
    own: Callable[[Any], Any], other: Callable[[Any], Any], item: Any
) -> tuple[int, int]:
    """Return the least CPU time of each, taken in turn."""
    own_ns, other_ns = [], []
    for _ in range(ROUNDS):
        own_ns.append(_cpu_ns(own, item))
        other_ns += [_cpu_ns(other, item) for _ in range(LITERT_RUNS)]
    return min(own_ns), min(other_ns)


def _cpu_ns(run: Callable[[Any], Any], item: Any) -> int:
    start_ns = time.thread_time_ns()
    run(item)
    return time.thread_time_ns() - start_ns


if __name__ == "__main__":
    for result in measure():
        print(json.dumps(result))
