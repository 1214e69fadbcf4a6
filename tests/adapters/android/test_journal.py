"""What is on disk before a phone's settings are changed."""

import json
import os
import stat
from pathlib import Path

import pytest

from labtui.adapters.android.journal import Entry, Journal
from labtui.core.hygiene import OFF, SETTINGS, OldValue
from labtui.core.model import DeviceId
from labtui.errors import DeviceError

DEVICE = DeviceId("android:1A2B")
VALUES = (
    OldValue(SETTINGS[0], "1.0"),
    OldValue(SETTINGS[3], None),
    OldValue(SETTINGS[-1], OFF),
)
ENTRY = Entry(DEVICE, "Pixel 7 Pro", VALUES)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "state" / "hygiene")


def only_file(tmp_path: Path) -> Path:
    (path,) = (tmp_path / "state" / "hygiene").iterdir()
    return path


def test_what_was_written_is_read(journal: Journal) -> None:
    assert journal.read(DEVICE) is None
    journal.write(ENTRY)
    assert ENTRY == journal.read(DEVICE)
    assert ((ENTRY,), ()) == journal.entries()


def test_nobody_else_may_read_it_and_nothing_else_lies_there(
    journal: Journal, tmp_path: Path
) -> None:
    journal.write(ENTRY)
    path = only_file(tmp_path)
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert 0o700 == stat.S_IMODE(path.parent.stat().st_mode)
    assert DEVICE.partition(":")[2] not in path.name


def test_an_entry_without_values_is_none(journal: Journal, tmp_path: Path) -> None:
    empty = Entry(DEVICE, "Pixel 7 Pro", ())
    journal.write(empty)
    assert not (tmp_path / "state").exists()
    journal.write(ENTRY)
    journal.write(empty)
    assert journal.read(DEVICE) is None


def test_it_is_on_disk_before_write_returns(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[bool] = []
    real = os.fsync

    def fsync(fd: int) -> None:
        synced.append(stat.S_ISDIR(os.fstat(fd).st_mode))
        real(fd)

    monkeypatch.setattr(os, "fsync", fsync)
    journal.write(ENTRY)
    assert [False, True] == synced, "the file, then the folder that names it"


def test_a_write_that_fails_leaves_the_old_entry_and_says_what_to_do(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.write(ENTRY)

    def full(_fd: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(DeviceError, match="No space left on device"):
            journal.write(Entry(DEVICE, "Pixel 7 Pro", VALUES[:1]))
    assert ENTRY == journal.read(DEVICE)


GOOD = {"version": 1, "device": DEVICE, "name": "P", "settings": []}
DAMAGED = [
    b"", b"\xff", b"[]", b"null", b"{}", b"[" * 60_000,
    *(
        json.dumps(GOOD | change).encode()
        for change in (
            {"version": 2}, {"device": 7}, {"name": None}, {"settings": None}, {"settings": [1]},
            {"settings": [{"name": "global/adb_enabled", "value": "0"}]},
            {"settings": [{"name": "system/screen_brightness", "value": "; reboot"}]},
            {"settings": [{"name": "system/screen_brightness", "value": 1}]},
            {"settings": [{"name": "power/fixed_performance_mode", "value": "true"}]},
            {"settings": [{"name": ["x"], "value": "1"}]},
        )
    ),
]  # fmt: skip


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_entry_is_told_and_hides_no_other(
    journal: Journal, tmp_path: Path, content: bytes
) -> None:
    journal.write(ENTRY)
    path = only_file(tmp_path)
    path.write_bytes(content)
    with pytest.raises(DeviceError, match="yourself, then remove the file") as caught:
        journal.read(DEVICE)
    other = Entry(DeviceId("android:2"), "Other", VALUES)
    journal.write(other)
    assert ((other,), (str(caught.value),)) == journal.entries()
    assert str(path) in str(caught.value)
