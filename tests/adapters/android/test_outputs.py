"""Outputs of eval sets on a phone: read in blocks from any offset, removed at the end."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from labtui.adapters.android.outputs import BLOCK_BYTES, PIECE_BLOCKS
from labtui.adapters.android.shelf import FOLDER, outputs, parse_survey
from labtui.core.model import LaunchUid
from labtui.errors import DeviceError
from labtui.ports import MIN_PIECE_BYTES
from tests.adapters.android.desk import Desk, desk_with

ONE = LaunchUid("01J0")
PIECE_BYTES = BLOCK_BYTES * PIECE_BLOCKS


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with desk_with("pixel-7-pro") as desk:
        yield desk


def on_phone(desk: Desk, launch: LaunchUid = ONE, index: int = 0) -> Path:
    path = desk.phone.device.files.host_path(f"{FOLDER}/{outputs(launch)}.{index}.npy")
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


async def test_a_file_is_read_from_any_offset(desk: Desk) -> None:
    content = bytes(index * 7 % 256 for index in range(3 * BLOCK_BYTES + 5))
    on_phone(desk).write_bytes(content)
    for offset in (0, 1, BLOCK_BYTES - 1, BLOCK_BYTES, 2 * BLOCK_BYTES + 9, len(content) - 1):
        assert content[offset:] == await desk.device.read_outputs(ONE, 0, offset)
    assert b"" == await desk.device.read_outputs(ONE, 0, len(content))


async def test_a_piece_is_bounded_and_long_enough(desk: Desk) -> None:
    on_phone(desk).write_bytes(bytes(2 * PIECE_BYTES))
    assert PIECE_BYTES == len(await desk.device.read_outputs(ONE, 0, 0))
    piece = await desk.device.read_outputs(ONE, 0, 5)
    assert PIECE_BYTES - 5 == len(piece)
    assert len(piece) > MIN_PIECE_BYTES


async def test_a_file_that_is_not_there_yet_has_nothing(desk: Desk) -> None:
    assert b"" == await desk.device.read_outputs(ONE, 0, 0)


async def test_a_file_that_cannot_be_read_is_an_error(desk: Desk) -> None:
    on_phone(desk).mkdir()
    with pytest.raises(DeviceError, match="reading the outputs"):
        await desk.device.read_outputs(ONE, 0, 0)


async def test_all_outputs_of_a_launch_are_dropped_and_no_others(desk: Desk) -> None:
    paths = [on_phone(desk), on_phone(desk, index=1), on_phone(desk, LaunchUid("01J1"))]
    for path in paths:
        path.write_bytes(b"x")
    await desk.device.drop_outputs(ONE)
    assert [False, False, True] == [path.exists() for path in paths]


def test_what_is_left_behind_gives_way_like_any_other_file() -> None:
    name = f"{FOLDER}/{outputs(ONE)}.12.npy"
    strange = f"{FOLDER}/raw/x.outputs.a.npy"
    answer = "=====labtui=====\n".join(["", "", "1\n", "", f"5 6 {name}\n5 6 {strange}\n"])
    assert [name] == [file.path for file in parse_survey(answer).files]
