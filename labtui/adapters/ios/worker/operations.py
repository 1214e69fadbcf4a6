"""What each request does."""

import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from pymobiledevice3.exceptions import LockdownError
from pymobiledevice3.lockdown import UsbmuxLockdownClient
from pymobiledevice3.services.diagnostics import DiagnosticsService
from pymobiledevice3.services.installation_proxy import InstallationProxyService

from labtui.adapters.ios.messages import Arguments, Op
from labtui.adapters.ios.worker import documents, keys
from labtui.adapters.ios.worker.developer_image import look_for_image, mount_image
from labtui.adapters.ios.worker.install import install
from labtui.adapters.ios.worker.launching import launch
from labtui.adapters.ios.worker.phone import Phone

Report = Callable[[int, int], None]
Operation = Callable[[Phone, Arguments, Report], Awaitable[Arguments]]

_BUNDLE_ID = "CFBundleIdentifier"
_REGISTERS = ("Temperature", "CurrentCapacity", "IsCharging", "ExternalConnected", "Voltage")


async def _status(phone: Phone, arguments: Arguments, _report: Report) -> Arguments:
    """Return what is only told to a paired host: room, locks, and whether the runner is there."""
    lockdown = await phone.lockdown()
    return {
        "free_bytes": await _value(lockdown, "com.apple.disk_usage", "AmountDataAvailable"),
        "is_locked": await _value(lockdown, None, "PasswordProtected"),
        "has_developer_mode": await _value(
            lockdown, "com.apple.security.mac.amfi", "DeveloperModeStatus"
        ),
        "runner": await _find_app(lockdown, arguments["bundle_suffix"]),
    }


async def _value(lockdown: UsbmuxLockdownClient, domain: str | None, key: str) -> Any:
    """Return a value; None where this version of iOS does not know it."""
    with contextlib.suppress(LockdownError):
        return await lockdown.get_value(domain, key)
    return None


async def _find_app(lockdown: UsbmuxLockdownClient, suffix: str) -> Arguments | None:
    """Return the first of the user's apps whose bundle id ends so: each team signs its own."""
    async with InstallationProxyService(lockdown) as proxy:
        apps = await proxy.browse({"ApplicationType": "User"}, [_BUNDLE_ID])
    found = sorted(str(app[_BUNDLE_ID]) for app in apps if _BUNDLE_ID in app)
    bundle_id = next((name for name in found if name.endswith(suffix)), None)
    return None if bundle_id is None else {"bundle_id": bundle_id}


async def _battery(phone: Phone, _arguments: Arguments, _report: Report) -> Arguments:
    """Return the battery's registers: 1/100 °C, %, mV."""
    async with DiagnosticsService(await phone.lockdown()) as diagnostics:
        registers = await diagnostics.get_battery() or {}
    return {key: registers[key] for key in _REGISTERS if key in registers}


async def _pair(phone: Phone, arguments: Arguments, _report: Report) -> Arguments:
    """Show the Trust dialog, and wait for its answer; nothing to do when paired."""
    await phone.hang_up()
    client = await phone.connect()
    try:
        if not client.paired:
            await client.pair(timeout=float(arguments["timeout_s"]))
    finally:
        await client.close()
    keys.make_private(phone.records)
    return {}


async def _unpair(phone: Phone, _arguments: Arguments, _report: Report) -> Arguments:
    """Let the phone and this computer forget each other."""
    with contextlib.suppress(Exception):  # a phone that has forgotten us already is as good
        await (await phone.lockdown()).unpair()
    keys.forget(phone.records, phone.serial)
    await phone.hang_up()
    return {}


async def _install(phone: Phone, arguments: Arguments, report: Report) -> Arguments:
    await install(await phone.lockdown(), Path(arguments["local"]), report)
    return {}


OPERATIONS: dict[Op, Operation] = {
    Op.STATUS: _status,
    Op.BATTERY: _battery,
    Op.PAIR: _pair,
    Op.UNPAIR: _unpair,
    Op.WRITE: documents.write,
    Op.SURVEY: documents.survey,
    Op.REMOVE: documents.remove,
    Op.RENAME: documents.rename,
    Op.PUSH: documents.push,
    Op.PULL: documents.pull,
    Op.READ: documents.read,
    Op.INSTALL: _install,
    Op.LAUNCH: launch,
    Op.LOOK_FOR_IMAGE: look_for_image,
    Op.MOUNT_IMAGE: mount_image,
}
