"""The wheel holds what an installed labtui needs, and nothing else."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("wheel")
    argv = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(argv, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


@pytest.mark.parametrize(
    "name",
    [
        "labtui/py.typed",
        "labtui/tui/labtui.tcss",
        "labtui/_data/db/SCHEMA.md",
        "labtui/_data/db/migrations/0001_tables.sql",
        "labtui/_data/runners/PROTOCOL.md",
        "labtui/_data/runners/android/CMakeLists.txt",
        "labtui/_data/runners/android/bionic/start.c",
        "labtui/_data/runners/android/labtui_runner.c",
        "labtui/_data/runners/transcripts/good.ndjson",
        "labtui/demodata/variants/pairs_mbv2.full8.tflite",
        "labtui/demodata/pairs100/manifest.json",
        "labtui/virtual/profiles/pixel-7-pro.toml",
    ],
)
def test_data_is_shipped(names: set[str], name: str) -> None:
    assert name in names


def test_nothing_else_is(names: set[str]) -> None:
    assert [] == [n for n in names if not n.startswith(("labtui/", "labtui-"))]
    assert [] == [n for n in names if n.endswith(".pyc")]
