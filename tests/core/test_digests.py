import hashlib

from hypothesis import given
from hypothesis import strategies as st

from labtui.core.digests import folder_digest
from labtui.core.model import Digest

A, B = (Digest(hashlib.sha256(word).hexdigest()) for word in (b"a", b"b"))


def test_the_digest_of_a_folder_is_that_of_the_protocol() -> None:
    expected = hashlib.sha256(
        b"Data/model.mlmodel\0" + bytes.fromhex(A) + b"Data/weights/w.bin\0" + bytes.fromhex(B)
    ).hexdigest()
    files = {"Data/weights/w.bin": B, "Data/model.mlmodel": A}
    assert expected == folder_digest(files)


def test_only_the_manifest_at_the_top_is_left_out() -> None:
    files = {"Data/x": A}
    assert folder_digest(files) == folder_digest({**files, "Manifest.json": B})
    assert folder_digest(files) != folder_digest({**files, "Data/Manifest.json": B})


def test_paths_are_ordered_by_their_bytes() -> None:
    # U+FF5E comes before U+1F600 in UTF-8, after it in UTF-16.
    first, second = "\uff5e", "\U0001f600"
    expected = hashlib.sha256(
        first.encode() + b"\0" + bytes.fromhex(A) + second.encode() + b"\0" + bytes.fromhex(B)
    ).hexdigest()
    assert expected == folder_digest({second: B, first: A})


@given(st.dictionaries(st.text(st.characters(codec="utf-8"), min_size=1), st.sampled_from([A, B])))
def test_the_order_in_which_files_are_found_does_not_matter(files: dict[str, Digest]) -> None:
    backwards = dict(reversed(files.items()))
    assert folder_digest(files) == folder_digest(backwards)
