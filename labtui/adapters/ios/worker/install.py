"""Installing an app that somebody has signed."""

from collections.abc import Callable
from pathlib import Path

from pymobiledevice3.lockdown import UsbmuxLockdownClient
from pymobiledevice3.services.afc import AfcService
from pymobiledevice3.services.installation_proxy import InstallationProxyService

from labtui.adapters.ios.worker.translate import LocalFileFailed
from labtui.adapters.ios.worker.upload import send_file

_STAGING = "/PublicStaging"
_UPLOAD_SHARE = 50
"""Percent of the progress that the upload stands for."""


async def install(
    lockdown: UsbmuxLockdownClient, local: Path, report: Callable[[int, int], None]
) -> None:
    """Send an .ipa and have it installed; reports percent."""
    total, done = _size(local), 0
    staged = f"{_STAGING}/labtui.ipa"

    def arrived(count: int) -> None:
        nonlocal done
        done += count
        report(done * _UPLOAD_SHARE // total, 100)

    def advanced(percent: float) -> None:
        report(_UPLOAD_SHARE + int(percent) * (99 - _UPLOAD_SHARE) // 100, 100)

    async with AfcService(lockdown) as afc:
        await afc.makedirs(_STAGING)
        await send_file(afc, local, staged, arrived)
        async with InstallationProxyService(lockdown) as proxy:
            await proxy.send_package("Install", {}, advanced, staged)
        await afc.rm_single(staged, force=True)
    report(100, 100)


def _size(local: Path) -> int:
    try:
        return max(local.stat().st_size, 1)
    except OSError as error:
        raise LocalFileFailed(f"{local} cannot be read: {error.strerror}") from error
