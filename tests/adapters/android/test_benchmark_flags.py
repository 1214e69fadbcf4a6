"""A launch as flags of benchmark_model."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.adapters.android.benchmark_flags import (
    NotInTool,
    ToolFlags,
    ToolJob,
    help_call,
    measuring_call,
    parse_help,
    profiling_call,
)
from labtui.adapters.android.shelf import FOLDER
from labtui.core.model import Digest, EngineOptions, LaunchUid
from labtui.core.protocol import Measure, WarmUp
from labtui.core.request import LaunchRequest
from tests.adapters.android.tool_texts import CLASSIC_HELP, LITERT_HELP

TOOL = f"{FOLDER}/runners/t"
REQUEST = LaunchRequest(
    LaunchUid("01J0"), Digest("0" * 64), EngineOptions(threads=2), 7,
    WarmUp(min_runs=5, max_runs=100, min_s=0.3, max_s=2.0), Measure(seconds=2.5), None,
    profile_runs=6,
)  # fmt: skip
CLASSIC, LITERT = parse_help(CLASSIC_HELP), parse_help(LITERT_HELP)


def _job(**changes: object) -> ToolJob:
    request = replace(REQUEST, **changes)  # type: ignore[arg-type]
    return ToolJob(TOOL, "variants/x.tflite", request)


def _engine(accelerator: str = "cpu", **options: object) -> ToolJob:
    return _job(engine=EngineOptions(accelerator, **options))  # type: ignore[arg-type]


def test_the_generation_shows_in_the_flags() -> None:
    assert ("TensorFlow Lite", "enable_op_profiling") == (CLASSIC.engine, CLASSIC.profiler)
    assert ("LiteRT", "use_profiler") == (LITERT.engine, LITERT.profiler)


@pytest.mark.parametrize("text", ["", "Please specify the name of your TF Lite input file"])
def test_a_build_without_help_has_the_oldest_flags(text: str) -> None:
    assert {"graph", "use_gpu", "enable_op_profiling"} <= parse_help(text).names


@given(st.text())
def test_any_help_is_read(text: str) -> None:
    assert parse_help(text).names


def test_measuring_by_time() -> None:
    assert measuring_call(_job(), CLASSIC).arguments == (
        "--graph=variants/x.tflite", "--num_threads=2", "--max_secs=3602.5", "--num_runs=1",
        "--min_secs=2.5", "--warmup_runs=5", "--warmup_min_secs=0.3", "--use_xnnpack=true",
    )  # fmt: skip


def test_measuring_by_runs_at_a_rate() -> None:
    words = measuring_call(_job(measure=Measure(runs=200), rate_hz=12.5), CLASSIC).arguments
    assert {"--num_runs=200", "--min_secs=0", "--run_frequency=12.5"} <= set(words)


@pytest.mark.parametrize(
    ("job", "known", "flags"),
    [
        (_engine("gpu"), CLASSIC, {"--use_gpu=true"}),
        (_engine("gpu", xnnpack=False), CLASSIC, {"--use_gpu=true", "--use_xnnpack=false"}),
        (_engine("nnapi"), CLASSIC, {"--use_nnapi=true"}),
        (_engine("npu"), LITERT, {"--use_npu=true"}),
        (_engine(xnnpack=False), CLASSIC, {"--use_xnnpack=false"}),
        (_engine(), ToolFlags(CLASSIC.names - {"use_xnnpack"}), set()),
    ],
)
def test_the_engine(job: ToolJob, known: ToolFlags, flags: set[str]) -> None:
    words = measuring_call(job, known).arguments
    assert flags == {word for word in words if word.startswith("--use_")}


@pytest.mark.parametrize(
    ("job", "known", "words"),
    [
        (_engine("npu"), CLASSIC, "no flag --use_npu"),
        (_engine("nnapi"), LITERT, "no flag --use_nnapi"),
        (_engine("quantum"), CLASSIC, "no accelerator 'quantum'"),
        (_engine(xnnpack=False), ToolFlags(frozenset()), "no flag"),
        (_job(rate_hz=1.0), ToolFlags(CLASSIC.names - {"run_frequency"}), "--run_frequency"),
    ],
)
def test_what_the_tool_cannot_do_is_not_left_out(
    job: ToolJob, known: ToolFlags, words: str
) -> None:
    with pytest.raises(NotInTool, match=words):
        measuring_call(job, known)


def test_the_npu_finds_its_dispatch_library() -> None:
    variables = (("LD_LIBRARY_PATH", "/e:/vendor/lib64"), ("ADSP_LIBRARY_PATH", "/e x"))
    job = replace(_engine("npu"), environment=variables, engine_folder="/e")
    call = measuring_call(job, LITERT)
    assert "--dispatch_library_path=/e" in call.arguments
    start = "export LD_LIBRARY_PATH=/e:/vendor/lib64 ADSP_LIBRARY_PATH='/e x' && exec"
    assert start in call.script


@pytest.mark.parametrize(
    ("known", "flag"), [(CLASSIC, "enable_op_profiling"), (LITERT, "use_profiler")]
)
def test_the_profiling_pass(known: ToolFlags, flag: str) -> None:
    words = set(profiling_call(_job(), known).arguments)
    assert {"--num_runs=6", "--min_secs=0", "--warmup_runs=1", f"--{flag}=true"} <= words


def test_a_tool_without_a_profiler() -> None:
    with pytest.raises(NotInTool, match="no profiler"):
        profiling_call(_job(), ToolFlags(frozenset({"graph"})))


def test_the_command_line() -> None:
    assert f"cd {FOLDER} && exec {TOOL} --help" == help_call(_job()).script
    pinned = measuring_call(_engine(affinity=0xF0), CLASSIC).script
    assert f"cd {FOLDER} && exec taskset f0 {TOOL} --graph=variants/x.tflite" in pinned


def test_limits_follow_what_is_asked_for() -> None:
    assert 600 + 2 * 3602.5 == _job().limit_s
