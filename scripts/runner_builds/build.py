"""Builds one target with one compiler."""

from pathlib import Path

from scripts.runner_builds.bionic import API_LEVEL, BionicLinker
from scripts.runner_builds.compilers import Compiler, Ndk, SystemCompiler, Zig
from scripts.runner_builds.targets import RUNNER, System, Target
from scripts.runner_builds.tool import run

_GLIBC = "2.28"
_STRICT = ("-std=c11", "-Wall", "-Wextra", "-Werror")
_FAST = ("-O2", "-s")
_SANITIZED = (
    "-O1", "-g", "-fno-omit-frame-pointer",
    "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
)  # fmt: skip
_LIBRARIES = ("-ldl", "-lm", "-pthread")


def build(target: Target, compiler: Compiler, source: Path, version: str, scratch: Path) -> Path:
    """Build in the folder `scratch` and return the binary. Raises BuildFailed."""
    if isinstance(compiler, Ndk):
        return _with_ndk(target, compiler, source, version, scratch)
    flags = flags_for(target, source, version)
    if target.system is System.ANDROID and isinstance(compiler, Zig):
        linker = BionicLinker(compiler, target.machine, source.parent / "bionic", scratch)
        return linker.link(source, flags)
    program = scratch / RUNNER
    run([*_command(target, compiler), *flags, str(source), "-o", str(program), *_LIBRARIES])
    return program


def flags_for(target: Target, source: Path, version: str) -> list[str]:
    """Return the compiler's flags; no path of this machine gets into the binary."""
    speed = _SANITIZED if target.sanitized else _FAST
    hide_paths = f"-ffile-prefix-map={source.parent}=."
    return [*speed, *_STRICT, hide_paths, f'-DLABTUI_VERSION="{version}"']


def _command(target: Target, compiler: SystemCompiler | Zig) -> list[str]:
    if isinstance(compiler, SystemCompiler):
        return list(compiler.command)
    return [str(compiler.executable), "cc", "-target", f"{target.machine}-linux-gnu.{_GLIBC}"]


def _with_ndk(target: Target, ndk: Ndk, source: Path, version: str, scratch: Path) -> Path:
    configure = [
        ndk.cmake, "-S", str(source.parent), "-B", str(scratch),
        f"-DCMAKE_TOOLCHAIN_FILE={ndk.toolchain}", "-DCMAKE_BUILD_TYPE=Release",
        f"-DANDROID_ABI={target.name.removeprefix('android-')}",
        f"-DANDROID_PLATFORM=android-{API_LEVEL}", f"-DLABTUI_VERSION={version}",
    ]  # fmt: skip
    run(configure)
    run([ndk.cmake, "--build", str(scratch)])
    return scratch / RUNNER
