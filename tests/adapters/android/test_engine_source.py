"""What of a user's file becomes an engine library."""

import struct
import zipfile
from pathlib import Path

import pytest

from labtui.adapters.android import engine_source
from labtui.adapters.android.engine_source import read_libraries
from labtui.errors import UsageError
from tests.adapters.android.engine_files import a_library, an_archive, elf


def _read(path: Path) -> list[tuple[str, str]]:
    return [(library.abi, library.name) for library in read_libraries(path)]


def test_one_library(tmp_path: Path) -> None:
    assert [("x86_64", "libLiteRt.so")] == _read(a_library(tmp_path, "x86_64"))


def test_a_folder_of_libraries(tmp_path: Path) -> None:
    a_library(tmp_path, "arm64-v8a")
    a_library(tmp_path, "arm64-v8a", "libGpu.so")
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "folder.so").mkdir()
    assert [("arm64-v8a", "libGpu.so"), ("arm64-v8a", "libLiteRt.so")] == _read(tmp_path)


def test_code_for_a_dsp_goes_with_the_phones_that_have_one(tmp_path: Path) -> None:
    a_library(tmp_path)
    (tmp_path / "libSkel.so").write_bytes(struct.pack("<4sBB10x2xH", b"\x7fELF", 1, 1, 164))
    assert [("arm64-v8a", "libLiteRt.so"), ("arm64-v8a", "libSkel.so")] == _read(tmp_path)


def test_an_android_archive(tmp_path: Path) -> None:
    path = an_archive(
        tmp_path / "litert.aar",
        {
            "AndroidManifest.xml": b"<x/>",
            "classes.jar": b"PK",
            "jni/arm64-v8a/libLiteRt.so": elf("arm64-v8a", b"a"),
            "jni/arm64-v8a/libLiteRtOpenClAccelerator.so": elf("arm64-v8a", b"b"),
            "jni/x86_64/libLiteRt.so": elf("x86_64", b"c"),
            "jni/riscv64/libLiteRt.so": b"?",
            "jni/arm64-v8a/deep/libX.so": b"?",
            "jni/arm64-v8a/readme.txt": b"?",
            "../jni/arm64-v8a/libLiteRt.so": b"?",
            "/jni/arm64-v8a/libLiteRt.so": b"?",
            "jni/arm64-v8a/../../libLiteRt.so": b"?",
        },
    )
    found = read_libraries(path)
    assert [
        ("arm64-v8a", "libLiteRt.so", elf("arm64-v8a", b"a")),
        ("arm64-v8a", "libLiteRtOpenClAccelerator.so", elf("arm64-v8a", b"b")),
        ("x86_64", "libLiteRt.so", elf("x86_64", b"c")),
    ] == [(library.abi, library.name, library.content) for library in found]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("jni/arm64-v8a/.so", "no name of a library"),
        ("jni/arm64-v8a/lib x.so", "no name of a library"),
        ("jni/arm64-v8a/$(reboot).so", "no name of a library"),
        ("jni/arm64-v8a/\x1b[31m.so", "no name of a library"),
        ("jni/arm64-v8a/..\\x.so", "no name of a library"),
        ("jni/x86_64/libX.so", "is made for arm64-v8a: the archive is broken"),
        ("assets/libX.so", "holds no jni/<abi>"),
    ],
)
def test_a_hostile_or_foreign_archive(name: str, words: str, tmp_path: Path) -> None:
    path = an_archive(tmp_path / "x.zip", {name: elf("arm64-v8a")})
    with pytest.raises(UsageError, match=words):
        read_libraries(path)


def test_a_damaged_archive(tmp_path: Path) -> None:
    path = an_archive(tmp_path / "x.aar", {"jni/arm64-v8a/libX.so": elf("arm64-v8a", bytes(9999))})
    content = bytearray(path.read_bytes())
    content[60:70] = b"\xff" * 10
    path.write_bytes(content)
    with pytest.raises(UsageError, match="no archive that can be read"):
        read_libraries(path)
    path.write_bytes(b"not a zip")
    with pytest.raises(UsageError, match="no archive that can be read"):
        read_libraries(path)


@pytest.mark.parametrize(
    ("limit", "value", "words"),
    [
        ("MAX_LIBRARY_BYTES", 19, "libA.so is larger than"),
        ("MAX_TOTAL_BYTES", 50, "more than 64 libraries"),
        ("MAX_LIBRARIES", 1, "more than 1 libraries"),
        ("MAX_ENTRIES", 1, "has 2 entries"),
    ],
)
def test_sizes_are_bounded(
    limit: str, value: int, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_source, limit, value)
    entries = {f"jni/arm64-v8a/lib{n}.so": elf("arm64-v8a", bytes(10)) for n in "AB"}
    with pytest.raises(UsageError, match=words):
        read_libraries(an_archive(tmp_path / "x.aar", entries))


def test_a_size_that_lies_is_bounded_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_source, "MAX_LIBRARY_BYTES", 1 << 20)
    path = tmp_path / "bomb.aar"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("jni/x86/libA.so", elf("x86", bytes(20 << 20)))
    assert path.stat().st_size < 1 << 20
    with pytest.raises(UsageError, match="larger than 1 MiB"):
        read_libraries(path)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("libA.so", b"#!/bin/sh", "no library for Android: it is no ELF file"),
        ("engine", elf("x86"), "no name of a library"),
        ("libA.so", None, "cannot be read"),
        ("none.aar", None, "cannot be read"),
    ],
)
def test_a_file_that_is_no_library(
    name: str, content: bytes | None, words: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=words):
        read_libraries(path)


def test_a_folder_without_libraries(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"holds no \*\.so"):
        read_libraries(tmp_path)
