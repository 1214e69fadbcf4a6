"""Chooses the engine by what the variant is and what is installed."""

import sys
from importlib.util import find_spec
from pathlib import Path

from labtui.hostrunner.content import is_package
from labtui.hostrunner.engine import Engine
from labtui.hostrunner.litert import open_litert
from labtui.hostrunner.tflite_runtime import open_tflite_runtime


def open_engine(variant: Path) -> Engine:
    """Import the best engine for a variant. Raises RunnerFailure when there is none."""
    if is_package(variant):
        return _open_core_ml(variant)
    if find_spec("ai_edge_litert") is None and find_spec("tflite_runtime") is not None:
        return open_tflite_runtime()
    return open_litert()


def _open_core_ml(variant: Path) -> Engine:
    # Imported here: whoever runs TFLite needs neither.
    if sys.platform == "darwin":
        from labtui.hostrunner.coreml import open_coreml  # noqa: PLC0415 (as above)

        return open_coreml()
    from labtui.hostrunner.mil_engine import open_mil  # noqa: PLC0415 (as above)

    return open_mil(variant)
