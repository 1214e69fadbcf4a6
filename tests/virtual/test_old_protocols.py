"""A phone of ten years ago: no features at all, so every protocol falls back to version 1."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from labtui.virtual.bench import VirtualBench
from tests.virtual.rig import PIXEL, TMP, Handset


@pytest.fixture
async def handset(adb: Path) -> AsyncIterator[Handset]:
    async with VirtualBench([PIXEL], features=()) as bench:
        yield Handset(bench, bench.phones[0], adb)


async def test_shell_mixes_streams_and_loses_the_status(handset: Handset) -> None:
    ran = await handset.run("shell", "echo out; echo err >&2; exit 7")
    assert (0, "out\nerr\n") == (ran.status, ran.text.replace("\r", ""))


async def test_files_go_there_and_back(handset: Handset, tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "f").write_bytes(bytes(300_000))
    assert 0 == (await handset.run("push", tmp_path / "tree", TMP)).status
    assert 0 == (await handset.run("pull", f"{TMP}/tree", tmp_path / "back")).status
    assert bytes(300_000) == (tmp_path / "back" / "f").read_bytes()
