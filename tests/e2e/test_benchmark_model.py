"""benchmark_model in place of labtui's runner, as its user has it."""

import signal
from pathlib import Path

from tests.adapters.android.tool_script import a_tool
from tests.core.logs.benchmark_logs import NNAPI_FAILED
from tests.e2e.rig import Labtui

RUN = ("--virtual", "pixel-7-pro", "run")


def test_totals_are_kept_and_labelled(labtui: Labtui, tiny: Path, tmp_path: Path) -> None:
    tool = a_tool(tmp_path)
    done = labtui.run(*RUN, tiny, "--benchmark-model", tool, "--launches", "2", "--profile", "5")
    assert 0 == done.returncode, done.stderr
    assert "totals only" in done.stdout
    (result,) = labtui.json("history", "show", "last")["results"]
    assert (True, 242, 0) == (result["is_aggregate"], result["aggregate_runs"], result["samples"])
    assert (8_199_000, "cpu XNNPACK 37 + cpu 3") == (result["p50_ns"], result["placement"])


def test_a_failure_of_the_tool_is_named(labtui: Labtui, tiny: Path, tmp_path: Path) -> None:
    tool = a_tool(tmp_path, log=NNAPI_FAILED)
    done = labtui.run(*RUN, tiny, "--benchmark-model", tool, "--accelerator", "nnapi")
    assert 3 == done.returncode
    (result,) = labtui.json("history", "show", "last")["results"]
    assert ("accelerator_missing", 1) == (result["code"], result["failed"])


def test_it_is_stopped_by_a_signal(labtui: Labtui, tiny: Path, tmp_path: Path) -> None:
    tool = a_tool(tmp_path, before="echo 'INFO: STARTING!'; sleep 60")
    with labtui.start(*RUN, tiny, "--benchmark-model", tool) as running:
        running.until("runner_reported")
        running.signal(signal.SIGTERM)
        assert 130 == running.finish(), running.stderr
    (launch,) = labtui.json("history", "show", "last")["launches"]
    assert "stopped" == launch["outcome"]


def test_the_preview_says_what_is_unusual(labtui: Labtui, tiny: Path, tmp_path: Path) -> None:
    words = ("--benchmark-model", a_tool(tmp_path), "--accelerator", "gpu", "--affinity", "4-7")
    shown = labtui.run(*RUN, tiny, *words, "--dry-run")
    assert 0 == shown.returncode, shown.stderr
    for part in ("tiny fp32 (gpu, CPUs f0)", "measured by benchmark_model", "profiling pass of 5"):
        assert part in shown.stderr


def test_what_it_cannot_run_on(labtui: Labtui, tiny: Path, tmp_path: Path) -> None:
    tool = a_tool(tmp_path)
    refused = labtui.run(*RUN, tiny, "--benchmark-model", tool, "--device", "host")
    assert (2, True) == (refused.returncode, "runs on Android only" in refused.stderr)
