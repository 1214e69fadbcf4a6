"""Bringing one file onto a phone: room first, content-addressed, verified there."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from labtui.adapters.android.phone import STALL_S, Phone
from labtui.adapters.android.shelf import (
    ENGINES,
    RESERVE_BYTES,
    Survey,
    parse_digest,
    parse_survey,
    survey_script,
)
from labtui.adapters.android.shell import command
from labtui.adapters.android.smartsocket import ServiceRefused, open_service
from labtui.adapters.android.sync import send_file
from labtui.adapters.retention import disposable
from labtui.core.model import Digest
from labtui.errors import DeviceError, DeviceFull, PushFailed
from labtui.ports import OnProgress

_PROGRESS_INTERVAL_S = 0.2
_MIB = 1 << 20
_BATCH = 20


@dataclass(frozen=True, slots=True)
class Parcel:
    """A file and where it shall lie."""

    local: Path
    remote: str
    digest: Digest
    mode: int = 0o644


async def deliver(
    phone: Phone, parcel: Parcel, keep: frozenset[str], on_progress: OnProgress
) -> bool:
    """Push a file unless the phone has its content; return whether anything was sent.

    Raises DeviceFull, PushFailed, other DeviceErrors.
    """
    size_bytes = _size(parcel.local)
    survey = parse_survey((await phone.run(survey_script(parcel.remote))).stdout)
    if survey.digest == parcel.digest:
        return False
    await _make_room(phone, survey, keep, size_bytes)
    await _upload(phone, parcel, _Progress(size_bytes, on_progress))
    await _put_in_place(phone, parcel)
    return True


def _size(local: Path) -> int:
    try:
        return local.stat().st_size
    except OSError as error:
        raise PushFailed(f"{local} cannot be read: {error.strerror}.") from error


async def _make_room(phone: Phone, survey: Survey, keep: frozenset[str], size_bytes: int) -> None:
    """Remove what is old or in the way. Raises DeviceFull when that is not enough."""
    need_bytes = size_bytes + RESERVE_BYTES
    doomed = disposable(survey.files, keep, need_bytes, survey.free_bytes, survey.now_s)
    if survey.free_bytes is not None:
        freed_bytes = sum(file.size_bytes for file in doomed)
        if survey.free_bytes + freed_bytes < need_bytes:
            raise _full(phone, size_bytes, survey.free_bytes)
    paths = [file.path for file in doomed]
    for batch in _batches(paths):
        await phone.run(command("rm", "-f", *batch))
    if any(path.startswith(f"{ENGINES}/") for path in paths):
        await phone.run(f"rmdir {command(ENGINES)}/*")  # those with files in them stay


def _batches(paths: list[str]) -> Iterator[list[str]]:
    """Split what becomes arguments: older phones take command lines of at most 4 KiB."""
    for start in range(0, len(paths), _BATCH):
        yield paths[start : start + _BATCH]


def _full(phone: Phone, size_bytes: int, free_bytes: int) -> DeviceFull:
    return DeviceFull(
        f"{phone.facts.name} has {free_bytes // _MIB} MiB free, and a file of "
        f"{size_bytes / _MIB:.1f} MiB needs {(size_bytes + RESERVE_BYTES) // _MIB} MiB: delete "
        "something on the phone."
    )


@dataclass(slots=True)
class _Progress:
    """Counts what was sent and reports it a few times a second."""

    total_bytes: int
    report: OnProgress
    sent_bytes: int = 0
    _reported_s: float = field(default=0.0)

    def __call__(self, sent_bytes: int) -> None:
        self.sent_bytes = sent_bytes
        now_s = time.monotonic()
        if sent_bytes >= self.total_bytes or now_s - self._reported_s > _PROGRESS_INTERVAL_S:
            self._reported_s = now_s
            self.report(sent_bytes, self.total_bytes)


async def _upload(phone: Phone, parcel: Parcel, progress: _Progress) -> None:
    """Send the file to a temporary name. Raises DeviceFull, PushFailed, DeviceError."""
    try:
        await phone.guarded(_send(phone, parcel, progress), lambda: progress.sent_bytes)
    except _Refused as refusal:
        await phone.run(command("rm", "-f", _part(parcel)))
        if "No space left" in str(refusal):
            raise _full(phone, progress.total_bytes, 0) from refusal
        raise PushFailed(f"{phone.facts.name} refused the file: {refusal}.") from refusal


async def _send(phone: Phone, parcel: Parcel, on_sent: Callable[[int], None]) -> None:
    async with await open_service(phone.route, "sync:") as socket:
        try:
            await send_file(
                socket, parcel.local, _part(parcel), parcel.mode, on_sent=on_sent, limit_s=STALL_S
            )
        except ServiceRefused as error:
            raise _Refused(str(error)) from error
        except OSError as error:
            raise PushFailed(f"{parcel.local} cannot be read: {error.strerror}.") from error


async def _put_in_place(phone: Phone, parcel: Parcel) -> None:
    """Give the file its name if it arrived whole, else remove it. Raises PushFailed."""
    part = _part(parcel)
    arrived = parse_digest((await phone.run(command("sha256sum", part))).stdout)
    if arrived != parcel.digest:
        await phone.run(command("rm", "-f", part))
        raise PushFailed(
            f"{parcel.local.name} did not arrive on {phone.facts.name} as it was read before: "
            "if the file has not changed meanwhile, try another cable."
        )
    move = f"{command('mv', '-f', part, parcel.remote)} && {command('touch', parcel.remote)}"
    await phone.check(move, "storing the file")


def _part(parcel: Parcel) -> str:
    return f"{parcel.remote}.part"


class _Refused(DeviceError):
    """The phone's own words while it received a file."""
