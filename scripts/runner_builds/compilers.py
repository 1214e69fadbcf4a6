"""Finds the compilers of this machine: the system's, zig, Android's NDK."""

import os
import shlex
import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from scripts.runner_builds.targets import System, Target, is_native


@dataclass(frozen=True, slots=True)
class SystemCompiler:
    """`$CC`, cc, gcc or clang: builds for this machine."""

    command: tuple[str, ...]

    @property
    def files(self) -> tuple[Path, ...]:
        """Return what a change of compiler changes."""
        return (Path(self.command[0]).resolve(),)

    def __str__(self) -> str:
        return shlex.join(self.command)


@dataclass(frozen=True, slots=True)
class Zig:
    """zig with its bundled C library headers: builds for every target without sanitizers."""

    executable: Path

    @property
    def files(self) -> tuple[Path, ...]:
        """Return what a change of compiler changes."""
        return (self.executable.resolve(),)

    @property
    def lib(self) -> Path:
        """Return the folder of the headers; packages keep it apart from the executable."""
        home = self.executable.resolve().parent
        return next((p for p in (home / "lib", home.parent / "lib" / "zig") if p.is_dir()), home)

    def __str__(self) -> str:
        return f"zig ({self.executable})"


@dataclass(frozen=True, slots=True)
class Ndk:
    """Android's NDK, driven by CMake."""

    home: Path
    cmake: str

    @property
    def toolchain(self) -> Path:
        """Return the file that teaches CMake the NDK."""
        return self.home / "build" / "cmake" / "android.toolchain.cmake"

    @property
    def files(self) -> tuple[Path, ...]:
        """Return what a change of compiler changes."""
        return (self.toolchain, self.home / "source.properties")

    def __str__(self) -> str:
        return f"NDK ({self.home})"


Compiler = SystemCompiler | Zig | Ndk


def compiler_for(target: Target) -> Compiler | str:
    """Return what builds the target here, or the sentence that says what is missing."""
    if target.sanitized:
        return (is_native(target) and system_compiler()) or (
            f"sanitizers need a C compiler of a {target.machine} Linux machine"
        )
    if target.system is System.ANDROID:
        return (
            ndk()
            or zig()
            or ("no NDK (ANDROID_NDK_HOME, and CMake) and no zig (pip install ziglang)")
        )
    if is_native(target):
        return system_compiler() or zig() or "no C compiler (cc, gcc, clang) and no zig"
    return zig() or "cross-compiling needs zig (pip install ziglang)"


def system_compiler() -> SystemCompiler | None:
    """Return the C compiler that `$CC` names, else the first of cc, gcc and clang on PATH."""
    for words in (shlex.split(os.environ.get("CC", "")), ["cc"], ["gcc"], ["clang"]):
        if words and (found := shutil.which(words[0])):
            return SystemCompiler((found, *words[1:]))
    return None


def zig() -> Zig | None:
    """Return the zig of `$ZIG`, of PATH, or of this Python's package `ziglang`."""
    found = shutil.which(os.environ.get("ZIG") or "zig")
    if found:
        return Zig(Path(found))
    package = find_spec("ziglang")
    if package is None or package.origin is None:
        return None
    return Zig(Path(package.origin).parent / "zig")


def ndk() -> Ndk | None:
    """Return the NDK of the environment if it and a CMake are there."""
    home = os.environ.get("ANDROID_NDK_HOME") or os.environ.get("ANDROID_NDK_ROOT")
    cmake = shutil.which("cmake")
    if not home or not cmake:
        return None
    found = Ndk(Path(home), cmake)
    return found if found.toolchain.is_file() else None
