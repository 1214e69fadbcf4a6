"""What is built for Android is what a phone's dynamic linker takes."""

import subprocess
from pathlib import Path

import pytest

from scripts.runner_builds.bionic import LIBRARIES, PAGE_BYTES, library_of
from scripts.runner_builds.cli import ROOT, SOURCE, State, labtui_version, make
from scripts.runner_builds.elf import Elf, Kind, SegmentKind, Tag
from scripts.runner_builds.targets import named
from tests.runners.builds import PROBE, PROBED, built, run_probe
from tests.runners.other_libc import android_command

HEADERS = SOURCE.parent / "bionic" / "include"
MACHINE = {"android-arm64-v8a": 183, "android-x86_64": 62}
COPY_RELOCATION = {183: 1024, 62: 5}
PIE = 0x08000000
TOO_NEW = {  # API level at which Android got what a runner might reach for
    "aligned_alloc": 28, "getrandom": 28, "glob": 28, "pthread_setschedprio": 28, "fexecve": 28,
    "timespec_get": 29, "reallocarray": 29, "getloadavg": 29, "memfd_create": 30,
    "pthread_cond_clockwait": 30, "copy_file_range": 34, "pthread_setaffinity_np": 36,
}  # fmt: skip


@pytest.fixture(scope="module", params=MACHINE)
def target(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def program(target: str) -> Path:
    return built(target)


@pytest.fixture(scope="module")
def elf(program: Path) -> Elf:
    return Elf(program)


def test_linker_is_androids(elf: Elf, target: str) -> None:
    assert "/system/bin/linker64" == elf.interpreter
    assert MACHINE[target] == elf.machine


def test_libraries_are_androids_own(elf: Elf) -> None:
    needed = elf.strings(Tag.NEEDED)
    assert {"libc.so", "libdl.so"} <= set(needed) <= set(LIBRARIES)
    assert [] == elf.strings(Tag.RPATH) + elf.strings(Tag.RUNPATH)


def test_position_independent(elf: Elf) -> None:
    assert Kind.SHARED is elf.kind
    assert PIE == elf.number(Tag.FLAGS_1) & PIE


def test_pages_may_be_16_kib(elf: Elf) -> None:
    assert {PAGE_BYTES} == {s.align for s in elf.segments if s.kind == SegmentKind.LOAD}


def test_thread_local_storage_is_avoided(elf: Elf) -> None:
    """Android's linker knows the segment since API level 29 only."""
    assert SegmentKind.TLS not in {s.kind for s in elf.segments}


def test_no_copy_relocations(elf: Elf) -> None:
    """Android's linker refuses them."""
    assert COPY_RELOCATION[elf.machine] not in elf.relocation_types


def test_symbols_are_of_the_public_api(elf: Elf) -> None:
    assert [] == [name for name in elf.undefined if library_of(name, HEADERS) is None]


def test_headers_declare_nothing_newer() -> None:
    assert [] == [name for name in TOO_NEW if library_of(name, HEADERS)]


def test_version_is_inside_and_paths_are_not(program: Path) -> None:
    content = program.read_bytes()
    assert labtui_version().encode() in content
    assert [] == [path for path in (ROOT, Path.home()) if str(path).encode() in content]


def test_readelf_agrees(program: Path, elf: Elf) -> None:
    try:
        argv = ["readelf", "--program-headers", "--dynamic", "--wide", str(program)]
        text = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True).stdout
    except FileNotFoundError:
        pytest.skip("readelf (binutils) is not here")
    assert f"[Requesting program interpreter: {elf.interpreter}]" in text
    assert elf.strings(Tag.NEEDED) == [
        line.partition("[")[2].rstrip("]") for line in text.splitlines() if "(NEEDED)" in line
    ]
    loads = [line.split() for line in text.splitlines() if line.strip().startswith("LOAD")]
    assert {hex(PAGE_BYTES)} == {words[-1] for words in loads}


def test_undeclared_symbol_is_named(tmp_path: Path) -> None:
    """Builtins need no header, so the compiler lets them pass."""
    source = tmp_path / "labtui_runner.c"
    source.write_text("int main(int n, char **v) { (void)v; return (int)__builtin_lgamma(n); }")
    (tmp_path / "bionic").symlink_to(SOURCE.parent / "bionic")
    outcome = make(named("android-x86_64"), source, tmp_path / "out", labtui_version())
    if outcome.state is State.SKIPPED:
        pytest.skip(outcome.reason)
    assert State.FAILED is outcome.state
    assert "declares no lgamma: add it if Android has it since API level 26" in outcome.reason


@pytest.mark.slow
def test_program_works_on_another_c_library(target: str, tmp_path: Path) -> None:
    """The entry, the relocations, and the layouts that Android and glibc share."""
    source = tmp_path / "labtui_runner.c"
    source.write_text(PROBE.read_text())
    (tmp_path / "bionic").symlink_to(SOURCE.parent / "bionic")
    program = built(target, source, tmp_path / "out")
    assert PROBED == run_probe(android_command(target, program, tmp_path))
