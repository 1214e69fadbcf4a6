"""Where pair records lie: whoever has one can read the phone's files."""

import contextlib
from pathlib import Path


def make_private(records: Path) -> None:
    """Make the folder of pair records, and let nobody else read what lies there."""
    records.mkdir(mode=0o700, parents=True, exist_ok=True)
    records.chmod(0o700)
    for record in records.glob("*.plist"):
        record.chmod(0o600)


def empty_scratch(records: Path, serial: str) -> Path:
    """Return a private folder for temporary keys, without those that a killed worker left there.

    pymobiledevice3 writes the host's key to a temporary file for each TLS handshake.
    """
    scratch = records / f"handshake-{serial}"
    scratch.mkdir(mode=0o700, exist_ok=True)
    for left_behind in scratch.iterdir():
        left_behind.unlink()
    return scratch


def forget(records: Path, serial: str) -> None:
    """Remove a phone's pair record; harmless when there is none."""
    with contextlib.suppress(FileNotFoundError):
        (records / f"{serial}.plist").unlink()
