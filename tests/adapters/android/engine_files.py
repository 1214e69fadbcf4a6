"""Engine libraries that are nothing but a header, and archives of them."""

import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

_MACHINES = {"arm64-v8a": (2, 183), "armeabi-v7a": (1, 40), "x86_64": (2, 62), "x86": (1, 3)}


def elf(abi: str, content: bytes = b"") -> bytes:
    bits, machine = _MACHINES[abi]
    header = struct.pack("<4sBBBB8xHH", b"\x7fELF", bits, 1, 1, 0, 3, machine)
    return header + content


def a_library(folder: Path, abi: str = "arm64-v8a", name: str = "libLiteRt.so") -> Path:
    path = folder / name
    path.write_bytes(elf(abi, name.encode()))
    return path


def an_archive(path: Path, entries: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path
