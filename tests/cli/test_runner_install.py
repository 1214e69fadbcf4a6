"""`labtui runner install`, as its user has it."""

import json
from pathlib import Path

import pytest

from tests.adapters.android.engine_files import a_library, an_archive, elf
from tests.e2e.rig import Labtui

PIXEL = ("--virtual", "pixel-7-pro")
INSTALL = (*PIXEL, "runner", "install", "pixel*")


@pytest.fixture
def labtui(tmp_path: Path) -> Labtui:
    home = tmp_path / "home"
    home.mkdir()
    return Labtui(home)


def _engines(labtui: Labtui) -> dict[str, str]:
    (found,) = labtui.home.rglob("engines/checksums.json")
    checksums: dict[str, str] = json.loads(found.read_text())
    return checksums


def test_an_engine_is_kept_and_brought_onto_the_phone(labtui: Labtui, tmp_path: Path) -> None:
    entries = {f"jni/{abi}/libLiteRt.so": elf(abi) for abi in ("arm64-v8a", "x86_64")}
    archive = an_archive(tmp_path / "litert.aar", entries)
    (device,) = labtui.json(*INSTALL, "--engine", archive)["devices"]
    (placed,) = device["placed"]
    assert ("engine", "libLiteRt.so", True) == (placed["kind"], placed["name"], placed["was_sent"])
    assert ["arm64-v8a/libLiteRt.so", "x86_64/libLiteRt.so"] == list(_engines(labtui))
    kept = labtui.run(*INSTALL)
    assert 0 == kept.returncode, kept.stderr
    assert "libLiteRt.so" in kept.stdout


def test_without_an_engine_it_says_where_to_get_one(labtui: Labtui) -> None:
    result = labtui.run(*INSTALL)
    assert 3 == result.returncode
    assert "com.google.ai.edge.litert:litert" in result.stderr
    assert "jni/arm64-v8a/libLiteRt.so" in result.stderr


def test_an_engine_that_differs_needs_a_word_of_trust(labtui: Labtui, tmp_path: Path) -> None:
    library = a_library(tmp_path)
    assert 0 == labtui.run(*INSTALL, "--engine", library).returncode
    library.write_bytes(elf("arm64-v8a", b"another"))
    refused = labtui.run(*INSTALL, "--engine", library)
    assert (2, True) == (refused.returncode, "add --replace" in refused.stderr)
    assert 0 == labtui.run(*INSTALL, "--engine", library, "--replace").returncode


def test_what_cannot_be(labtui: Labtui, tmp_path: Path) -> None:
    foreign = a_library(tmp_path, "x86_64")
    for words, told in (
        ((*INSTALL, "--engine", foreign), "is made for x86-64, Pixel 7 Pro is arm64-v8a"),
        ((*INSTALL, "--engine", tmp_path / "none.aar"), "cannot be read"),
        ((*INSTALL, "--replace"), "give both"),
        ((*PIXEL, "runner", "install", "host"), "Only phones need"),
    ):
        result = labtui.run(*words)
        assert 2 == result.returncode, result.stderr
        assert told in result.stderr
    assert [] == list(labtui.home.rglob("engines/*"))
