"""Runs programs that are linked for Android on this machine: glibc in the place of bionic."""

import platform
import subprocess
from pathlib import Path

import pytest

from scripts.runner_builds.bionic import LIBRARIES
from scripts.runner_builds.compilers import zig
from tests.runners.builds import aarch64_command

SOURCE = Path(__file__).with_name("other_libc.c")
_MACHINES = {"android-arm64-v8a": "aarch64", "android-x86_64": "x86_64"}


def android_command(target: str, program: Path, folder: Path) -> list[str]:
    """Return the words that run a program of this target; skip the test if nothing does.

    Libraries that are to be found, such as an engine, belong into `folder`.
    """
    compiler = zig()
    if compiler is None:
        pytest.skip("building another C library needs zig")
    machine = _MACHINES[target]
    cc = [str(compiler.executable), "cc", "-target", f"{machine}-linux-gnu.2.34", "-shared"]
    for name in LIBRARIES:
        _make_library([*cc, f"-Wl,-soname,{name}", "-o", str(folder / name)], name)
    return _load(machine, ["--library-path", str(folder), str(program)])


def _make_library(command: list[str], name: str) -> None:
    role = ["-DIS_LIBC"] if name == "libc.so" else []
    argv = [*command, *role, "-fPIC", "-O1", str(SOURCE), "-lm"]
    subprocess.run(argv, check=True, timeout=120)


def _load(machine: str, words: list[str]) -> list[str]:
    """Name glibc's linker, which loads a program whatever linker it asks for."""
    if machine == "aarch64":
        return aarch64_command(Path("/usr/aarch64-linux-gnu/lib/ld-linux-aarch64.so.1"), *words)
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        pytest.skip("an x86_64 program needs an x86_64 Linux machine")
    return ["/lib64/ld-linux-x86-64.so.2", *words]
