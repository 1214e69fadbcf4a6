"""What can be checked of the host: interpreter, engine, folders, history."""

import importlib.metadata
import platform
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from labtui.cli.settings import Settings, engines_dir
from labtui.errors import RunnerFailed, StoreError
from labtui.resources import data

if TYPE_CHECKING:
    from labtui.adapters.android.engines import Engine, EngineShelf


class Health(StrEnum):
    """How a check came out."""

    GOOD = "good"
    DOUBTFUL = "doubtful"
    """Works, but somebody should look."""
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at."""

    name: str
    health: Health
    text: str


def host_checks(settings: Settings) -> list[Check]:
    """Return every check that needs no device."""
    runner = _android_runners() if settings.virtual is None else _virtual_runner()
    return [_python(), _engine(), _terminal(), _history(settings.db), runner]


def _python() -> Check:
    text = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    return Check("Python", Health.GOOD, text)


def package_version(package: str) -> str | None:
    """Return the version of an installed package without loading it; None when it is missing."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _engine() -> Check:
    litert, tflite_runtime = package_version("ai-edge-litert"), package_version("tflite-runtime")
    if litert:
        return Check("engine", Health.GOOD, f"ai-edge-litert {litert}")
    if tflite_runtime is None:
        return Check("engine", Health.BAD, "none: pip install ai-edge-litert")
    numpy = package_version("numpy") or "0"
    if int(numpy.split(".")[0]) >= 2:
        text = f"tflite-runtime {tflite_runtime} cannot work with numpy {numpy}: install numpy<2"
        return Check("engine", Health.BAD, text)
    text = f"tflite-runtime {tflite_runtime}: slow on int8, wrong on dynamic int8; prefer LiteRT"
    return Check("engine", Health.DOUBTFUL, text)


def _virtual_runner() -> Check:
    """Say which runner virtual phones execute: the reference is no fault, but no phone's either."""
    from labtui.virtual.runners import find_runner  # noqa: PLC0415 (only with --virtual)

    runner = find_runner()
    health = Health.GOOD if runner.name == "native" else Health.DOUBTFUL
    return Check("virtual runner", health, f"{runner.name}: {runner.reason}")


def _android_runners() -> Check:
    """Say for which phones there is a runner and an engine."""
    from labtui.adapters.android.elf import ABIS  # noqa: PLC0415 (no device without it)
    from labtui.adapters.android.engines import EngineShelf  # noqa: PLC0415

    folder = data("runners") / "android"
    runners = [abi for abi in ABIS if (folder / abi / "labtui-runner").is_file()]
    shelf = EngineShelf(engines_dir())
    kept = {abi: engine for abi in ABIS if (engine := _kept(shelf, abi)) is not None}
    engines = ", ".join(f"{engine.main} for {abi}" for abi, engine in kept.items())
    text = f"runner for {', '.join(runners) or 'no ABI'}; engine: {engines or 'none kept'}"
    if set(runners) & kept.keys():
        return Check("Android phones", Health.GOOD, text)
    return Check("Android phones", Health.DOUBTFUL, f"{text}. See: labtui runner install --help")


def _kept(shelf: "EngineShelf", abi: str) -> "Engine | None":
    try:
        return shelf.find(abi)
    except RunnerFailed:
        return None


def _terminal() -> Check:
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    if encoding.startswith("utf"):
        return Check("terminal", Health.GOOD, "UTF-8")
    return Check("terminal", Health.DOUBTFUL, f"{encoding or 'unknown'} encoding: use --ascii")


def _history(path: Path) -> Check:
    from labtui.store import open_store  # noqa: PLC0415 (heavy)

    try:
        interrupted = open_store(path).interrupted
    except StoreError as error:
        return Check("history", Health.BAD, str(error))
    found = f", {len(interrupted)} interrupted session(s) marked" if interrupted else ""
    return Check("history", Health.GOOD, f"{path}{found}")
