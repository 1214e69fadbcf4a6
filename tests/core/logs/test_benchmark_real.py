"""The engine's own benchmark tool, run for real: what it keeps in a file is what is read."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from labtui.core.logs.benchmark_model import RunStatus, parse_benchmark_model
from labtui.resources import demo_data

MODEL = min((demo_data() / "variants").glob("*.tflite"))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, float]]:
    """Return the tool's output and the latencies it stored, in ms."""
    pytest.importorskip("ai_edge_litert.tools.benchmark_litert_model")
    stored: Path = tmp_path_factory.mktemp("benchmark") / "result.json"
    tool = (sys.executable, "-m", "ai_edge_litert.tools.benchmark_litert_model", "--model", MODEL)
    words = ("--num_runs=20", "--warmup_runs=3", "--num_threads=1", f"--result_json={stored}")
    done = subprocess.run(
        [*tool, *words],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    return done.stdout, json.loads(stored.read_text())["latency"]


def test_every_number(told: tuple[str, dict[str, float]]) -> None:
    output, truth = told
    (run,) = parse_benchmark_model(output).runs
    assert (RunStatus.OK, str(MODEL), 1) == (run.status, run.graph, run.threads)
    stats, warmup = run.inference, run.warmup
    assert stats is not None
    assert warmup is not None
    assert (20, 3) == (stats.count, warmup.count)
    read = {
        "init_ms": run.init_ns,
        "warmup_first_ms": run.first_inference_ns or 0,
        "warmup_avg_ms": warmup.mean_ns,
        "avg_ms": stats.mean_ns,
        "min_ms": stats.min_ns,
        "max_ms": stats.max_ns,
        "median_ms": stats.median_ns,
        "std_ms": stats.std_ns,
        "p5_ms": stats.p5_ns,
        "p95_ms": stats.p95_ns,
    }
    assert {key: round(truth[key] * 1e6) for key in read} == read


def test_placement(told: tuple[str, dict[str, float]]) -> None:
    (run,) = parse_benchmark_model(told[0]).runs
    assert ("cpu", "full") == (run.placement.asked, run.placement.coverage.value)
