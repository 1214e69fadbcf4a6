"""Who is writing: a lock file per writer, which the system frees when its process dies."""

import fcntl
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Self

from labtui.store.migrate import locks_folder


class Owner:
    """Holds a lock as long as this writer lives."""

    def __init__(self, path: Path) -> None:
        self.name = f"{os.getpid()}-{secrets.token_hex(6)}"
        self._file = _lock_file(path, self.name)
        self._handle = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(self._handle, fcntl.LOCK_EX)

    def close(self) -> None:
        """Let go."""
        self._file.unlink(missing_ok=True)
        os.close(self._handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def is_alive(path: Path, owner: str) -> bool:
    """Tell whether the writer of that name still lives; the file of a dead one is removed."""
    file = _lock_file(path, owner)
    try:
        handle = os.open(file, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        with suppress(FileNotFoundError):
            file.unlink()
        return False
    finally:
        os.close(handle)


def _lock_file(path: Path, owner: str) -> Path:
    return locks_folder(path) / f"writer-{owner}.lock"
