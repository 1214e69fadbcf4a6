"""The writing side of the history: a thread with its own connection."""

import asyncio
import sqlite3
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from threading import Event, Thread
from typing import Self

from labtui.core.events import BenchEvent
from labtui.errors import StoreError
from labtui.store.connect import connect_rw, transaction
from labtui.store.faults import translate, translated
from labtui.store.inbox import Inbox, Loss, Parcel
from labtui.store.keep import keep
from labtui.store.owners import Owner

HELD_LIMIT_BYTES = 64 << 20
"""Events kept in memory, by estimate, while the disk is full or the database is locked."""

COMMIT_INTERVAL_S = 0.2
"""Leaves 50 ms of the promised 250 ms for the commit itself."""

_RETRY_S = 0.5
_CLOSE_TIMEOUT_S = 15.0


class Writer:
    """Records bench events (`ports.Recorder`)."""

    def __init__(self, path: Path, *, held_limit_bytes: int = HELD_LIMIT_BYTES) -> None:
        """Start writing to a history that has been opened. Raises StoreError."""
        self._path = path
        self._inbox = Inbox(held_limit_bytes)
        self._pending = Parcel()
        self._fault: StoreError | None = None
        self._lost_samples = 0
        self._rejected = 0
        self._is_closing = Event()
        with translated(path):
            self._owner = Owner(path)
        self._thread = Thread(target=self._run, name="history writer", daemon=True)
        self._thread.start()

    def record(self, event: BenchEvent) -> None:
        """Take an event; never blocks. It is on disk within 250 ms, a launch's end at once."""
        self._inbox.put(event)

    async def flush(self) -> None:
        """Return once everything taken so far is on disk. Raises StoreError if it cannot be."""
        if not self._thread.is_alive():
            raise StoreError(f"The history {self._path} is not being written any more.")
        waiter: Future[None] = Future()
        self._inbox.wait_for(waiter)
        await asyncio.wrap_future(waiter)

    @property
    def trouble(self) -> str:
        """Why events are waiting or were lost; empty when all is well."""
        told = [str(self._fault)] if self._fault else []
        if self._lost_samples:
            told.append(f"{self._lost_samples} samples did not fit into memory and were lost.")
        if self._rejected:
            told.append(f"{self._rejected} events did not fit into the history and were left out.")
        return " ".join(told)

    def close(self) -> None:
        """Write what is left and end. Raises StoreError if it cannot be written."""
        if self._is_closing.is_set():
            return
        self._is_closing.set()
        self._inbox.hurry()
        self._thread.join(_CLOSE_TIMEOUT_S)
        self._owner.close()
        if self._fault:
            raise self._fault

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        """Keep a connection open; without one (disk full, …) keep trying."""
        is_last = False
        while not is_last:
            is_last = self._is_closing.is_set()
            try:
                with closing(connect_rw(self._path)) as connection:
                    self._write(connection)
                    return
            except (sqlite3.Error, OSError) as error:
                self._take(is_last=True)
                self._postpone(error)
            self._is_closing.wait(_RETRY_S)

    def _write(self, connection: sqlite3.Connection) -> None:
        identity = _identity(self._path)
        is_last = False
        while not is_last:
            is_last = self._is_closing.is_set()
            self._take(is_last=is_last)
            try:
                self._commit(connection)
            except sqlite3.Error as error:
                self._postpone(error)
            else:
                self._settle(identity)

    def _take(self, *, is_last: bool) -> None:
        idle_s = 0.0 if is_last else _RETRY_S if self._pending.events else None
        parcel = self._inbox.take(idle_s, 0.0 if is_last else COMMIT_INTERVAL_S)
        self._lost_samples += sum(
            count for (_, loss), count in parcel.losses.items() if loss is Loss.SAMPLES
        )
        self._pending.add(parcel)

    def _commit(self, connection: sqlite3.Connection) -> None:
        if not self._pending.events and not self._pending.losses:
            return
        with transaction(connection):
            rejected = keep(
                connection, self._owner.name, self._pending.events, self._pending.losses
            )
        self._rejected += rejected

    def _settle(self, identity: tuple[int, int] | None) -> None:
        """Everything pending is on disk: make room, and tell who waits for it."""
        self._fault = None if identity == _identity(self._path) else _replaced(self._path)
        done, self._pending = self._pending, Parcel()
        self._inbox.release(done.cost_bytes)
        _tell(done.waiters, self._fault)

    def _postpone(self, error: sqlite3.Error | OSError) -> None:
        """Nothing pending is on disk: keep it, and tell who waits for it."""
        self._fault = translate(error, self._path)
        _tell(self._pending.waiters, self._fault)
        self._pending.waiters = []


def _tell(waiters: list[Future[None]], fault: StoreError | None) -> None:
    for waiter in waiters:
        if not waiter.set_running_or_notify_cancel():
            continue
        if fault is None:
            waiter.set_result(None)
        else:
            waiter.set_exception(fault)


def _identity(path: Path) -> tuple[int, int] | None:
    """Return which file lies at `path`; None = none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _replaced(path: Path) -> StoreError:
    return StoreError(
        f"The history {path} was deleted or replaced while labtui was writing to it: what is "
        "measured now goes into the old file and is lost with it. Restart labtui."
    )
