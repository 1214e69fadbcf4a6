import pytest

from labtui.adapters.ios.shelf import (
    VARIANTS,
    in_jobs,
    parse_survey,
    raw_file,
    to_remove,
    variant_path,
)
from labtui.adapters.retention import MAX_AGE_S, MAX_TOTAL_BYTES
from labtui.core.model import Digest, LaunchUid
from labtui.errors import BadVariant

A, B, C = (Digest(letter * 64) for letter in "abc")
NOW_S = 10_000_000


def entry(name: str, size: int = 10, age_s: int = 0) -> dict[str, object]:
    return {"name": name, "bytes": size, "used_s": NOW_S - age_s}


def doomed(
    *entries: dict[str, object], free: int = 1 << 40, need: int = 0, keep: tuple[str, ...] = ()
) -> list[str]:
    survey = parse_survey({"free_bytes": free, "entries": list(entries)})
    found = to_remove(survey, frozenset(keep), need, NOW_S)
    return [file.path.removeprefix(f"{VARIANTS}/") for file in found]


def test_the_same_content_lies_at_the_same_path() -> None:
    path = variant_path(A, ".mlpackage")
    assert f"/Documents/labtui/variants/{A}.mlpackage" == path
    assert f"variants/{A}.mlpackage" == in_jobs(path)


@pytest.mark.parametrize("suffix", ["", ".", "./..", ".ML", ".part", ".a b"])
def test_odd_suffixes_are_refused(suffix: str) -> None:
    with pytest.raises(BadVariant, match="rename it"):
        variant_path(A, suffix)


def test_raw_files_stay_in_the_folder() -> None:
    assert "raw------x.ndjson" == raw_file(LaunchUid("../.:x"))


def test_nothing_goes_without_need() -> None:
    assert [] == doomed(entry(f"{A}.tflite"), entry(f"{B}.mlpackage"))


def test_what_never_arrived_and_what_is_old_goes() -> None:
    entries = entry(f"{A}.tflite.part"), entry(f"{B}.tflite", age_s=MAX_AGE_S + 1)
    assert [f"{A}.tflite.part", f"{B}.tflite"] == doomed(*entries)


def test_the_least_recently_used_makes_room() -> None:
    entries = entry(f"{A}.tflite", age_s=5), entry(f"{B}.tflite", age_s=9), entry(f"{C}.tflite")
    assert [f"{B}.tflite"] == doomed(*entries, free=95, need=100)
    assert [f"{B}.tflite", f"{A}.tflite"] == doomed(*entries, free=85, need=100)


def test_what_is_in_use_stays() -> None:
    entries = entry(f"{A}.tflite", age_s=5), entry(f"{B}.tflite", age_s=9)
    keep = (variant_path(B, ".tflite"),)
    assert [f"{A}.tflite"] == doomed(*entries, free=0, need=100, keep=keep)


def test_the_folder_does_not_grow_for_ever() -> None:
    entries = entry(f"{A}.tflite", MAX_TOTAL_BYTES, age_s=5), entry(f"{B}.tflite")
    assert [f"{A}.tflite"] == doomed(*entries, need=100)


def test_foreign_names_are_never_touched() -> None:
    foreign = (entry("holiday.mov", age_s=MAX_AGE_S + 1), entry("../x"), entry(f"{A}/../../x"))
    assert [] == doomed(*foreign, free=0, need=100)
