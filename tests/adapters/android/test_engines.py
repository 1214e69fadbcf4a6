"""What labtui keeps of engines, and what it refuses."""

import hashlib
import json
from pathlib import Path

import pytest

from labtui.adapters.android.engine_source import Library
from labtui.adapters.android.engines import EngineShelf
from labtui.errors import RunnerFailed, UsageError
from labtui.failure import FailureCode

ARM, INTEL = "arm64-v8a", "x86_64"


def _library(name: str = "libLiteRt.so", content: bytes = b"1", abi: str = ARM) -> Library:
    return Library(name, abi, content)


@pytest.fixture
def shelf(tmp_path: Path) -> EngineShelf:
    return EngineShelf(tmp_path / "data" / "engines")


def _kept(shelf: EngineShelf, abi: str = ARM) -> list[tuple[str, bytes]]:
    return [(one.path.name, one.path.read_bytes()) for one in shelf.find(abi).libraries]


def test_what_is_kept_is_found_with_its_checksum(shelf: EngineShelf, tmp_path: Path) -> None:
    assert (ARM, INTEL) == shelf.keep([_library(), _library(abi=INTEL), _library("libGpu.so")])
    engine = shelf.find(ARM)
    assert ("libLiteRt.so", [("libGpu.so", b"1"), ("libLiteRt.so", b"1")]) == (
        engine.main,
        _kept(shelf),
    )
    folder = tmp_path / "data" / "engines"
    digest = hashlib.sha256(b"1").hexdigest()
    assert digest == json.loads((folder / "checksums.json").read_text())[f"{ARM}/libLiteRt.so"]
    assert 0o700 == folder.stat().st_mode & 0o777
    assert [] == list(folder.glob("**/.new-*"))


def test_a_set_is_named_by_its_files(shelf: EngineShelf) -> None:
    shelf.keep([_library()])
    before = shelf.find(ARM).digest
    shelf.keep([_library()])
    assert before == shelf.find(ARM).digest
    shelf.keep([_library("libGpu.so")])
    assert before != shelf.find(ARM).digest


def test_another_file_of_the_same_name_is_refused(shelf: EngineShelf) -> None:
    shelf.keep([_library(), _library("libGpu.so")])
    with pytest.raises(UsageError, match=r"differs from the one that labtui keeps.*--replace"):
        shelf.keep([_library(content=b"2")])
    assert [("libGpu.so", b"1"), ("libLiteRt.so", b"1")] == _kept(shelf)
    shelf.keep([_library(content=b"2")], replaces=True)
    assert [("libLiteRt.so", b"2")] == _kept(shelf)


def test_replacing_leaves_other_abis_alone(shelf: EngineShelf) -> None:
    shelf.keep([_library(), _library(abi=INTEL)])
    shelf.keep([_library(content=b"2")], replaces=True)
    assert [("libLiteRt.so", b"1")] == _kept(shelf, INTEL)


def test_a_file_that_was_changed_afterwards(shelf: EngineShelf) -> None:
    shelf.keep([_library()])
    path = shelf.find(ARM).libraries[0].path
    for damage in (lambda: path.write_bytes(b"x"), path.unlink):
        damage()
        with pytest.raises(RunnerFailed, match="gone or has changed") as caught:
            shelf.find(ARM)
        assert FailureCode.ENGINE_MISSING is caught.value.code


@pytest.mark.parametrize("abi", [ARM, "../../etc", ""])
def test_nothing_kept_says_where_to_get_it(abi: str, shelf: EngineShelf) -> None:
    with pytest.raises(RunnerFailed, match="runner install") as caught:
        shelf.find(abi)
    assert "com.google.ai.edge.litert:litert, 2.2 or newer" in str(caught.value)
    assert f"jni/{abi}/libLiteRt.so" in str(caught.value)
    assert FailureCode.ENGINE_MISSING is caught.value.code


@pytest.mark.parametrize(
    ("names", "main"),
    [
        (["libtensorflowlite_jni.so", "libLiteRt.so"], "libLiteRt.so"),
        (["libtensorflowlite_jni.so", "libA.so"], "libtensorflowlite_jni.so"),
        (["libmine.so"], "libmine.so"),
    ],
)
def test_which_library_is_opened(names: list[str], main: str, shelf: EngineShelf) -> None:
    shelf.keep([_library(name) for name in names])
    assert main == shelf.find(ARM).main


def test_libraries_without_an_engine_among_them(shelf: EngineShelf) -> None:
    with pytest.raises(UsageError, match="None of the libraries for arm64-v8a"):
        shelf.keep([_library("libA.so"), _library("libB.so")])
    with pytest.raises(RunnerFailed):
        shelf.find(ARM)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"arm64-v8a/libLiteRt.so": 1}',
        '{"arm64-v8a/../x.so": "' + "0" * 64 + '"}',
        '{"arm64-v8a/libX.so": "zz"}',
        '{"mips/libX.so": "' + "0" * 64 + '"}',
    ],
)
def test_records_that_are_none(text: str, shelf: EngineShelf, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "engines"
    folder.mkdir(parents=True)
    (folder / "checksums.json").write_text(text)
    with pytest.raises(RunnerFailed, match="keeps no engine library"):
        shelf.find(ARM)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="cannot be written"):
        EngineShelf(tmp_path / "file").keep([_library()])
