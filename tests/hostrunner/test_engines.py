"""Which engine is chosen, and how its graph is read."""

import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from labtui.core.model import TensorSpec
from labtui.core.placement import PlacedPart, Placement
from labtui.failure import FailureCode
from labtui.hostrunner import engines
from labtui.hostrunner.engine import RunnerFailure
from labtui.hostrunner.interpreter import InterpreterEngine, dequantised
from labtui.hostrunner.placement import placement_of
from labtui.hostrunner.tflite_runtime import open_tflite_runtime
from tests.tiny_tflite import fully_connected


def installed(monkeypatch: pytest.MonkeyPatch, *packages: str) -> None:
    monkeypatch.setattr(
        engines, "find_spec", lambda name: ModuleSpec(name, None) if name in packages else None
    )


@pytest.mark.parametrize("packages", [("ai_edge_litert",), ("ai_edge_litert", "tflite_runtime")])
def test_litert_comes_first(monkeypatch: pytest.MonkeyPatch, packages: tuple[str, ...]) -> None:
    installed(monkeypatch, *packages)
    assert "ai-edge-litert" == engines.open_engine(Path("net.tflite")).name


def test_without_litert_its_predecessor_is_taken_and_refuses_numpy_2(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    installed(monkeypatch, "tflite_runtime")
    monkeypatch.setattr(np, "__version__", "2.4.6")
    with pytest.raises(RunnerFailure, match=r"with numpy 2\.4\.6: install numpy<2") as e:
        engines.open_engine(Path("net.tflite"))
    assert FailureCode.ENGINE_MISSING is e.value.code


def test_tflite_runtime_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(np, "__version__", "1.26.4")
    monkeypatch.setitem(sys.modules, "tflite_runtime", None)
    with pytest.raises(RunnerFailure, match="cannot be imported") as caught:
        open_tflite_runtime()
    assert FailureCode.ENGINE_MISSING is caught.value.code


def test_no_engine_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch)
    monkeypatch.setitem(sys.modules, "ai_edge_litert", None)
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    with pytest.raises(RunnerFailure, match="pip install ai-edge-litert"):
        engines.open_engine(Path("net.tflite"))


def node(op: str, inputs: list[int], outputs: list[int]) -> dict[str, Any]:
    return {"op_name": op, "inputs": np.array(inputs), "outputs": np.array(outputs)}


GRAPHS = {
    "no delegate": ([node("ADD", [0], [1]), node("ADD", [1], [2])], (("", 2),), 0),
    "all": (
        [node("CONV", [0, 9], [1]), node("ADD", [1], [2]), node("DELEGATE", [0, 9], [2])],
        (("XNNPACK", 2),), 1,
    ),
    "two pieces": (
        [
            node("CONV", [0], [1]), node("TOPK", [1], [2, 3]), node("ADD", [2, 3], [4]),
            node("DELEGATE", [0], [1]), node("DELEGATE", [2, 3], [4]),
        ],
        (("XNNPACK", 2), ("", 1)), 2,
    ),
    "a branch that meets again": (
        [
            node("A", [0], [1]), node("B", [1], [2]), node("C", [1], [3]), node("D", [2, 3], [4]),
            node("DELEGATE", [0], [4]),
        ],
        (("XNNPACK", 4),), 1,
    ),
    "empty graph": ([], (), 0),
}  # fmt: skip


@pytest.mark.parametrize("name", GRAPHS)
def test_ops_that_a_delegate_took(name: str) -> None:
    details, counts, partitions = GRAPHS[name]
    parts = tuple(PlacedPart("cpu", delegate, ops) for delegate, ops in counts)
    assert Placement("cpu", parts, partitions) == placement_of(details)


@pytest.mark.parametrize("details", [None, [{"name": "ADD"}], [{"op_name": "ADD"}], [3]])
def test_an_interpreter_that_tells_less_leaves_placement_open(details: Any) -> None:
    module = ModuleType("interpreter")
    module._get_ops_details = lambda: details  # type: ignore[attr-defined]
    engine = InterpreterEngine("x", "1", None)
    engine._interpreter = module
    assert Placement("cpu") == engine.placement()


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit that the system keeps")
@pytest.mark.parametrize("spare_mb", [1, 20], ids=["to map the file", "to pack the weights"])
def test_too_little_memory_is_told_from_a_bad_file(tmp_path: Path, spare_mb: int) -> None:
    path = tmp_path / "wide.tflite"
    path.write_bytes(fully_connected(width=2048, classes=2048))  # 16 MiB
    code = (
        "import re, resource, sys\n"
        "from pathlib import Path\n"
        "from labtui.core.model import EngineOptions\n"
        "from labtui.hostrunner.engine import RunnerFailure\n"
        "from labtui.hostrunner.litert import open_litert\n"
        "engine = open_litert()\n"
        "used_kb = int(re.search(r'VmSize:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])\n"
        "limit = used_kb * 1024 + int(sys.argv[2]) * 2**20\n"
        "resource.setrlimit(resource.RLIMIT_AS, (limit, limit))\n"
        "try: engine.load(Path(sys.argv[1]), EngineOptions())\n"
        "except RunnerFailure as failure: print(failure.code)\n"
    )
    command = [sys.executable, "-c", code, str(path), str(spare_mb)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "out_of_memory" == output.strip()


def test_dequantising() -> None:
    spec = TensorSpec("y", (3,), "int8", scale=0.5, zero_point=-2)
    raw = np.array([-128, -2, 127], dtype=np.int8)
    assert [-63.0, 0.0, 64.5] == dequantised(raw, spec).tolist()
    assert raw is dequantised(raw, TensorSpec("y", (3,), "int8"))
