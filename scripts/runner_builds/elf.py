"""Reads what matters here of 64-bit little-endian ELF files: linking needs, segments, symbols."""

import struct
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from pathlib import Path

_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_PROGRAM = struct.Struct("<IIQQQQQQ")
_SECTION = struct.Struct("<IIQQQQIIQQ")
_SYMBOL = struct.Struct("<IBBHQQ")
_DYNAMIC = struct.Struct("<qQ")
_RELOCATION = struct.Struct("<QQq")
_SYMTAB, _RELA, _DYNAMIC_SECTION, _DYNSYM = 2, 4, 6, 11


class Kind(IntEnum):
    """`e_type`."""

    RELOCATABLE = 1
    EXECUTABLE = 2
    SHARED = 3


class SegmentKind(IntEnum):
    """`p_type` of the segments looked at."""

    LOAD = 1
    INTERP = 3
    TLS = 7


class Tag(IntEnum):
    """`d_tag` of the entries looked at."""

    NEEDED = 1
    RPATH = 15
    RUNPATH = 29
    FLAGS_1 = 0x6FFFFFFB


@dataclass(frozen=True, slots=True)
class Segment:
    """A program header; offsets and sizes in bytes."""

    kind: int
    offset: int
    file_bytes: int
    align: int


@dataclass(frozen=True, slots=True)
class Section:
    """A section header, without its name."""

    kind: int
    offset: int
    size: int
    link: int


class Elf:
    """A file read whole. Raises ValueError for anything but 64-bit little-endian ELF."""

    def __init__(self, path: Path) -> None:
        self._data = path.read_bytes()
        if self._data[:6] != b"\x7fELF\x02\x01":
            raise ValueError(f"{path} is no 64-bit little-endian ELF file.")
        head = _HEADER.unpack_from(self._data)
        self.kind, self.machine = Kind(head[1]), int(head[2])
        self._programs_at, self._sections_at = int(head[5]), int(head[6])
        self._program_count, self._section_count = int(head[10]), int(head[12])

    @cached_property
    def segments(self) -> list[Segment]:
        """Return the program headers."""
        rows = self._rows(_PROGRAM, self._programs_at, self._program_count)
        return [Segment(row[0], row[2], row[5], row[7]) for row in rows]

    @cached_property
    def sections(self) -> list[Section]:
        """Return the section headers."""
        rows = self._rows(_SECTION, self._sections_at, self._section_count)
        return [Section(row[1], row[4], row[5], row[6]) for row in rows]

    @property
    def interpreter(self) -> str | None:
        """Return the dynamic linker that the program asks for."""
        for segment in self.segments:
            if segment.kind == SegmentKind.INTERP:
                return self._text(segment.offset)
        return None

    def strings(self, tag: Tag) -> list[str]:
        """Return the texts of the dynamic section's entries with this tag."""
        return [self._text(base + value) for base, found, value in self._dynamic() if found == tag]

    def number(self, tag: Tag) -> int:
        """Return the value of the first dynamic entry with this tag, else 0."""
        return next((value for _, found, value in self._dynamic() if found == tag), 0)

    @property
    def undefined(self) -> set[str]:
        """Return the symbols that others must provide: of the linker's table if there is one."""
        return {name for name, section in self._symbols() if section == 0 and name}

    @property
    def defined(self) -> set[str]:
        """Return the symbols that the file has itself."""
        return {name for name, section in self._symbols() if section != 0 and name}

    @property
    def relocation_types(self) -> set[int]:
        """Return the processor's relocation types that the dynamic linker must know."""
        return {info & 0xFFFFFFFF for _, (_, info, _) in self._table(_RELA, _RELOCATION)}

    def _symbols(self) -> list[tuple[str, int]]:
        wanted = _SYMTAB if self.kind is Kind.RELOCATABLE else _DYNSYM
        return [(self._text(base + row[0]), row[3]) for base, row in self._table(wanted, _SYMBOL)]

    def _dynamic(self) -> list[tuple[int, int, int]]:
        return [(base, row[0], row[1]) for base, row in self._table(_DYNAMIC_SECTION, _DYNAMIC)]

    def _table(self, kind: int, layout: struct.Struct) -> list[tuple[int, tuple[int, ...]]]:
        """Return the rows of all sections of a kind, each with where its linked section starts."""
        return [
            (self.sections[table.link].offset, row)
            for table in self.sections
            if table.kind == kind
            for row in self._rows(layout, table.offset, table.size // layout.size)
        ]

    def _rows(self, layout: struct.Struct, start: int, count: int) -> list[tuple[int, ...]]:
        end = start + count * layout.size
        return list(layout.iter_unpack(self._data[start:end]))

    def _text(self, start: int) -> str:
        return self._data[start : self._data.index(b"\0", start)].decode()
