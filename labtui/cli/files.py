"""Files that a command was given."""

from pathlib import Path

from labtui.cli.output import size
from labtui.errors import UsageError


def read_file(path: Path, limit_bytes: int) -> bytes:
    """Return a file's content. Raises UsageError when it cannot be read or is larger."""
    try:
        with path.open("rb") as file:
            data = file.read(limit_bytes + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    if len(data) > limit_bytes:
        raise UsageError(f"{path} is larger than {size(limit_bytes)}: cut out the part to read.")
    return data
