"""What the eval sets of launches have written on this computer."""

from contextlib import suppress
from pathlib import Path

from labtui.adapters.retention import outputs_name
from labtui.core.model import LaunchUid
from labtui.errors import DeviceError

PIECE_BYTES = 1 << 20


class OutputFolder:
    """A folder for the outputs of one launch at a time. Blocking: use it from a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def prefix(self, launch: LaunchUid) -> str:
        """Return how the paths of a launch's outputs begin, in a folder that is empty then."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._remove("*.npy")
        return str(self._folder / outputs_name(launch))

    def read(self, launch: LaunchUid, index: int, offset: int) -> bytes:
        """Return at most PIECE_BYTES from byte `offset` of an output. Raises DeviceError."""
        path = self._folder / f"{outputs_name(launch)}.{index}.npy"
        try:
            with path.open("rb") as file:
                file.seek(offset)
                return file.read(PIECE_BYTES)
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise DeviceError(f"{path} cannot be read: {error.strerror}.") from error

    def drop(self, launch: LaunchUid) -> None:
        """Remove all outputs of a launch; what cannot be removed stays."""
        self._remove(f"{outputs_name(launch)}.*.npy")

    def _remove(self, pattern: str) -> None:
        for path in self._folder.glob(pattern):
            with suppress(OSError):
                path.unlink()
