"""The `sync:` service: files in and out, in both versions of the protocol (64-bit sizes in v2)."""

import posixpath
import stat
import struct
from collections.abc import Awaitable, Callable

from labtui.virtual.adbd.stream import AdbStream
from labtui.virtual.files import FileStat, PhoneFiles, WritableFile
from labtui.virtual.streams import Reader

MAX_DATA = 1 << 16
MAX_PATH = 1024

_REQUEST = struct.Struct("<4sI")
_STAT_V1 = struct.Struct("<4sIII")
_DENT_V1 = struct.Struct("<4sIIII")
_STAT_V2 = struct.Struct("<4sIQQIIIIQqqq")
_DENT_V2 = struct.Struct("<4sIQQIIIIQqqqI")
_SEND_V2 = struct.Struct("<4sII")
_RECEIVE_V2 = struct.Struct("<4sI")
_U32 = 0xFFFFFFFF
_FLUSH_BYTES = 1 << 18


class SyncFailed(Exception):
    """Something to tell the host in a FAIL; the connection goes on."""


class Upload:
    """One file on its way in: complete, or not there at all."""

    def __init__(self, files: PhoneFiles, path: str, mode: int) -> None:
        self._files = files
        self._path = path
        self._mode = mode
        self._failure = ""
        self._file: WritableFile | None = None
        if stat.S_ISLNK(mode):
            self._failure = "symlink failed: Permission denied"
            return
        try:
            files.make_folders(posixpath.dirname(path))
            self._file = files.open_write(path)
        except OSError as error:
            self._failure = f"couldn't create file: {error.strerror}"

    def write(self, piece: memoryview) -> None:
        """Append bytes, unless something has failed before."""
        if self._file is None:
            return
        try:
            self._file.write(piece)
        except OSError as error:
            self._failure = f"write failed: {error.strerror}"
            self.close()

    def finish(self, mtime_s: int) -> None:
        """Make the file count. Raises SyncFailed with what went wrong before."""
        if self._file is None:
            raise SyncFailed(self._failure)
        self._file.close()
        self._file = None
        self._files.chmod(self._path, stat.S_IMODE(self._mode))
        self._files.set_mtime(self._path, mtime_s)

    def close(self) -> None:
        """Remove what did not arrive whole; harmless after `finish`."""
        if self._file is not None:
            self._file.close()
            self._file = None
            self._files.remove(self._path)


