"""Files that commands read: bounded, and with one sentence when they cannot be."""

from pathlib import Path

import pytest

from labtui.cli.files import read_file
from labtui.errors import UsageError


def test_a_file_up_to_the_limit_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    assert b"12345" == read_file(tmp_path / "a", 5)


@pytest.mark.parametrize(
    ("name", "says"),
    [("a", r"a is larger than 4 B: cut out"), ("b", "No such file"), (".", "Is a directory")],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, name: str, says: str) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    with pytest.raises(UsageError, match=says):
        read_file(tmp_path / name, 4)
