"""The list of devices that one bus shows, for any number of watchers."""

import asyncio
from collections.abc import AsyncGenerator

from labtui.core.model import DeviceSnapshot


class Board:
    """Holds the latest list, and what keeps devices from being seen."""

    def __init__(self) -> None:
        self._snapshots: tuple[DeviceSnapshot, ...] | None = None
        self._trouble = ""
        self._signals: set[asyncio.Event] = set()
        self._is_closed = False

    @property
    def snapshots(self) -> tuple[DeviceSnapshot, ...]:
        """The latest list; empty before the first one."""
        return self._snapshots or ()

    @property
    def trouble(self) -> str:
        """One sentence; empty when all is well."""
        return self._trouble

    def show(self, snapshots: tuple[DeviceSnapshot, ...], trouble: str = "") -> None:
        """Replace the list."""
        self._snapshots, self._trouble = snapshots, trouble
        self._wake()

    def close(self) -> None:
        """Let every watcher see the end."""
        self._is_closed = True
        self._wake()

    async def watch(self) -> AsyncGenerator[tuple[DeviceSnapshot, ...], None]:
        """Yield the list now and after each change; who is slow gets the latest only."""
        signal = asyncio.Event()
        self._signals.add(signal)
        shown: tuple[object, ...] = (None, "")
        try:
            while not self._is_closed:
                snapshots, seen = self._snapshots, (self._snapshots, self._trouble)
                if snapshots is not None and seen != shown:
                    shown = seen
                    yield snapshots
                else:
                    await signal.wait()
                    signal.clear()
        finally:
            self._signals.discard(signal)

    def _wake(self) -> None:
        for signal in self._signals:
            signal.set()
