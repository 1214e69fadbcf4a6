"""Bringing one variant onto an iPhone: room first, content-addressed, verified by the runner."""

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path

from labtui.adapters.ios.messages import Op
from labtui.adapters.ios.phone import Phone
from labtui.adapters.ios.runner_link import RunnerLink
from labtui.adapters.ios.shelf import (
    RESERVE_BYTES,
    VARIANTS,
    in_jobs,
    parse_survey,
    part_path,
    to_remove,
)
from labtui.core.model import Digest
from labtui.errors import DeviceError, DeviceFull, PushFailed
from labtui.ports import OnProgress

_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Parcel:
    """A file or folder, and where it shall lie."""

    local: Path
    remote: str
    digest: Digest


async def deliver(
    link: RunnerLink, parcel: Parcel, keep: frozenset[str], on_progress: OnProgress
) -> bool:
    """Push a variant unless the phone has its content; return whether anything was sent.

    Raises DeviceFull, PushFailed, other DeviceErrors.
    """
    if await link.digest(in_jobs(parcel.remote)) == parcel.digest:
        return False
    phone, part = link.phone, part_path(parcel.remote)
    await _make_room(phone, _size(parcel.local), keep)
    try:
        await phone.follow(
            Op.PUSH, on_progress, bundle_id=phone.bundle_id, local=str(parcel.local), path=part
        )
        await _put_in_place(link, parcel)
    except (DeviceFull, PushFailed):
        with contextlib.suppress(DeviceError):
            await phone.ask(Op.REMOVE, bundle_id=phone.bundle_id, paths=[part])
        raise
    return True


def _size(local: Path) -> int:
    try:
        if local.is_dir():
            return sum(file.stat().st_size for file in local.rglob("*") if file.is_file())
        return local.stat().st_size
    except OSError as error:
        raise PushFailed(f"{local} cannot be read: {error.strerror}.") from error


async def _make_room(phone: Phone, size_bytes: int, keep: frozenset[str]) -> None:
    """Remove what is old or in the way. Raises DeviceFull when that is not enough."""
    survey = parse_survey(await phone.ask(Op.SURVEY, bundle_id=phone.bundle_id, path=VARIANTS))
    need_bytes = size_bytes + RESERVE_BYTES
    doomed = to_remove(survey, keep, need_bytes, time.time())
    if survey.free_bytes + sum(file.size_bytes for file in doomed) < need_bytes:
        raise DeviceFull(
            f"{phone.name} has {survey.free_bytes // _MIB} MiB free, and a variant of "
            f"{size_bytes / _MIB:.1f} MiB needs {need_bytes // _MIB} MiB: delete something on the "
            "phone."
        )
    if doomed:
        paths = [file.path for file in doomed]
        await phone.ask(Op.REMOVE, bundle_id=phone.bundle_id, paths=paths)


async def _put_in_place(link: RunnerLink, parcel: Parcel) -> None:
    """Give the variant its name if it arrived whole. Raises PushFailed."""
    part = part_path(parcel.remote)
    if await link.digest(in_jobs(part)) != parcel.digest:
        raise PushFailed(
            f"{parcel.local.name} did not arrive on {link.phone.name} as it was read before: if "
            "the file has not changed meanwhile, try another cable."
        )
    await link.phone.ask(
        Op.RENAME, bundle_id=link.phone.bundle_id, source=part, target=parcel.remote
    )
