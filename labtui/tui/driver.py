"""A terminal driver that survives the loss of its terminal."""

import os
from contextlib import suppress
from typing import IO, Any

from textual.driver import Driver


class _HardyFile:
    """Passes everything on; what cannot be written any more is dropped.

    Textual writes in a thread behind a bounded queue. When the terminal goes away, the thread
    would die of the error, and the app would wait for room in the queue for ever, with runners
    still at work on the devices.
    """

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def write(self, text: str) -> int:
        """Write if there is still somebody to write to."""
        with suppress(OSError, ValueError):
            return self._file.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush if there is still somebody to write to."""
        with suppress(OSError, ValueError):
            self._file.flush()


def hardy(driver_class: type[Driver]) -> type[Driver]:
    """Return a driver like the given one, whose output cannot fail and whose mouse can be lent."""

    class HardyDriver(driver_class):  # type: ignore[misc, valid-type]
        def __init__(self, *args: object, **options: object) -> None:
            super().__init__(*args, **options)
            if (file := getattr(self, "_file", None)) is not None:
                self._file = _HardyFile(file)

        def _get_terminal_size(self) -> tuple[int, int]:
            """Return the real size: with COLUMNS in the environment resizing had no effect."""
            try:
                width, height = os.get_terminal_size(self._file.fileno())
            except (AttributeError, OSError, ValueError):
                width, height = super()._get_terminal_size()
            return width, height

        def take_mouse(self, is_taken: bool) -> None:
            """Take the mouse, or give it back to the terminal."""
            self._mouse = True  # else Textual leaves the mouse alone
            turn = "_enable_mouse_support" if is_taken else "_disable_mouse_support"
            getattr(self, turn, lambda: None)()
            self.flush()

    return HardyDriver
