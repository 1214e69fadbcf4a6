import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from labtui.core.events import BenchEvent
from labtui.store import Store, open_store

Query = Callable[..., list[Any]]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "history.db")


@pytest.fixture
def record(store: Store) -> Callable[[Iterable[BenchEvent]], None]:
    """Records events and returns when they are on disk."""

    def record_all(events: Iterable[BenchEvent]) -> None:
        with store.recorder() as recorder:
            for event in events:
                recorder.record(event)

    return record_all


@pytest.fixture
def query(store: Store) -> Iterator[Query]:
    """Runs SQL as a user of the sqlite3 shell would."""
    with closing(sqlite3.connect(store.path)) as connection:
        yield lambda sql, *parameters: connection.execute(sql, parameters).fetchall()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB, which only root can make."""
    if os.getuid() != 0 or not sys.platform.startswith("linux"):
        pytest.skip("making a small file system takes root on Linux")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("this root may not mount")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)
