"""A launch as the flags of `benchmark_model`, in either generation of the tool. Pure."""

import re
from dataclasses import dataclass

from labtui.adapters.android.program import Call
from labtui.core.model import EngineOptions
from labtui.core.request import LaunchRequest

MAX_UNTIMED_S = 3600.0
"""Longest phase whose length is a number of inferences."""
SETUP_S = 600.0
"""Longest time that loading and compiling may take."""

_FLAG = re.compile(r"^[ \t]*--([a-z][a-z0-9_]{0,60})=", re.MULTILINE)
_ALWAYS = (
    "graph", "num_threads", "num_runs", "min_secs", "max_secs", "warmup_runs", "warmup_min_secs",
)  # fmt: skip
_CLASSIC = frozenset(
    (*_ALWAYS, "run_frequency", "use_xnnpack", "use_gpu", "use_nnapi", "enable_op_profiling")
)
_DELEGATES = {"gpu": "use_gpu", "npu": "use_npu", "nnapi": "use_nnapi"}
_PROFILERS = ("use_profiler", "enable_op_profiling")
"""The first is that of the LiteRT generation, which only accepts the other."""


class NotInTool(ValueError):
    """The launch asks for what this build of the tool has no flag for; the text says what."""


@dataclass(frozen=True, slots=True)
class ToolFlags:
    """Which flags a build of the tool knows."""

    names: frozenset[str]

    @property
    def engine(self) -> str:
        """The engine that is linked into it."""
        return "LiteRT" if "use_npu" in self.names else "TensorFlow Lite"

    @property
    def profiler(self) -> str:
        """The flag that turns on the profiler; empty when there is none."""
        return next((name for name in _PROFILERS if name in self.names), "")


def parse_help(text: str) -> ToolFlags:
    """Read what `--help` prints; builds from before it existed have the oldest flags."""
    return ToolFlags(frozenset(_FLAG.findall(text)) or _CLASSIC)


@dataclass(frozen=True, slots=True)
class ToolJob:
    """One launch through the tool."""

    tool: str
    """Path of the tool on the phone."""
    variant: str
    """Path of the variant, relative to labtui's folder."""
    request: LaunchRequest
    environment: tuple[tuple[str, str], ...] = ()
    engine_folder: str = ""
    """Where the engine's libraries lie on the phone; empty when none were brought."""

    @property
    def limit_s(self) -> float:
        """Longest time that one invocation may take."""
        return SETUP_S + 2 * self.max_phase_s

    @property
    def max_phase_s(self) -> float:
        """Longest time for warm-up, and for measuring."""
        return MAX_UNTIMED_S + (self.request.measure.seconds or 0.0)


def help_call(job: ToolJob) -> Call:
    """Return the call that makes the tool list its flags."""
    return Call(job.tool, ("--help",), job.environment)


def measuring_call(job: ToolJob, known: ToolFlags) -> Call:
    """Return the call that measures. Raises NotInTool."""
    request = job.request
    is_timed = request.measure.runs is None
    values = {
        "num_runs": "1" if is_timed else str(request.measure.runs),
        "min_secs": f"{request.measure.seconds or 0:g}",
        "warmup_runs": str(request.warmup.min_runs),
        "warmup_min_secs": f"{request.warmup.min_s:g}",
    }
    if request.rate_hz is not None:
        values["run_frequency"] = f"{request.rate_hz:g}"
    return _call(job, known, values)


def profiling_call(job: ToolJob, known: ToolFlags) -> Call:
    """Return the call of the profiling pass. Raises NotInTool."""
    if not known.profiler:
        raise NotInTool("it has no profiler")
    values = {
        "num_runs": str(job.request.profile_runs),
        "min_secs": "0",
        "warmup_runs": "1",
        "warmup_min_secs": "0",
        known.profiler: "true",
    }
    return _call(job, known, values)


def _call(job: ToolJob, known: ToolFlags, phases: dict[str, str]) -> Call:
    engine = job.request.engine
    values = {
        "graph": job.variant,
        "num_threads": str(engine.threads),
        "max_secs": f"{job.max_phase_s:g}",
        **phases,
        **_engine_values(engine, known),
    }
    if missing := sorted(values.keys() - known.names):
        raise NotInTool(f"it has no flag --{missing[0]}")
    if engine.accelerator == "npu" and job.engine_folder:
        values["dispatch_library_path"] = job.engine_folder
    words = tuple(f"--{name}={value}" for name, value in values.items())
    return Call(job.tool, words, job.environment, engine.affinity)


def _engine_values(engine: EngineOptions, known: ToolFlags) -> dict[str, str]:
    """Return the flags that choose the delegate; a default that has no flag is left alone."""
    values = {}
    if engine.accelerator != "cpu":
        if engine.accelerator not in _DELEGATES:
            raise NotInTool(f"it knows no accelerator {engine.accelerator!r}")
        values[_DELEGATES[engine.accelerator]] = "true"
    if not engine.xnnpack:
        values["use_xnnpack"] = "false"
    elif engine.accelerator == "cpu" and "use_xnnpack" in known.names:
        values["use_xnnpack"] = "true"
    return values
