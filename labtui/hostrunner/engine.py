"""What the runner needs from an inference engine."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from labtui.core.model import EngineOptions, TensorSpec
from labtui.core.placement import Placement
from labtui.failure import FailureCode

Array = NDArray[Any]


class RunnerFailure(Exception):
    """The launch cannot go on; becomes the `error` event with this code and text."""

    def __init__(self, code: FailureCode, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class OutputTensor:
    """One output of the last inference."""

    spec: TensorSpec
    raw: Array
    """As the engine left it, in the element type of `spec`."""
    values: Array
    """Dequantised where the tensor is quantised, else the same as `raw`."""


class Engine(Protocol):
    """Runs one variant; used from one thread, in the order load, set_inputs, infer."""

    @property
    def name(self) -> str:
        """The engine's package, e.g. `ai-edge-litert`."""
        ...

    @property
    def version(self) -> str:
        """The package's version."""
        ...

    def load(self, path: Path, options: EngineOptions) -> None:
        """Make the variant ready to run. Raises RunnerFailure."""
        ...

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        """What the loaded variant takes, in its own order."""
        ...

    def set_inputs(self, arrays: Sequence[Array]) -> None:
        """Choose what each `infer` from now on is given."""
        ...

    def infer(self) -> None:
        """Hand over the inputs, run, read back and dequantise the outputs: the timed call."""
        ...

    def outputs(self) -> tuple[OutputTensor, ...]:
        """Return what the last `infer` read back."""
        ...

    def placement(self) -> Placement:
        """Return which ops run where, as far as the engine says."""
        ...


EngineFactory = Callable[[Path], Engine]
"""Imports the engine for a variant; raises RunnerFailure, `engine_missing` where there is none."""
