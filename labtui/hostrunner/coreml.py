"""Apple's own Core ML through coremltools, on macOS.

Not tested by this project's tests, which run on Linux: there `labtui.mil` stands in for it.
"""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from labtui.core.model import EngineOptions, TensorSpec
from labtui.core.placement import Placement
from labtui.failure import FailureCode
from labtui.hostrunner.engine import Array, Engine, OutputTensor, RunnerFailure
from labtui.mil.errors import BadPackage
from labtui.mil.package import read_package

NAME = "coreml"
_UNITS = {"cpu": "CPU_ONLY", "gpu": "CPU_AND_GPU", "npu": "CPU_AND_NE", "all": "ALL"}
_DTYPES = {65552: "float16", 65568: "float32", 65600: "float64", 131104: "int32", 131080: "int8"}
"""By the numbers of `ArrayFeatureType.ArrayDataType`."""


class CoremlEngine:
    """Runs an `.mlpackage` on the compute units that the job asks for."""

    name = NAME

    def __init__(self, coremltools: Any) -> None:
        self.version = version("coremltools")
        self.inputs: tuple[TensorSpec, ...] = ()
        self._coremltools = coremltools
        self._model: Any = None
        self._asked = ""
        self._output_specs: tuple[TensorSpec, ...] = ()
        self._feeds: dict[str, Array] = {}
        self._read: list[Array] = []

    def load(self, path: Path, options: EngineOptions) -> None:
        """Compile and load. Raises RunnerFailure."""
        units = _UNITS.get(options.accelerator)
        if units is None:
            raise RunnerFailure(
                FailureCode.ACCELERATOR_MISSING,
                f"Core ML has no accelerator {options.accelerator!r}: use {', '.join(_UNITS)}",
            )
        self._asked = options.accelerator
        try:
            description = read_package(path).spec.description
            compute_units = getattr(self._coremltools.ComputeUnit, units)
            self._model = self._coremltools.models.MLModel(str(path), compute_units=compute_units)
        except (BadPackage, RuntimeError, ValueError) as error:
            raise RunnerFailure(FailureCode.MODEL_REFUSED, f"the package {error}") from error
        self.inputs = _specs(description.input)
        self._output_specs = _specs(description.output)

    def set_inputs(self, arrays: Sequence[Array]) -> None:
        """Choose what each `infer` from now on is given, in the order of `inputs`."""
        names = (spec.name for spec in self.inputs)
        self._feeds = dict(zip(names, arrays, strict=True))

    def infer(self) -> None:
        """Predict. Raises RunnerFailure."""
        try:
            predicted = self._model.predict(self._feeds)
            self._read = [
                np.asarray(predicted[spec.name], spec.dtype) for spec in self._output_specs
            ]
        except (RuntimeError, ValueError, KeyError, TypeError) as error:
            raise RunnerFailure(FailureCode.RUN_FAILED, f"the inference failed: {error}") from error

    def outputs(self) -> tuple[OutputTensor, ...]:
        """Return what the last `infer` read back; half floats widened in `values`."""
        return tuple(
            OutputTensor(spec, raw, raw.astype(np.float32) if raw.dtype == np.float16 else raw)
            for spec, raw in zip(self._output_specs, self._read, strict=True)
        )

    def placement(self) -> Placement:
        """Return nothing but what was asked for: Core ML does not say."""
        return Placement(self._asked)


def _specs(features: Any) -> tuple[TensorSpec, ...]:
    """Return inputs or outputs in the order of their names' bytes. Raises RunnerFailure."""
    ordered = sorted(features, key=lambda feature: feature.name.encode())
    return tuple(_spec(feature) for feature in ordered)


def _spec(feature: Any) -> TensorSpec:
    array = feature.type.multiArrayType
    dtype = _DTYPES.get(array.dataType)
    if feature.type.WhichOneof("Type") != "multiArrayType" or dtype is None:
        raise RunnerFailure(
            FailureCode.MODEL_REFUSED,
            f"{feature.name} is no array: convert the model with arrays as inputs and outputs",
        )
    return TensorSpec(feature.name, tuple(int(size) for size in array.shape), dtype)


def open_coreml() -> Engine:
    """Import coremltools. Raises RunnerFailure when it is not there."""
    try:
        import coremltools  # noqa: PLC0415 (absent in some installs, and slow to import)
    except ImportError as error:
        raise RunnerFailure(
            FailureCode.ENGINE_MISSING,
            "Core ML packages need coremltools: pip install 'labtui[ios]'",
        ) from error
    return CoremlEngine(coremltools)
