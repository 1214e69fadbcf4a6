import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.adapters.android.shelf import (
    FOLDER,
    Survey,
    engine_folder,
    parse_digest,
    parse_survey,
    raw_file,
    survey_script,
    variant_path,
)
from labtui.adapters.retention import RemoteFile
from labtui.core.model import Digest, LaunchUid
from labtui.errors import BadVariant
from tests.adapters.android.fake_server import SEPARATOR

A = Digest("a" * 64)


def test_libraries_of_engines_are_labtuis_files_too() -> None:
    path = f"{engine_folder(A)}/libLiteRt.so"
    answer = SEPARATOR.join(["", "", "1000\n", "", f"900 12 {path}\n901 1 {path}.part\n"])
    assert (RemoteFile(path, 12, 900), RemoteFile(f"{path}.part", 1, 901)) == parse_survey(
        answer
    ).files
    assert f"mkdir -p {FOLDER}/variants" in survey_script(path)
    assert f"{engine_folder(A)};" in survey_script(path)


def test_a_survey_is_read() -> None:
    listed = f"900 12 {variant_path(A, '.tflite')}\n901 13 {FOLDER}/raw/x-1.ndjson\n"
    df = "Filesystem 1K-blocks Used Available Use% Mounted on\n/d 9 1 8 1% /data\n"
    answer = SEPARATOR.join(["", df, "1000\n", f"{A}  /data/x\n", listed])
    assert parse_survey(answer) == Survey(
        8192, 1000, A,
        (
            RemoteFile(variant_path(A, ".tflite"), 12, 900),
            RemoteFile(f"{FOLDER}/raw/x-1.ndjson", 13, 901),
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    "path",
    [
        "/sdcard/DCIM/a.jpg",
        f"{FOLDER}/raw/../../x.ndjson",
        f"{FOLDER}/variants/;reboot",
        f"{FOLDER}/variants/{A}.tflite/../../x",
        f"{FOLDER}/engines/{A}/../../x.so",
        f"{FOLDER}/engines/mine/libX.so",
        f"{FOLDER}/engines/{A}/.so",
    ],
)
def test_a_phone_cannot_have_other_files_removed(path: str) -> None:
    answer = SEPARATOR.join(["", "", "99999999\n", "", f"1 1 {path}\n"])
    assert () == parse_survey(answer).files


@pytest.mark.parametrize("suffix", ["", ".", "./x", ".tflite; reboot", "tflite", ".TFLITE"])
def test_a_suffix_that_is_none(suffix: str) -> None:
    with pytest.raises(BadVariant):
        variant_path(A, suffix)


def test_a_digest_that_is_none() -> None:
    with pytest.raises(BadVariant):
        variant_path(Digest("../../etc"), ".tflite")


def test_a_raw_file_stays_in_its_folder() -> None:
    assert "raw/01J-X.ndjson" == raw_file(LaunchUid("01J-X"))
    assert "raw/---------etc.ndjson" == raw_file(LaunchUid("../../../etc"))


def test_the_script_quotes_its_path() -> None:
    assert "sha256sum '/x y'" in survey_script("/x y")


@given(st.text())
def test_any_answer_is_parsed(text: str) -> None:
    parse_digest(text)
    parse_survey(SEPARATOR.join([text] * 5))
