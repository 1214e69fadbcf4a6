"""Chooses the engine: LiteRT, else tflite-runtime."""

from importlib.util import find_spec

from labtui.hostrunner.engine import Engine
from labtui.hostrunner.litert import open_litert
from labtui.hostrunner.tflite_runtime import open_tflite_runtime


def open_engine() -> Engine:
    """Import the best engine that is installed. Raises RunnerFailure when there is none."""
    if find_spec("ai_edge_litert") is None and find_spec("tflite_runtime") is not None:
        return open_tflite_runtime()
    return open_litert()
