"""The engine of `ai-edge-litert`: what phones run, on this computer."""

from importlib.metadata import version

from labtui.failure import FailureCode
from labtui.hostrunner.engine import Engine, RunnerFailure
from labtui.hostrunner.interpreter import InterpreterEngine

PACKAGE = "ai-edge-litert"


def open_litert() -> Engine:
    """Import the engine. Raises RunnerFailure when the package is not there or does not start."""
    try:
        from ai_edge_litert import interpreter  # noqa: PLC0415 (absent in some installs)
    except ImportError as error:
        raise RunnerFailure(
            FailureCode.ENGINE_MISSING,
            f"{PACKAGE} cannot be imported ({error}): pip install {PACKAGE}",
        ) from error
    return InterpreterEngine(PACKAGE, version(PACKAGE), interpreter)
