"""AFC's operations, and its borders."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest
from pymobiledevice3.exceptions import AfcException, ConnectionTerminatedError
from pymobiledevice3.services.afc import AfcError, AfcOpcode, AfcService

from labtui.virtual.ios.afc_wire import encode_texts, encode_word
from tests.virtual.ios.rig import Iphones
from tests.virtual.rig import LIMIT_S


@pytest.fixture
async def media(iphones: Iphones) -> AsyncIterator[AfcService]:
    async with iphones.lockdown() as lockdown, AfcService(lockdown) as service:
        yield service


async def status(media: AfcService, op: AfcOpcode, body: bytes) -> AfcError:
    found, _ = await media._send_and_wait(op, body)
    return AfcError(found)


async def test_files_are_read_and_written_at_a_position(media: AfcService) -> None:
    handle = await media.fopen("/f", "w+")
    await media.fwrite(handle, b"0123456789")
    await media.fseek(handle, -4, os.SEEK_END)
    assert b"6789" == await media.fread(handle, 100)
    await media.fseek(handle, 2)
    await media.fwrite(handle, b"xx")
    told = await media._do_operation(AfcOpcode.FILE_TELL, encode_word(handle))
    assert encode_word(4) == told
    await media._do_operation(AfcOpcode.FILE_SET_SIZE, encode_word(handle) + encode_word(5))
    await media.lock(handle, 6)
    await media.fclose(handle)
    assert b"01xx4" == await media.get_file_contents("/f")
    handle = await media.fopen("/f", "a")
    await media.fwrite(handle, b"!")
    await media.fclose(handle)
    await media._do_operation(AfcOpcode.TRUNCATE, encode_word(7) + encode_texts("/f"))
    assert b"01xx4!\0" == await media.get_file_contents("/f")


async def test_files_are_moved_dated_and_described(media: AfcService) -> None:
    await media.makedirs("/a/b")
    await media.set_file_contents("/a/b/f", b"12345")
    await media.rename("/a/b/f", "/a/g")
    mtime_ns = 1_700_000_000 * 10**9
    await media._do_operation(AfcOpcode.SET_FILE_TIME, encode_word(mtime_ns) + encode_texts("/a/g"))
    facts = await media.stat("/a/g")
    assert (5, "S_IFREG", datetime.fromtimestamp(1_700_000_000)) == (  # noqa: DTZ006 (as it says)
        facts["st_size"],
        facts["st_ifmt"],
        facts["st_mtime"],
    )
    await media._do_operation(AfcOpcode(34), encode_texts("/a"))
    assert [] == await media.listdir("/")


async def test_the_phone_says_how_much_room_it_has(media: AfcService) -> None:
    service: Any = media
    info = await service.get_device_info()
    assert ("iPhone14,2", "128000000000") == (info["Model"], info["FSTotalBytes"])
    assert 0 < int(info["FSFreeBytes"]) < 128_000_000_000


@pytest.mark.parametrize(
    ("op", "body", "expected"),
    [
        (AfcOpcode.READ_DIR, encode_texts("/none"), AfcError.OBJECT_NOT_FOUND),
        (AfcOpcode.GET_FILE_INFO, encode_texts("/none"), AfcError.OBJECT_NOT_FOUND),
        (AfcOpcode.FILE_OPEN, encode_word(1) + encode_texts("/none"), AfcError.OBJECT_NOT_FOUND),
        (AfcOpcode.FILE_OPEN, encode_word(3) + encode_texts("/full"), AfcError.OBJECT_IS_DIR),
        (AfcOpcode.FILE_OPEN, encode_word(9) + encode_texts("/x"), AfcError.INVALID_ARG),
        (AfcOpcode.FILE_OPEN, encode_word(3) + encode_texts("x" * 300), AfcError.INVALID_ARG),
        (AfcOpcode.REMOVE_PATH, encode_texts("/full"), AfcError.DIR_NOT_EMPTY),
        (AfcOpcode.REMOVE_PATH, encode_texts("/"), AfcError.PERM_DENIED),
        (AfcOpcode.MAKE_DIR, encode_texts("/full/f"), AfcError.OBJECT_EXISTS),
        (AfcOpcode.READ, encode_word(99) + encode_word(1), AfcError.INVALID_ARG),
        (AfcOpcode.WRITE, encode_word(99) + b"data", AfcError.INVALID_ARG),
        (AfcOpcode.FILE_CLOSE, encode_word(99), AfcError.INVALID_ARG),
        (AfcOpcode.TRUNCATE, encode_word(2**63) + encode_texts("/full/f"), AfcError.NO_SPACE_LEFT),
        (AfcOpcode.MAKE_LINK, encode_word(2) + encode_texts("/", "/l"), AfcError.OP_NOT_SUPPORTED),
    ],
)
async def test_what_cannot_be_done_has_its_status(
    media: AfcService, op: AfcOpcode, body: bytes, expected: AfcError
) -> None:
    await media.makedirs("/full")
    await media.set_file_contents("/full/f", b"")
    assert expected == await status(media, op, body)
    assert ["full"] == await media.listdir("/")


@pytest.mark.parametrize("path", ["../../../../../../etc/passwd", "/..//../etc/passwd", "/../../1"])
async def test_no_path_leads_out(media: AfcService, path: str) -> None:
    with pytest.raises(AfcException, match="NOT_FOUND"):
        await media.get_file_contents(path)


async def test_a_link_of_the_host_leads_nowhere(media: AfcService, iphones: Iphones) -> None:
    (iphones.phone.device.place.folder / "Media" / "link").symlink_to("/etc")
    assert AfcError.PERM_DENIED == await status(
        media, AfcOpcode.FILE_OPEN, encode_word(1) + encode_texts("/link/passwd")
    )


async def test_only_so_many_files_are_open_at_once(media: AfcService) -> None:
    await media.set_file_contents("/f", b"x")
    for _ in range(256):
        await media.fopen("/f")
    with pytest.raises(AfcException, match="NO_RESOURCES"):
        await media.fopen("/f")


@pytest.mark.parametrize(
    ("op", "body"),
    [
        (AfcOpcode.MAKE_DIR, bytes(1 << 17)),
        (AfcOpcode.READ, b"short"),
        (AfcOpcode.READ_DIR, b"no zero behind"),
        (AfcOpcode.READ_DIR, b"\xff\0"),
    ],
)
async def test_a_broken_packet_ends_the_connection(
    media: AfcService, op: AfcOpcode, body: bytes
) -> None:
    task = asyncio.ensure_future(media._send_and_wait(op, body))
    await asyncio.wait({task}, timeout=LIMIT_S)
    assert isinstance(task.exception(), ConnectionTerminatedError | OSError)
