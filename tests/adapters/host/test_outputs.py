"""Outputs of eval sets on this computer: read while they grow, removed at the end."""

from pathlib import Path

import pytest

from labtui.adapters.host.outputs import PIECE_BYTES, OutputFolder
from labtui.core.model import LaunchUid
from labtui.errors import DeviceError
from labtui.ports import MIN_PIECE_BYTES

ONE, TWO = LaunchUid("01J0"), LaunchUid("../01J1")


@pytest.fixture
def outputs(tmp_path: Path) -> OutputFolder:
    return OutputFolder(tmp_path / "outputs")


def written(outputs: OutputFolder, launch: LaunchUid, index: int = 0) -> Path:
    return Path(f"{outputs.prefix(launch)}.{index}.npy")


def test_a_file_is_read_from_where_one_was_while_it_grows(outputs: OutputFolder) -> None:
    assert b"" == outputs.read(ONE, 0, 0)
    path = written(outputs, ONE)
    path.write_bytes(b"abc")
    assert b"bc" == outputs.read(ONE, 0, 1)
    assert b"" == outputs.read(ONE, 0, 3)
    path.write_bytes(b"abcdef")
    assert b"def" == outputs.read(ONE, 0, 3)


def test_a_piece_is_bounded(outputs: OutputFolder) -> None:
    written(outputs, ONE).write_bytes(bytes(PIECE_BYTES + 9))
    assert MIN_PIECE_BYTES <= PIECE_BYTES == len(outputs.read(ONE, 0, 0))
    assert 9 == len(outputs.read(ONE, 0, PIECE_BYTES))


def test_all_outputs_of_a_launch_are_dropped_and_nothing_else(outputs: OutputFolder) -> None:
    paths = [written(outputs, TWO, index) for index in (0, 1)]
    paths.append(paths[0].with_name("notes.txt"))
    for path in paths:
        path.write_bytes(b"x")
    outputs.drop(TWO)
    assert [False, False, True] == [path.exists() for path in paths]


def test_a_launch_finds_nothing_of_an_earlier_one(outputs: OutputFolder, tmp_path: Path) -> None:
    written(outputs, ONE).write_bytes(b"left behind")
    assert tmp_path / "outputs" == written(outputs, TWO).parent
    assert b"" == outputs.read(ONE, 0, 0)


def test_what_cannot_be_read_is_said(outputs: OutputFolder) -> None:
    written(outputs, ONE).mkdir()
    with pytest.raises(DeviceError, match="cannot be read"):
        outputs.read(ONE, 0, 0)
