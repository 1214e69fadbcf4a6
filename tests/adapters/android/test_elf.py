import contextlib
import struct
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.adapters.android.elf import ABIS, NotElf, abi_words, elf_abi, file_abi, is_64_bit
from tests.adapters.android.engine_files import elf


@pytest.mark.parametrize("abi", ABIS)
def test_the_header_tells_the_abi(abi: str, tmp_path: Path) -> None:
    path = tmp_path / "lib.so"
    path.write_bytes(elf(abi))
    assert (abi, abi) == (elf_abi(elf(abi)), file_abi(path))


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (b"", "no ELF file"),
        (b"\x7fELF", "no ELF file"),
        (b"#!/bin/sh\nexit 0\n# and more", "no ELF file"),
        (b"\xcf\xfa\xed\xfe" + bytes(60), "no ELF file"),
        (struct.pack("<4sBB10x2xH", b"\x7fELF", 2, 1, 243), "machine 243"),
        (struct.pack("<4sBB10x2xH", b"\x7fELF", 1, 1, 183), "machine 183"),
        (struct.pack(">4sBB10x2xH", b"\x7fELF", 2, 2, 62), "no Android phone"),
    ],
)
def test_what_no_phone_executes(header: bytes, words: str) -> None:
    with pytest.raises(NotElf, match=words):
        elf_abi(header)


@pytest.mark.skipif(sys.platform != "linux", reason="ELF is Linux' format")
def test_a_real_program() -> None:
    assert file_abi(Path(sys.executable)) in ABIS


@given(st.binary(max_size=64))
def test_any_header_is_read(header: bytes) -> None:
    with contextlib.suppress(NotElf):
        assert elf_abi(header) in ABIS


def test_words_of_people() -> None:
    assert ["arm64-v8a", "x86-64"] == [abi_words("arm64-v8a"), abi_words("x86_64")]
    assert [True, False, True, False] == [is_64_bit(abi) for abi in ABIS]
