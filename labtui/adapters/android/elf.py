"""Which Android ABI a program or library is made for, from its ELF header."""

import struct
from pathlib import Path

ABIS = ("arm64-v8a", "armeabi-v7a", "x86_64", "x86")
"""The names that Android gives them: what a phone says is compared with these."""

_HEADER = struct.Struct("<4sBB10x2xH")
_HEADER_BYTES = _HEADER.size
_LITTLE_ENDIAN = 1
_ABI_OF = {(2, 183): "arm64-v8a", (1, 40): "armeabi-v7a", (2, 62): "x86_64", (1, 3): "x86"}
"""(class, machine) -> ABI."""
_HEXAGON = (1, 164)
_WORDS = {"x86_64": "x86-64", "armeabi-v7a": "armeabi-v7a (32 bit)", "x86": "x86 (32 bit)"}


class NotElf(ValueError):
    """The file is no ELF file, or one for a machine that no phone is; the text says which."""


def elf_abi(header: bytes) -> str:
    """Return the ABI of a file that starts with `header`. Raises NotElf."""
    if len(header) < _HEADER_BYTES:
        raise NotElf("it is no ELF file")
    magic, bits, order, machine = _HEADER.unpack(header[:_HEADER_BYTES])
    if magic != b"\x7fELF":
        raise NotElf("it is no ELF file")
    abi = _ABI_OF.get((bits, machine)) if order == _LITTLE_ENDIAN else None
    if abi is None:
        raise NotElf(f"it is made for ELF machine {machine}, which no Android phone is")
    return abi


def is_dsp_code(header: bytes) -> bool:
    """Tell whether it is code for Qualcomm's DSP, which NPU drivers load beside their own."""
    if len(header) < _HEADER_BYTES:
        return False
    magic, bits, _order, machine = _HEADER.unpack(header[:_HEADER_BYTES])
    return magic == b"\x7fELF" and (bits, machine) == _HEXAGON


def file_abi(path: Path) -> str:
    """Return the ABI of a file. Raises NotElf, and OSError when it cannot be read."""
    with path.open("rb") as file:
        return elf_abi(file.read(_HEADER_BYTES))


def abi_words(abi: str) -> str:
    """Return an ABI as people call it."""
    return _WORDS.get(abi, abi)


def is_64_bit(abi: str) -> bool:
    """Tell whether an ABI's libraries lie in the folders called lib64."""
    return abi in ("arm64-v8a", "x86_64")
