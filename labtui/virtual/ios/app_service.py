"""CoreDevice's app service of iOS 17.4 and newer: starts apps, asked by RemoteXPC."""

from typing import Any

from labtui.virtual.ios.app_start import StartRefused, start_app
from labtui.virtual.ios.device import Iphone
from labtui.virtual.ios.link import Link
from labtui.virtual.ios.remote_xpc import serve_remote_xpc
from labtui.virtual.ios.wire import Record

_LAUNCH = "com.apple.coredevice.feature.launchapplication"
_UNKNOWN_FEATURE = 1


async def serve_app_service(phone: Iphone, link: Link) -> None:
    """Answer requests until the host goes. Raises EOFError then, or WireError."""
    await serve_remote_xpc(link, lambda request: _answer(phone, request))


def _answer(phone: Iphone, request: Record) -> Record:
    feature = request.get("CoreDevice.featureIdentifier")
    if feature != _LAUNCH:
        return _error(_UNKNOWN_FEATURE, f"There is no feature {feature!r}.")
    bundle_id = _at(request, "CoreDevice.input", "applicationSpecifier", "bundleIdentifier", "_0")
    ends_running = _at(request, "CoreDevice.input", "options", "terminateExisting") is True
    try:
        pid = start_app(phone, str(bundle_id), ends_running=ends_running)
    except StartRefused as refusal:
        return _error(refusal.code, str(refusal))
    return {"CoreDevice.output": {"processToken": {"processIdentifier": pid}}}


def _error(code: int, text: str) -> Record:
    domain, info = "com.apple.dt.CoreDeviceError", {"NSLocalizedDescription": text}
    return {"CoreDevice.error": {"domain": domain, "code": code, "userInfo": info}}


def _at(record: Any, *keys: str) -> Any:
    """Return what lies in records within records; None where one of them is none."""
    for key in keys:
        record = record.get(key) if isinstance(record, dict) else None
    return record
