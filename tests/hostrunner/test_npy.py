"""Arrays from hostile files: refused by name, never unpickled, never a crash."""

import os
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labtui.core.model import Digest
from labtui.failure import FailureCode
from labtui.hostrunner.engine import RunnerFailure
from labtui.hostrunner.npy import BadNpy, NpyItems, NpyWriter

MAGIC = b"\x93NUMPY"
LETTERS = "{}[]()'descr:fortan_shape, 0123456789-<|>fiuOTrueFalse"


def described(dtype: str, shape: list[int]) -> bytes:
    return repr({"descr": dtype, "fortran_order": False, "shape": tuple(shape)}).encode()


HEADERS = st.one_of(
    st.binary(max_size=120),
    st.text(LETTERS, max_size=80).map(str.encode),
    st.builds(
        described,
        st.sampled_from(["<f4", "|u1", "O", "<f8", "|V4"]),
        st.lists(st.integers(-9, 99)),
    ),
)


def opened(path: Path, content: bytes) -> NpyItems:
    path.write_bytes(content)
    return NpyItems(path, Digest(sha256(content).hexdigest()))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(HEADERS, st.binary(max_size=60), st.sampled_from([b"\x01\x00", b"\x02\x00", b"\x09\x00"]))
def test_any_bytes_are_items_or_refused(
    tmp_path: Path, header: bytes, data: bytes, version: bytes
) -> None:
    length = len(header).to_bytes(4 if version[0] == 2 else 2, "little")
    path = tmp_path / f"{os.getpid()}.npy"
    try:
        items = opened(path, MAGIC + version + length + header + data)
    except BadNpy:
        return
    for _ in range(min(items.count, 100)):
        assert items.item_shape == items.next().shape
    items.close()


def test_what_is_written_is_what_numpy_reads(tmp_path: Path) -> None:
    rows = np.arange(6, dtype="<f4").reshape(3, 2)
    path = tmp_path / "y.npy"
    with NpyWriter(path, 3, rows[0]) as writer:
        for row in rows:
            writer.append(row)
        digest = writer.finish()
    np.testing.assert_array_equal(rows, np.load(path))
    assert sha256(path.read_bytes()).hexdigest() == digest


def test_an_item_of_another_shape_is_refused_and_the_file_goes(tmp_path: Path) -> None:
    path = tmp_path / "y.npy"
    with (
        pytest.raises(RunnerFailure, match=r"changes its shape to \(3,\)") as caught,
        NpyWriter(path, 2, np.zeros(2)) as writer,
    ):
        writer.append(np.zeros(3))
    assert FailureCode.BAD_EVAL is caught.value.code
    assert not path.exists()
