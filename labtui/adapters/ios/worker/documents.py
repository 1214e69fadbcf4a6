"""The runner's Documents, through house_arrest and AFC.

No operation here has a limit of its own: cancelling AFC can hang for ever, so that the process
is killed instead when it does not come back.
"""

import posixpath
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from pymobiledevice3.exceptions import AfcFileNotFoundError
from pymobiledevice3.services.afc import AfcService
from pymobiledevice3.services.house_arrest import HouseArrestService

from labtui.adapters.ios.messages import Arguments
from labtui.adapters.ios.worker.phone import Phone
from labtui.adapters.ios.worker.translate import LocalFileFailed
from labtui.adapters.ios.worker.upload import send_file

Report = Callable[[int, int], None]
MAX_PULL_BYTES = 64 << 20
PIECE_BYTES = 1 << 19
"""As base64 it fits into a line of MAX_LINE_BYTES."""


@asynccontextmanager
async def _opened(phone: Phone, arguments: Arguments) -> AsyncIterator[AfcService]:
    """Open the Documents of the app that the arguments name."""
    afc = await HouseArrestService.create(
        await phone.lockdown(), arguments["bundle_id"], documents_only=True
    )
    try:
        yield afc
    finally:
        await afc.aclose()


async def write(phone: Phone, arguments: Arguments, _report: Report) -> Arguments:
    """Write a small text file, making the folders above it."""
    async with _opened(phone, arguments) as afc:
        await afc.makedirs(posixpath.dirname(arguments["path"]))
        await afc.set_file_contents(arguments["path"], arguments["text"].encode())
    return {}


async def survey(phone: Phone, arguments: Arguments, _report: Report) -> Arguments:
    """List a folder with the sizes of its files; nothing when it is not there."""
    async with _opened(phone, arguments) as afc:
        room = await afc.get_device_info()  # type: ignore[no-untyped-call]  # the library's own
        entries = []
        if await afc.exists(arguments["path"]):
            for name in await afc.listdir(arguments["path"]):
                facts = await afc.stat(posixpath.join(arguments["path"], name))
                entries.append(
                    {
                        "name": name,
                        "bytes": int(facts["st_size"]),
                        "used_s": int(facts["st_mtime"].timestamp()),
                    }
                )
        return {"free_bytes": int(room["FSFreeBytes"]), "entries": entries}


async def remove(phone: Phone, arguments: Arguments, _report: Report) -> Arguments:
    """Remove files and folders; those that are not there are as good."""
    async with _opened(phone, arguments) as afc:
        for path in arguments["paths"]:
            await afc.rm(path, force=True)
    return {}


async def rename(phone: Phone, arguments: Arguments, _report: Report) -> Arguments:
    """Give a file or folder another name, in place of what bears it."""
    async with _opened(phone, arguments) as afc:
        await afc.rm(arguments["target"], force=True)
        await afc.rename(arguments["source"], arguments["target"])
    return {}


async def push(phone: Phone, arguments: Arguments, report: Report) -> Arguments:
    """Send a file, or a folder with everything in it, and report the bytes that have arrived."""
    files = _files(Path(arguments["local"]), arguments["path"])
    total, done = sum(size for _, _, size in files), 0

    def arrived(count: int) -> None:
        nonlocal done
        done += count
        report(done, total)

    async with _opened(phone, arguments) as afc:
        for file, remote, _ in files:
            await afc.makedirs(posixpath.dirname(remote))
            await send_file(afc, file, remote, arrived)
    return {"bytes": done}


def _files(local: Path, remote: str) -> list[tuple[Path, str, int]]:
    """Return the files to send, where each goes, and its size."""
    try:
        found = sorted(local.rglob("*")) if local.is_dir() else [local]
        return [
            (file, posixpath.join(remote, *file.relative_to(local).parts), file.stat().st_size)
            for file in found
            if not file.is_dir()
        ]
    except OSError as error:
        raise LocalFileFailed(f"{local} cannot be read: {error.strerror}") from error


async def pull(phone: Phone, arguments: Arguments, report: Report) -> Arguments:
    """Fetch one small file."""
    async with _opened(phone, arguments) as afc:
        size = int((await afc.stat(arguments["path"]))["st_size"])
        if size > MAX_PULL_BYTES:
            raise LocalFileFailed(f"a file of {size} bytes is more than labtui fetches")
        data = await afc.get_file_contents(arguments["path"])
    _keep(Path(arguments["local"]), data)
    report(len(data), len(data))
    return {"bytes": len(data)}


async def read(phone: Phone, arguments: Arguments, _report: Report) -> Arguments:
    """Return a piece of a file as base64, from an offset; nothing when it is not there."""
    async with _opened(phone, arguments) as afc:
        try:
            handle = await afc.fopen(arguments["path"], "r")
        except AfcFileNotFoundError:
            return {"piece": ""}
        await afc.fseek(handle, int(arguments["offset"]))
        piece = await afc.fread(handle, PIECE_BYTES)
        await afc.fclose(handle)
    return {"piece": b64encode(piece).decode()}


def _keep(local: Path, data: bytes) -> None:
    try:
        local.write_bytes(data)
    except OSError as error:
        raise LocalFileFailed(f"{local} cannot be written: {error.strerror}") from error