class SyncSession:
    """Serves one `sync:` stream."""

    def __init__(self, stream: AdbStream, files: PhoneFiles) -> None:
        self._stream = stream
        self._files = files
        self._reader = Reader(stream)
        self._unsent = bytearray()

    async def serve(self) -> None:
        """Answer requests until QUIT or the end of the stream."""
        handlers: dict[bytes, Callable[[str], Awaitable[None]]] = {
            b"STAT": self._stat_v1,
            b"LST2": lambda path: self._stat_v2(b"LST2", path),
            b"STA2": lambda path: self._stat_v2(b"STA2", path),
            b"LIST": self._list_v1,
            b"LIS2": self._list_v2,
            b"SEND": self._send_v1,
            b"SND2": self._send_v2,
            b"RECV": self._receive,
            b"RCV2": self._receive_v2,
        }
        while True:
            command, size = _REQUEST.unpack(await self._reader.exactly(_REQUEST.size))
            if command not in handlers or size > MAX_PATH:
                return
            path = (await self._reader.exactly(size)).decode(errors="surrogateescape")
            try:
                await handlers[command](path)
            except SyncFailed as failure:
                text = str(failure).encode(errors="replace")
                await self._put(_REQUEST.pack(b"FAIL", len(text)) + text)
            await self._flush()

    async def _put(self, data: bytes) -> None:
        """Queue bytes of an answer: many small packets would each wait for the host's OKAY."""
        self._unsent += data
        if len(self._unsent) >= _FLUSH_BYTES:
            await self._flush()

    async def _flush(self) -> None:
        data, self._unsent = self._unsent, bytearray()
        await self._stream.write(data)

    async def _stat_v1(self, path: str) -> None:
        try:
            found = self._files.stat(path)
        except OSError:
            await self._put(_STAT_V1.pack(b"STAT", 0, 0, 0))
            return
        await self._put(_STAT_V1.pack(b"STAT", found.mode, found.size & _U32, found.mtime_s & _U32))

    async def _stat_v2(self, tag: bytes, path: str) -> None:
        try:
            found = self._files.stat(path)
        except OSError as error:
            failed = _STAT_V2.pack(tag, error.errno or 0, *[0] * 10)
            await self._put(failed)
            return
        await self._put(_STAT_V2.pack(tag, 0, *_v2_fields(found)))

    async def _list_v1(self, path: str) -> None:
        for name, found in self._entries(path):
            size, mtime_s = found.size & _U32, found.mtime_s & _U32
            head = _DENT_V1.pack(b"DENT", found.mode, size, mtime_s, len(name))
            await self._put(head + name)
        await self._put(_DENT_V1.pack(b"DONE", 0, 0, 0, 0))

    async def _list_v2(self, path: str) -> None:
        for name, found in self._entries(path):
            head = _DENT_V2.pack(b"DNT2", 0, *_v2_fields(found), len(name))
            await self._put(head + name)
        await self._put(_DENT_V2.pack(b"DONE", *[0] * 12))

    def _entries(self, path: str) -> list[tuple[bytes, FileStat]]:
        try:
            names = self._files.listdir(path)
            found = [(name, self._files.stat(f"{path}/{name}")) for name in names]
        except OSError:
            return []
        return [(name.encode(errors="surrogateescape"), status) for name, status in found]

    async def _send_v1(self, spec: str) -> None:
        path, _, mode = spec.rpartition(",")
        await self._take_file(path, int(mode) if mode.isdecimal() else 0o644)

    async def _send_v2(self, path: str) -> None:
        _, mode, flags = _SEND_V2.unpack(await self._reader.exactly(_SEND_V2.size))
        if flags:
            raise SyncFailed("compressed transfer is not supported")
        await self._take_file(path, mode)

    async def _take_file(self, path: str, mode: int) -> None:
        """Store a file; after a failure the rest of it is still read, as the protocol wants."""
        upload = Upload(self._files, path, mode)
        try:
            while (block := await self._block())[0] == b"DATA":
                async for piece in self._reader.pieces(block[1]):
                    upload.write(piece)
            upload.finish(mtime_s=block[1])
        finally:
            upload.close()
        await self._put(_REQUEST.pack(b"OKAY", 0))

    async def _block(self) -> tuple[bytes, int]:
        tag, size = _REQUEST.unpack(await self._reader.exactly(_REQUEST.size))
        if tag not in {b"DATA", b"DONE"} or (tag == b"DATA" and size > MAX_DATA):
            raise EOFError
        return tag, size

    async def _receive_v2(self, path: str) -> None:
        _, flags = _RECEIVE_V2.unpack(await self._reader.exactly(_RECEIVE_V2.size))
        if flags:
            raise SyncFailed("compressed transfer is not supported")
        await self._receive(path)

    async def _receive(self, path: str) -> None:
        try:
            file = self._files.open_read(path)
        except OSError as error:
            raise SyncFailed(f"open failed: {error.strerror}") from error
        with file:
            while data := file.read(MAX_DATA):
                await self._put(_REQUEST.pack(b"DATA", len(data)) + data)
        await self._put(_REQUEST.pack(b"DONE", 0))


def _v2_fields(found: FileStat) -> tuple[int, ...]:
    times = (found.mtime_s, found.mtime_s, found.mtime_s)
    return (
        found.device, found.inode, found.mode, found.links, found.uid, found.gid, found.size,
        *times,
    )  # fmt: skip
