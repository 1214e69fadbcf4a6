"""The engine of `tflite-runtime`, LiteRT's predecessor, where it is the one installed."""

from importlib.metadata import version

import numpy as np

from labtui.failure import FailureCode
from labtui.hostrunner.engine import Engine, RunnerFailure
from labtui.hostrunner.interpreter import InterpreterEngine

PACKAGE = "tflite-runtime"


def open_tflite_runtime() -> Engine:
    """Import the engine. Raises RunnerFailure when it is absent or cannot work with this numpy."""
    if int(np.__version__.split(".")[0]) >= 2:
        # Its import would succeed; the first use fails without naming cause or cure.
        raise RunnerFailure(
            FailureCode.ENGINE_MISSING,
            f"{PACKAGE} does not work with numpy {np.__version__}: "
            "install numpy<2, or better ai-edge-litert instead of it",
        )
    try:
        # Absent in most installs, so not at the top.
        from tflite_runtime import interpreter  # noqa: PLC0415
    except ImportError as error:
        raise RunnerFailure(
            FailureCode.ENGINE_MISSING, f"{PACKAGE} cannot be imported: {error}"
        ) from error
    return InterpreterEngine(PACKAGE, version(PACKAGE), interpreter)
