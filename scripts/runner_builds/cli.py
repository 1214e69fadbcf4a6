"""The command line of `scripts/build_runners`: builds what it can, says what it did and skipped."""

import argparse
import json
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from scripts.runner_builds import stamp
from scripts.runner_builds.build import build, flags_for
from scripts.runner_builds.compilers import Compiler, compiler_for
from scripts.runner_builds.targets import TARGETS, Target, machine, named
from scripts.runner_builds.tool import BuildFailed

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "runners" / "android" / "labtui_runner.c"
_ERROR_CHARS = 2000


class State(StrEnum):
    """What became of a target."""

    BUILT = "built"
    FRESH = "fresh"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One target's line: the state, then what is known; `reason` says why not."""

    target: str
    state: State
    compiler: str = ""
    path: str = ""
    size_bytes: int = 0
    seconds: float = 0.0
    reason: str = ""

    def __str__(self) -> str:
        head = f"{self.target}: {self.state}"
        if self.reason:
            return f"{head}: {self.reason}"
        return f"{head} with {self.compiler}, {self.size_bytes} bytes: {self.path}"


def main(argv: Sequence[str]) -> int:
    """Build; return 0, or 1 if a compiler refused the source. What is missing is only said."""
    arguments = _parser().parse_args(argv)
    version = labtui_version()
    outcomes = []
    for target in arguments.targets:
        outcomes.append(make(target, arguments.source, arguments.out, version))
        if not arguments.json:
            _say(outcomes[-1], quiet=arguments.quiet)
    if arguments.json:
        print(json.dumps({"version": 1, "runners": [asdict(outcome) for outcome in outcomes]}))
    return int(any(outcome.state is State.FAILED for outcome in outcomes))


def make(target: Target, source: Path, out: Path, version: str) -> Outcome:
    """Build one target below `out` unless it is there already."""
    compiler = compiler_for(target)
    if isinstance(compiler, str):
        is_left = target.path(out).exists()
        reason = f"{compiler}; an earlier build stays" if is_left else compiler
        return Outcome(target.name, State.SKIPPED, reason=reason)
    try:
        return _make(target, compiler, source, out, version)
    except (BuildFailed, OSError) as error:
        text = str(error)[:_ERROR_CHARS]
        return Outcome(target.name, State.FAILED, compiler=str(compiler), reason=text)


def _make(target: Target, compiler: Compiler, source: Path, out: Path, version: str) -> Outcome:
    program, noted = target.path(out), target.stamp(out)
    words = [target.name, str(compiler), *flags_for(target, source, version)]
    sources = stamp.digest_of(_sources(source), words, compiler.files)
    started, state = time.perf_counter(), State.FRESH
    if not stamp.is_fresh(noted, program, sources):
        with _scratch(out) as scratch:
            _install(build(target, compiler, source, version, scratch), program)
        stamp.write(noted, program, sources)
        state = State.BUILT
    seconds = round(time.perf_counter() - started, 2)
    size = program.stat().st_size
    return Outcome(target.name, state, str(compiler), str(program), size, seconds)


@contextmanager
def _scratch(out: Path) -> Iterator[Path]:
    """Lend a folder on the file system of the binaries, so that they can be moved."""
    (out / "build").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".scratch-", dir=out / "build") as scratch:
        yield Path(scratch)


def _install(made: Path, program: Path) -> None:
    """Move the binary to its place: whoever starts it sees a whole one."""
    program.parent.mkdir(parents=True, exist_ok=True)
    made.chmod(0o755)
    made.replace(program)


def _sources(source: Path) -> list[Path]:
    """Return everything that a build reads: the source, what lies beside it, and the recipe."""
    beside = source.parent
    parts = [*beside.glob("bionic/**/*.[ch]"), *beside.glob("CMakeLists.txt")]
    return [source, *sorted(parts), *sorted(Path(__file__).parent.glob("*.py"))]


def labtui_version() -> str:
    """Return the version that the runners report: this checkout's."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def _say(outcome: Outcome, *, quiet: bool) -> None:
    if outcome.state is State.FAILED:
        print(outcome, file=sys.stderr)
    elif outcome.state is State.SKIPPED or not quiet:
        print(outcome, file=sys.stderr if quiet else sys.stdout)


def _target(name: str) -> Target:
    try:
        return named(name)
    except KeyError:
        raise argparse.ArgumentTypeError(f"no such target: {name}") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/build_runners",
        description="Builds the native runners that this machine has compilers for.",
        epilog=f"Targets: {', '.join(TARGETS)}; `native` stands for {machine()}.",
    )
    parser.add_argument(
        "--targets", nargs="+", type=_target, metavar="TARGET",
        default=[target for target in TARGETS.values() if not target.sanitized],
        help="what to build (default: all without sanitizers)",
    )  # fmt: skip
    parser.add_argument(
        "--out", type=Path, default=ROOT / "runners", help="folder (default: runners)"
    )
    parser.add_argument("--source", type=Path, default=SOURCE, help="another C file to build")
    parser.add_argument("--quiet", action="store_true", help="say only what could not be built")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of lines")
    return parser
