"""What can be checked of the host for iPhones: the library, usbmuxd, and who can read its keys."""

import stat
from pathlib import Path
from typing import TYPE_CHECKING

from labtui.cli.checks import Check, Health, package_version
from labtui.errors import BenchUnavailable

if TYPE_CHECKING:
    from labtui.adapters.ios.config import IosConfig

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def library_check() -> Check:
    """Say which pymobiledevice3 worker processes would load; this process never does."""
    if version := package_version("pymobiledevice3"):
        return Check("iPhone library", Health.GOOD, f"pymobiledevice3 {version}")
    text = "pymobiledevice3 is not installed; iPhones need it: pip install 'labtui[ios]'"
    return Check("iPhone library", Health.DOUBTFUL, text)


def pair_records_check(folder: Path) -> Check:
    """Say whether anybody else can read the keys to the phones."""
    name = "pair records"
    try:
        records = sorted(folder.glob("*.plist")) if folder.is_dir() else None
        if records is None:
            return Check(name, Health.GOOD, "none: no iPhone has been paired yet")
        opened = [path for path in (folder, *records) if path.stat().st_mode & _OTHERS]
    except OSError as error:
        return Check(name, Health.BAD, f"{folder} cannot be read: {error.strerror}")
    if opened:
        text = f"others can read {len(opened)} of them, which open your phones: "
        return Check(name, Health.BAD, f"{text}run `chmod -R go= {folder}`")
    return Check(name, Health.GOOD, f"{len(records)} in {folder}, closed to others")


async def usbmuxd_check(config: "IosConfig") -> Check:
    """Say whether usbmuxd answers, and how many phones it sees."""
    from labtui.adapters.ios.usbmux import MuxError, Unreachable, list_entries  # noqa: PLC0415 (heavy)

    try:
        config.check()
        phones = {entry.udid for entry in await list_entries(config.address)}
    except Unreachable:
        return _not_running(config)
    except MuxError as error:
        text = f"{config.address} does not answer as usbmuxd does ({error}): restart it"
        return Check("usbmuxd", Health.BAD, text)
    except BenchUnavailable as error:
        return Check("usbmuxd", Health.BAD, str(error))
    return Check("usbmuxd", Health.GOOD, f"answers on {config.address}; {len(phones)} attached")


def _not_running(config: "IosConfig") -> Check:
    """One that is installed waits for the first phone; one that is missing is missed by few."""
    if missing := config.missing_daemon:
        return Check("usbmuxd", Health.DOUBTFUL, missing)
    return Check("usbmuxd", Health.GOOD, "does not run; it is needed once an iPhone is plugged in")
