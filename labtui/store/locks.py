"""One labtui process per device at a time: a lock file per device."""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from labtui.core.model import DeviceId
from labtui.errors import DeviceBusy, StoreError


class DeviceLocks:
    """Locks of devices in one folder, shared by all labtui processes of a user.

    The system frees them when a process dies, however it dies. Lock files stay: removing one
    would let two processes hold locks on two files of the same name.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def hold(self, device: DeviceId) -> Iterator[None]:
        """Hold the device until the context ends.

        Raises DeviceBusy at once if another process holds it, StoreError if the folder of the
        locks cannot be written.
        """
        handle = self._open(device)
        try:
            _lock(handle, device)
            yield
        finally:
            os.close(handle)

    def _open(self, device: DeviceId) -> int:
        name = hashlib.sha256(device.encode()).hexdigest()[:24]
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return os.open(self._folder / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreError(
                f"The folder of device locks {self._folder} cannot be written "
                f"({error.strerror}): make it writable."
            ) from error


def _lock(handle: int, device: DeviceId) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        pid = os.pread(handle, 20, 0).decode(errors="replace").strip()
        holder = f"process {pid}" if pid.isdigit() else "another process"
        raise DeviceBusy(
            f"{device} is in use by another labtui ({holder}): wait for it or end it."
        ) from error
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
