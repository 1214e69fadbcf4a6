from hypothesis import given
from hypothesis import strategies as st

from labtui.adapters.retention import (
    MAX_AGE_S,
    MAX_TOTAL_BYTES,
    RemoteFile,
    disposable,
    raw_name,
)
from labtui.core.model import LaunchUid

NOW_S = 100 * 24 * 3600


def file(path: str, size_bytes: int = 1, age_s: int = 0) -> RemoteFile:
    return RemoteFile(path, size_bytes, NOW_S - age_s)


def doomed(
    *files: RemoteFile, need: int = 1, free: int | None = 1 << 40, keep: tuple[str, ...] = ()
) -> str:
    return " ".join(f.path for f in disposable(files, frozenset(keep), need, free, NOW_S))


def test_what_was_not_used_for_long_goes() -> None:
    assert "a" == doomed(file("a", age_s=MAX_AGE_S + 1), file("b", age_s=MAX_AGE_S))


def test_the_least_recently_used_go_until_the_total_fits() -> None:
    third = MAX_TOTAL_BYTES // 3
    files = file("a", third, age_s=1), file("b", third, age_s=3), file("c", third, age_s=2)
    assert "b" == doomed(*files, need=third)
    assert "b c" == doomed(*files, need=2 * third)


def test_room_is_made_on_a_full_phone() -> None:
    files = file("a", 100, age_s=2), file("b", 100, age_s=1)
    assert "a" == doomed(*files, need=120, free=50)
    assert "" == doomed(*files, need=120, free=None)


def test_what_the_session_needs_stays() -> None:
    assert "" == doomed(file("a", age_s=MAX_AGE_S * 2), free=0, keep=("a",))


@given(st.lists(st.integers(0, 1000)), st.integers(0, 5000), st.integers(0, 2000))
def test_no_more_goes_than_is_needed(sizes: list[int], need: int, free: int) -> None:
    files = [file(f"{age_s}", size, age_s) for age_s, size in enumerate(sizes)]
    gone = disposable(files, frozenset(), need, free, NOW_S)
    without_the_last = sum(f.size_bytes for f in gone[:-1])
    assert not gone or free + without_the_last < need


def test_a_raw_file_stays_in_its_folder() -> None:
    assert "01J-X.ndjson" == raw_name(LaunchUid("01J-X"))
    assert "---------etc.ndjson" == raw_name(LaunchUid("../../../etc"))
