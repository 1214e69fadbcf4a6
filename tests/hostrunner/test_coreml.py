"""The engine around coremltools' MLModel, with a stand-in for what only macOS has."""

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from labtui.core.model import EngineOptions, TensorSpec
from labtui.core.placement import Placement
from labtui.failure import FailureCode
from labtui.hostrunner.coreml import CoremlEngine
from labtui.hostrunner.engine import RunnerFailure
from tests.mil import corpus


class ComputeUnit:
    CPU_ONLY, CPU_AND_GPU, CPU_AND_NE, ALL = range(4)


class MLModel:
    opened: ClassVar[list[tuple[str, int]]] = []

    def __init__(self, path: str, compute_units: int) -> None:
        self.opened.append((path, compute_units))

    def predict(self, feeds: dict[str, Any]) -> dict[str, Any]:
        if np.isnan(feeds["x"]).any():
            raise RuntimeError("no prediction")
        return {"y": feeds["x"].reshape(-1)[:5].astype(np.float16)}


class Models:
    MLModel = MLModel


class Coremltools:
    models = Models
    ComputeUnit = ComputeUnit


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> CoremlEngine:
    monkeypatch.setattr(MLModel, "opened", [])
    return CoremlEngine(Coremltools)


@pytest.mark.parametrize(("asked", "units"), [("cpu", 0), ("gpu", 1), ("npu", 2), ("all", 3)])
def test_accelerators_are_compute_units(engine: CoremlEngine, asked: str, units: int) -> None:
    engine.load(corpus.package("cnn.fp16"), EngineOptions(asked))
    assert [(str(corpus.package("cnn.fp16")), units)] == MLModel.opened
    assert Placement(asked) == engine.placement()


def test_an_inference(engine: CoremlEngine) -> None:
    engine.load(corpus.package("cnn.fp16"), EngineOptions())
    assert (TensorSpec("x", (1, 3, 21, 18), "float16"),) == engine.inputs
    item = corpus.inputs("cnn.fp16")[0].astype(np.float16)
    engine.set_inputs([item])
    engine.infer()
    (output,) = engine.outputs()
    found = (output.spec.name, output.raw.dtype.name, output.values.dtype.name)
    assert ("y", "float16", "float32") == found
    assert item.reshape(-1)[:5].tolist() == output.values.tolist()


def test_an_inference_that_fails(engine: CoremlEngine) -> None:
    engine.load(corpus.package("cnn.fp16"), EngineOptions())
    engine.set_inputs([np.full((1, 3, 21, 18), np.nan, np.float16)])
    with pytest.raises(RunnerFailure, match="no prediction") as caught:
        engine.infer()
    assert FailureCode.RUN_FAILED is caught.value.code


def test_what_cannot_be_loaded(engine: CoremlEngine, tmp_path: Path) -> None:
    with pytest.raises(RunnerFailure, match="has no accelerator 'nnapi'") as caught:
        engine.load(corpus.package("cnn.fp16"), EngineOptions("nnapi"))
    assert FailureCode.ACCELERATOR_MISSING is caught.value.code
    with pytest.raises(RunnerFailure, match="No such file") as caught:
        engine.load(tmp_path / "gone.mlpackage", EngineOptions())
    assert FailureCode.MODEL_REFUSED is caught.value.code


def test_images_are_refused(engine: CoremlEngine, tmp_path: Path) -> None:
    def image(spec: Any) -> None:
        spec.description.input[0].type.imageType.width = 18

    with pytest.raises(RunnerFailure, match="x is no array"):
        engine.load(corpus.changed("cnn.fp16", tmp_path, image), EngineOptions())
