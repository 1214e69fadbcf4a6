import errno
import os
import posixpath
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labtui.virtual.files import PhoneFiles
from labtui.virtual.storage import Storage
from tests.virtual.rig import TMP

MB = 1 << 20


@pytest.fixture
def files(tmp_path: Path) -> PhoneFiles:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "secret").write_text("of the host")
    virtual = {"/proc/uptime": lambda: b"1.00 2.00\n", "/sys/a/b/temp": lambda: b"25\n"}
    return PhoneFiles(root, Storage(root, size_bytes=10 * MB, system_bytes=4 * MB), virtual)


def write(files: PhoneFiles, path: str, data: bytes) -> None:
    file = files.open_write(path)
    try:
        file.write(data)
    finally:
        file.close()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a", "/data/a"),
        ("../..", "/"),
        ("/../../etc/passwd", "/etc/passwd"),
        ("//sdcard//x/.", "/storage/emulated/0/x"),
        ("/sdcardx", "/sdcardx"),
        ("/data/./b/../c", "/data/c"),
    ],
)
def test_paths_are_normalized(files: PhoneFiles, path: str, expected: str) -> None:
    assert expected == files.normalize(path, cwd="/data")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["..", ".", "a", "", "data", "sdcard", "~", "link", "\0x"])))
def test_no_path_leads_out(files: PhoneFiles, parts: list[str]) -> None:
    normalized = files.normalize("/".join(parts), cwd=TMP)
    assert normalized.startswith("/")
    assert ".." not in normalized.split("/")
    assert posixpath.normpath(normalized) == normalized


@pytest.mark.parametrize("target", ["/etc", "../../../../..", "/"])
def test_a_symbolic_link_does_not_lead_out(files: PhoneFiles, target: str) -> None:
    (files.host_path(TMP) / "link").symlink_to(target)
    for use in (files.listdir, files.open_read, files.open_write, files.remove):
        with pytest.raises(PermissionError):
            use(f"{TMP}/link/passwd")
    with pytest.raises(OSError, match=r"Permission denied|symbolic|Is a directory"):
        files.open_write(f"{TMP}/link")


def test_written_files_come_back(files: PhoneFiles) -> None:
    write(files, "/sdcard/f", b"abc")
    with files.open_read("/storage/emulated/0/f") as file:
        assert b"abc" == file.read()
    assert 3 == files.stat("/sdcard/f").size
    assert ["Download", "f"] == files.listdir("/sdcard")


def test_virtual_files_answer_and_have_folders(files: PhoneFiles) -> None:
    with files.open_read("/sys/a/b/temp") as file:
        assert b"25\n" == file.read()
    assert ["a"] == files.listdir("/sys")
    assert ["data", "dev", "proc", "storage", "sys"] == files.listdir("/")
    assert files.stat("/sys/a").is_dir
    with pytest.raises(IsADirectoryError):
        files.open_read("/sys/a")


@pytest.mark.parametrize(
    ("path", "number"),
    [
        ("/proc/uptime", errno.EROFS), ("/system/x", errno.EROFS), ("/x", errno.EACCES),
        ("/data/x", errno.EACCES), (f"{TMP}/no/such", errno.ENOENT), (TMP, errno.EISDIR),
    ],
)  # fmt: skip
def test_where_nobody_may_write(files: PhoneFiles, path: str, number: int) -> None:
    with pytest.raises(OSError, match=os.strerror(number)):
        files.open_write(path)


def test_the_disk_fills_up_and_empties_again(files: PhoneFiles) -> None:
    write(files, f"{TMP}/a", bytes(4 * MB))
    assert 2 * MB == files.storage.free_bytes
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        write(files, f"{TMP}/b", bytes(3 * MB))
    files.remove(f"{TMP}/a")
    write(files, f"{TMP}/b", bytes(3 * MB))
    write(files, f"{TMP}/b", bytes(5 * MB))
    assert MB == files.storage.free_bytes


def test_what_programs_delete_behind_its_back_counts_as_free(files: PhoneFiles) -> None:
    write(files, f"{TMP}/a", bytes(5 * MB))
    files.host_path(f"{TMP}/a").unlink()
    write(files, f"{TMP}/b", bytes(5 * MB))


def test_a_full_phone_takes_nothing(files: PhoneFiles) -> None:
    files.storage.is_full = True
    assert 0 == files.storage.free_bytes
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        files.open_write(f"{TMP}/a")
    files.storage.is_full = False
    assert 6 * MB == files.storage.free_bytes


def test_folders_of_the_phone_cannot_be_removed(files: PhoneFiles) -> None:
    with pytest.raises(PermissionError):
        files.rmdir(TMP)
