"""Wheels and source packages carry the Android runners that were built, and nobody else's."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from scripts.runner_builds.cli import ROOT

RUNNER = "android/arm64-v8a/labtui-runner"
IN_WHEEL = f"labtui/_data/runners/{RUNNER}"
OF_THIS_MACHINE = "build/linux-x86_64/labtui-runner"
PROJECT = ("pyproject.toml", "README.md", "LICENSE", ".gitignore", "db", "runners")
NOT_COPIED = shutil.ignore_patterns("build", "labtui-runner")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with the package all but empty, and without any built runner."""
    copy = tmp_path / "checkout"
    (copy / "labtui").mkdir(parents=True)
    shutil.copy(ROOT / "labtui" / "__init__.py", copy / "labtui")
    for name in PROJECT:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=NOT_COPIED)
        else:
            shutil.copy(ROOT / name, copy)
    return copy


@pytest.fixture
def built_checkout(checkout: Path) -> Path:
    """The same with runners for a phone and for this machine."""
    for name in (RUNNER, OF_THIS_MACHINE):
        program = checkout / "runners" / name
        program.parent.mkdir(parents=True)
        program.write_bytes(b"\x7fELF")
        program.chmod(0o755)
    return checkout


def package(checkout: Path, kind: str, out: Path) -> Path:
    """Build a `wheel` or `sdist` and return it."""
    argv = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(out)]
    subprocess.run(argv, cwd=checkout, check=True, capture_output=True, timeout=60)
    return next(path for path in out.iterdir() if path.suffix in {".whl", ".gz"})


def runners_in(wheel: Path) -> list[zipfile.ZipInfo]:
    with zipfile.ZipFile(wheel) as archive:
        return [f for f in archive.infolist() if f.filename.endswith("labtui-runner")]


def test_wheel_needs_no_built_runner(checkout: Path, tmp_path: Path) -> None:
    assert [] == runners_in(package(checkout, "wheel", tmp_path / "out"))


def test_wheel_carries_the_runner_of_phones(built_checkout: Path, tmp_path: Path) -> None:
    (found,) = runners_in(package(built_checkout, "wheel", tmp_path / "out"))
    assert IN_WHEEL == found.filename
    assert 0o755 == (found.external_attr >> 16) & 0o777


def test_wheel_made_of_a_source_package_carries_it_too(
    built_checkout: Path, tmp_path: Path
) -> None:
    source = package(built_checkout, "sdist", tmp_path / "source")
    with tarfile.open(source) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    assert not (unpacked / "runners" / OF_THIS_MACHINE).exists()
    (found,) = runners_in(package(unpacked, "wheel", tmp_path / "out"))
    assert IN_WHEEL == found.filename
    assert 0o755 == (found.external_attr >> 16) & 0o777


def test_wheel_carries_all_else_of_the_folder(checkout: Path, tmp_path: Path) -> None:
    folder = checkout / "runners"
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    with zipfile.ZipFile(package(checkout, "wheel", tmp_path / "out")) as archive:
        prefix = "labtui/_data/runners/"
        carried = {n.removeprefix(prefix) for n in archive.namelist() if n.startswith(prefix)}
    assert files == carried
