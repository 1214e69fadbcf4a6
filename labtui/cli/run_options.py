"""What the options of `labtui run` mean for engine, preset and tool."""

import argparse
import hashlib
import re
from dataclasses import replace
from pathlib import Path

from labtui.cli.plan_files import DEFAULT_PRESET, preset_named
from labtui.core.model import Digest, EngineOptions, Tool
from labtui.core.plan_file import PlanFile, PlannedFile, merged
from labtui.core.presets import Preset
from labtui.core.protocol import Measure
from labtui.core.protocol.job import MAX_CONTROL_RUNS, MAX_PROFILE_RUNS
from labtui.core.stopping import Until
from labtui.errors import UsageError

_USUAL = PlannedFile("")
_MAX_CPU = 62
_MASK = re.compile(r"(?:0[xX])?([0-9a-fA-F]{1,16})")
_CPUS = re.compile(r"([0-9]{1,2})(?:-([0-9]{1,2}))?")
_AFFINITY_GRAMMAR = (
    "give a mask in hex (f0 or 0xf0: CPUs 4 to 7) or a list of CPUs with at least one - or , "
    "(4-7, or 0,4-7; 4-4 is CPU 4 alone)"
)


def preset_of(arguments: argparse.Namespace, file: PlanFile | None = None) -> Preset:
    """Return the preset with what plan file and command line override. Raises UsageError."""
    named = arguments.preset or (file and file.preset) or DEFAULT_PRESET
    chosen = preset_named(named)
    if file is not None:
        chosen = merged(chosen, file)
    if arguments.runs is not None and arguments.seconds is not None:
        raise UsageError("--runs and --seconds exclude each other; give one.")
    for name in ("runs", "seconds", "launches", "rate", "threads", "eval_items"):
        value = getattr(arguments, name)
        if value is not None and value <= 0:
            raise UsageError(f"--{name.replace('_', '-')} must be more than 0.")
    if arguments.runs is not None or arguments.seconds is not None:
        chosen = replace(chosen, measure=Measure(arguments.runs, arguments.seconds))
    return replace(
        chosen,
        launches=arguments.launches or chosen.launches,
        rate_hz=arguments.rate or chosen.rate_hz,
        stop=replace(chosen.stop, until=Until.DECIDED) if arguments.until_decided else chosen.stop,
        profile_runs=_count(arguments, "profile", MAX_PROFILE_RUNS, chosen.profile_runs),
        control_runs=_count(arguments, "control", MAX_CONTROL_RUNS, chosen.control_runs),
    )


def _count(arguments: argparse.Namespace, name: str, most: int, usual: int) -> int:
    value: int | None = getattr(arguments, name)
    if value is None:
        return usual
    if not 0 <= value <= most:
        raise UsageError(f"--{name} must be 0 to {most:,}.")
    return value


def engine_of(arguments: argparse.Namespace, file: PlannedFile = _USUAL) -> EngineOptions:
    """Return how a variant shall be executed: as the command line says, else as the file does.

    Raises UsageError for what contradicts itself.
    """
    own = engine_of_file(file)
    given = arguments.affinity
    engine = EngineOptions(
        accelerator=arguments.accelerator or own.accelerator,
        threads=arguments.threads or own.threads,
        affinity=own.affinity if given is None else parse_affinity(given),
        xnnpack=own.xnnpack and not arguments.no_xnnpack,
    )
    if arguments.control and engine.accelerator == "cpu" and not engine.xnnpack:
        raise UsageError(
            "--control measures without accelerator or XNNPACK, and --no-xnnpack on the CPU has "
            "neither: leave one of them out."
        )
    return engine


def engine_of_file(file: PlannedFile) -> EngineOptions:
    """Return how a plan file's variant shall be executed. Raises UsageError."""
    return EngineOptions(
        accelerator=file.accelerator or "cpu",
        threads=file.threads or 1,
        affinity=None if file.affinity is None else parse_affinity(file.affinity),
        xnnpack=file.xnnpack is not False,
    )


def parse_affinity(text: str) -> int:
    """Return a mask of CPUs, bit n for CPU n. Raises UsageError that tells the grammar."""
    is_list = "-" in text or "," in text
    mask = _mask_of_list(text) if is_list else _mask_of_hex(text)
    if not 0 < mask < 1 << (_MAX_CPU + 1):
        raise UsageError(
            f"The affinity {text!r} names no CPUs from 0 to {_MAX_CPU}: {_AFFINITY_GRAMMAR}."
        )
    return mask


def _mask_of_hex(text: str) -> int:
    match = _MASK.fullmatch(text)
    return int(match[1], 16) if match else 0


def _mask_of_list(text: str) -> int:
    """Return the mask of a list of CPUs and ranges of them; 0 for anything else."""
    mask = 0
    for item in text.removesuffix(",").split(","):
        match = _CPUS.fullmatch(item)
        if match is None:
            return 0
        first, last = int(match[1]), int(match[2] or match[1])
        if first > last or last > _MAX_CPU:
            return 0
        mask |= (1 << (last + 1)) - (1 << first)
    return mask


def tool_of(arguments: argparse.Namespace) -> Tool | None:
    """Return the program that measures in place of labtui's runner. Raises UsageError."""
    path: Path | None = arguments.benchmark_model
    if path is None:
        return None
    if arguments.control:
        raise UsageError("benchmark_model tells totals only: it cannot do a --control run.")
    try:
        with path.open("rb") as file:
            digest = Digest(hashlib.file_digest(file, "sha256").hexdigest())
        return Tool(str(path.absolute()), digest, path.stat().st_size)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from error
