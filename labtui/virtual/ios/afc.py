"""AFC: the files of one folder of a phone."""

import errno
import os
import stat
from collections.abc import Callable

from labtui.virtual.ios.afc_wire import (
    HEADER,
    OPEN_FLAGS,
    Op,
    Packet,
    Status,
    decode_header,
    decode_path,
    decode_paths,
    decode_words,
    encode_packet,
    encode_texts,
    encode_word,
    status_of,
)
from labtui.virtual.ios.files import OpenFile, SandboxFolder
from labtui.virtual.ios.link import ByteFuse, Link
from labtui.virtual.ios.wire import WireError

_MAX_BODY_BYTES = 1 << 16
"""Of everything but file content, which is written as it comes."""
_MAX_READ_BYTES = 16 << 20
_MAX_OPEN_FILES = 256
_KINDS = {stat.S_IFDIR: "S_IFDIR", stat.S_IFREG: "S_IFREG"}

Answer = tuple[Op, bytes]
_DONE: Answer = (Op.STATUS, encode_word(Status.SUCCESS))


class AfcSession:
    """One client's view of a folder, with the files it has open."""

    def __init__(self, folder: SandboxFolder, model: str, link: Link, fuse: ByteFuse) -> None:
        self._folder = folder
        self._model = model
        self._link = link
        self._fuse = fuse
        self._files: dict[int, OpenFile] = {}
        self._next_handle = 1
        self._operations: dict[int, Callable[[bytes], Answer]] = {
            Op.READ_DIR: self._read_dir,
            Op.TRUNCATE: self._truncate,
            Op.REMOVE_PATH: self._remove,
            Op.REMOVE_TREE: self._remove_tree,
            Op.MAKE_DIR: self._make_dir,
            Op.GET_FILE_INFO: self._file_info,
            Op.GET_DEVICE_INFO: self._device_info,
            Op.FILE_OPEN: self._open,
            Op.FILE_READ: self._read,
            Op.FILE_SEEK: self._seek,
            Op.FILE_TELL: self._tell,
            Op.FILE_CLOSE: self._close,
            Op.FILE_SET_SIZE: self._set_size,
            Op.RENAME_PATH: self._rename,
            Op.FILE_LOCK: lambda _: _DONE,
            Op.SET_FILE_TIME: self._set_time,
        }

    async def run(self) -> None:
        """Serve until the client goes. Raises EOFError then, or WireError."""
        try:
            while True:
                packet = decode_header(await self._link.read_exactly(HEADER.size))
                op, body = await self._carry_out(packet)
                await self._link.write(encode_packet(packet.number, op, body))
        finally:
            for file in self._files.values():
                file.close()

    async def _carry_out(self, packet: Packet) -> Answer:
        try:
            if packet.op == Op.FILE_WRITE:
                return await self._write(packet.body_bytes)
            if packet.body_bytes > _MAX_BODY_BYTES:
                raise WireError(f"an AFC packet of {packet.body_bytes} bytes")
            body = await self._link.read_exactly(packet.body_bytes)
            operation = self._operations.get(packet.op)
            return _failed(Status.OPERATION_NOT_SUPPORTED) if operation is None else operation(body)
        except OSError as error:
            return _failed(status_of(error))

    async def _write(self, body_bytes: int) -> Answer:
        """Write the content as it comes; after an error, read the rest all the same."""
        (handle,) = decode_words(await self._link.read_exactly(8), 1)
        left_bytes, answer = body_bytes - 8, _DONE
        while left_bytes > 0:
            piece = await self._link.read_some(self._fuse.room(left_bytes))
            if not piece:
                raise EOFError
            left_bytes -= len(piece)
            if answer is _DONE:
                answer = self._write_piece(handle, piece)
            self._fuse.carry(len(piece))
        return answer

    def _write_piece(self, handle: int, piece: bytes) -> Answer:
        try:
            self._file(handle).write(piece)
        except OSError as error:
            return _failed(status_of(error))
        return _DONE

    def _read_dir(self, body: bytes) -> Answer:
        return Op.DATA, encode_texts(".", "..", *self._folder.listdir(decode_path(body)))

    def _file_info(self, body: bytes) -> Answer:
        found = self._folder.stat(decode_path(body))
        facts = {
            "st_size": found.st_size,
            "st_blocks": found.st_blocks,
            "st_nlink": found.st_nlink,
            "st_ifmt": _KINDS.get(stat.S_IFMT(found.st_mode), "S_IFSOCK"),
            "st_mtime": found.st_mtime_ns,
            "st_birthtime": found.st_ctime_ns,
        }
        return Op.DATA, _pairs(facts)

    def _device_info(self, _: bytes) -> Answer:
        storage = self._folder.storage
        facts = {
            "Model": self._model,
            "FSTotalBytes": storage.size_bytes,
            "FSFreeBytes": storage.free_bytes,
            "FSBlockSize": 4096,
        }
        return Op.DATA, _pairs(facts)

    def _make_dir(self, body: bytes) -> Answer:
        self._folder.make_folders(decode_path(body))
        return _DONE

    def _remove(self, body: bytes) -> Answer:
        self._folder.remove(decode_path(body))
        return _DONE

    def _remove_tree(self, body: bytes) -> Answer:
        self._folder.remove_tree(decode_path(body))
        return _DONE

    def _rename(self, body: bytes) -> Answer:
        self._folder.rename(*decode_paths(body, 2))
        return _DONE

    def _set_time(self, body: bytes) -> Answer:
        (mtime_ns,) = decode_words(body, 1)
        self._folder.set_mtime(decode_path(body[8:]), mtime_ns)
        return _DONE

    def _truncate(self, body: bytes) -> Answer:
        (size,) = decode_words(body, 1)
        file = self._folder.open(decode_path(body[8:]), os.O_WRONLY)
        try:
            file.truncate(size)
        finally:
            file.close()
        return _DONE

    def _open(self, body: bytes) -> Answer:
        (mode,) = decode_words(body, 1)
        if mode not in OPEN_FLAGS:
            return _failed(Status.INVALID_ARGUMENT)
        if len(self._files) >= _MAX_OPEN_FILES:
            return _failed(Status.NO_RESOURCES)
        handle, self._next_handle = self._next_handle, self._next_handle + 1
        self._files[handle] = self._folder.open(decode_path(body[8:]), OPEN_FLAGS[mode])
        return Op.FILE_OPEN_RESULT, encode_word(handle)

    def _read(self, body: bytes) -> Answer:
        handle, count = decode_words(body, 2)
        content = self._file(handle).read(min(count, _MAX_READ_BYTES))
        self._fuse.carry(len(content))
        return Op.DATA, content

    def _seek(self, body: bytes) -> Answer:
        handle, whence, offset = decode_words(body, 3)
        signed = offset - (1 << 64) if offset >= 1 << 63 else offset
        self._file(handle).seek(signed, whence)
        return _DONE

    def _tell(self, body: bytes) -> Answer:
        return Op.FILE_TELL_RESULT, encode_word(self._file(*decode_words(body, 1)).tell())

    def _set_size(self, body: bytes) -> Answer:
        handle, size = decode_words(body, 2)
        self._file(handle).truncate(size)
        return _DONE

    def _close(self, body: bytes) -> Answer:
        (handle,) = decode_words(body, 1)
        self._file(handle).close()
        del self._files[handle]
        return _DONE

    def _file(self, handle: int) -> OpenFile:
        if handle not in self._files:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        return self._files[handle]


def _failed(status: Status) -> Answer:
    return Op.STATUS, encode_word(status)


def _pairs(facts: dict[str, object]) -> bytes:
    return encode_texts(*(str(item) for pair in facts.items() for item in pair))
