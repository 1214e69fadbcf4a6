"""What phones had set before labtui changed it: one file per phone, on disk before the change."""

import contextlib
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labtui.core.hygiene import OldValue, in_order, is_old_value, setting_named
from labtui.core.model import DeviceId
from labtui.core.text import clean
from labtui.errors import DeviceError

_VERSION = 1
_MAX_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be given back to one phone."""

    device: DeviceId
    name: str
    """What people call it."""
    values: tuple[OldValue, ...]
    """In the order in which they were changed."""


class Journal:
    """The entries in one folder, which labtui processes of a user share.

    Who changes an entry holds the device's lock.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, entry: Entry) -> None:
        """Put an entry on disk for good, in place of an older one; without values it is removed.

        Raises DeviceError when the disk would not take it.
        """
        path = self._path(entry.device)
        try:
            if entry.values:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                _replace(path, json.dumps(_encoded(entry), indent=1).encode())
            else:
                path.unlink(missing_ok=True)
            _sync_folder(self._folder)
        except OSError as error:
            raise DeviceError(
                f"What {entry.name} has set cannot be noted in {self._folder} ({error.strerror}): "
                "make the folder writable."
            ) from error

    def read(self, device: DeviceId) -> Entry | None:
        """Return what is to be given back to a phone. Raises DeviceError for a damaged entry."""
        return _read(self._path(device))

    def entries(self) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
        """Return the entries of all phones, and a sentence on each that is damaged."""
        found, damaged = [], []
        for path in sorted(self._folder.glob("*.json")):
            try:
                found.append(_read(path))
            except DeviceError as error:
                damaged.append(str(error))
        return tuple(entry for entry in found if entry is not None), tuple(damaged)

    def _path(self, device: DeviceId) -> Path:
        return self._folder / f"{hashlib.sha256(device.encode()).hexdigest()[:24]}.json"


def _replace(path: Path, content: bytes) -> None:
    """Write a file so that a power failure leaves the old one or the new one."""
    part = path.with_suffix(".part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _encoded(entry: Entry) -> dict[str, Any]:
    return {
        "version": _VERSION,
        "device": entry.device,
        "name": entry.name,
        "settings": [{"name": old.setting.name, "value": old.value} for old in entry.values],
    }


def _read(path: Path) -> Entry | None:
    try:
        with path.open("rb") as file:
            return _decoded(json.loads(file.read(_MAX_BYTES)))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise DeviceError(
            f"{path} says what a phone had set before a run, and cannot be read: look at the "
            "phone's animations, brightness and stay-awake yourself, then remove the file."
        ) from error


def _decoded(record: Any) -> Entry:
    """Return an entry. Raises ValueError, KeyError or TypeError for anything else."""
    if record["version"] != _VERSION:
        raise ValueError("another version")
    values = in_order(_old_value(row["name"], row["value"]) for row in record["settings"])
    return Entry(DeviceId(clean(record["device"])), clean(record["name"]), values)


def _old_value(name: str, value: Any) -> OldValue:
    setting = setting_named(name)
    if setting is None or not is_old_value(setting, value):
        raise ValueError("another setting, or a value that no phone tells")
    return OldValue(setting, value)
