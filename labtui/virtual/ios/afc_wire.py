"""The packets of AFC, Apple's file protocol: a header of five little-endian words, and a body."""

import errno
import os
import struct
from dataclasses import dataclass
from enum import IntEnum

from labtui.virtual.ios.wire import WireError

HEADER = struct.Struct("<8sQQQQ")
_MAGIC = b"CFA6LPAA"
_WORD = struct.Struct("<Q")


class Op(IntEnum):
    """What a packet asks for, or is."""

    STATUS = 1
    DATA = 2
    READ_DIR = 3
    TRUNCATE = 7
    REMOVE_PATH = 8
    MAKE_DIR = 9
    GET_FILE_INFO = 10
    GET_DEVICE_INFO = 11
    FILE_OPEN = 13
    FILE_OPEN_RESULT = 14
    FILE_READ = 15
    FILE_WRITE = 16
    FILE_SEEK = 17
    FILE_TELL = 18
    FILE_TELL_RESULT = 19
    FILE_CLOSE = 20
    FILE_SET_SIZE = 21
    RENAME_PATH = 24
    FILE_LOCK = 27
    SET_FILE_TIME = 30
    REMOVE_TREE = 34


class Status(IntEnum):
    """How an operation went."""

    SUCCESS = 0
    INVALID_ARGUMENT = 7
    OBJECT_NOT_FOUND = 8
    OBJECT_IS_DIR = 9
    PERMISSION_DENIED = 10
    NO_RESOURCES = 3
    OPERATION_NOT_SUPPORTED = 15
    OBJECT_EXISTS = 16
    NO_SPACE_LEFT = 18
    IO_ERROR = 20
    DIR_NOT_EMPTY = 33


_BY_ERRNO = {
    errno.ENOENT: Status.OBJECT_NOT_FOUND,
    errno.ENOTDIR: Status.OBJECT_NOT_FOUND,
    errno.EISDIR: Status.OBJECT_IS_DIR,
    errno.EEXIST: Status.OBJECT_EXISTS,
    errno.EACCES: Status.PERMISSION_DENIED,
    errno.EPERM: Status.PERMISSION_DENIED,
    errno.EINVAL: Status.INVALID_ARGUMENT,
    errno.EBADF: Status.INVALID_ARGUMENT,
    errno.ENAMETOOLONG: Status.INVALID_ARGUMENT,
    errno.ENOSPC: Status.NO_SPACE_LEFT,
    errno.ENOTEMPTY: Status.DIR_NOT_EMPTY,
    errno.EMFILE: Status.NO_RESOURCES,
}

OPEN_FLAGS = {
    1: os.O_RDONLY,
    2: os.O_RDWR | os.O_CREAT,
    3: os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
    4: os.O_RDWR | os.O_CREAT | os.O_TRUNC,
    5: os.O_WRONLY | os.O_APPEND | os.O_CREAT,
    6: os.O_RDWR | os.O_APPEND | os.O_CREAT,
}
"""AFC's modes: r, r+, w, w+, a, a+."""


@dataclass(frozen=True, slots=True)
class Packet:
    """The header of a request."""

    number: int
    op: int
    body_bytes: int


def decode_header(header: bytes) -> Packet:
    """Return what a header says. Raises WireError."""
    magic, entire, _, number, op = HEADER.unpack(header)
    if magic != _MAGIC or entire < HEADER.size:
        raise WireError("not an AFC packet")
    return Packet(number, op, entire - HEADER.size)


def encode_packet(number: int, op: Op, body: bytes) -> bytes:
    """Return the answer to the request of that number."""
    size = HEADER.size + len(body)
    return HEADER.pack(_MAGIC, size, size, number, op) + body


def encode_word(value: int) -> bytes:
    """Return an unsigned 64-bit number."""
    return _WORD.pack(value)


def status_of(error: OSError) -> Status:
    """Return AFC's word for what the system refused."""
    return _BY_ERRNO.get(error.errno or 0, Status.IO_ERROR)


def decode_words(body: bytes, count: int) -> tuple[int, ...]:
    """Return the numbers a body starts with. Raises WireError when it is too short."""
    if len(body) < count * _WORD.size:
        raise WireError("an AFC packet that is too short")
    return struct.unpack_from(f"<{count}Q", body)


def decode_paths(body: bytes, count: int) -> list[str]:
    """Return the texts in a body, each with a zero behind it. Raises WireError."""
    *texts, _ = body.split(b"\0")
    try:
        paths = [text.decode() for text in texts]
    except UnicodeDecodeError as error:
        raise WireError("a path that is not UTF-8") from error
    if len(paths) < count:
        raise WireError("an AFC packet without its path")
    return paths[:count]


def decode_path(body: bytes) -> str:
    """Return the text a body starts with. Raises WireError."""
    return decode_paths(body, 1)[0]


def encode_texts(*texts: str) -> bytes:
    """Return texts, each with a zero behind it."""
    return b"".join(text.encode(errors="surrogateescape") + b"\0" for text in texts)
