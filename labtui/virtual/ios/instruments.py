"""The developer service of iOS 16 and older: starts, finds and ends apps."""

from collections.abc import Callable
from typing import Any

from labtui.virtual.ios.app_start import StartRefused, start_app
from labtui.virtual.ios.apps import AppState
from labtui.virtual.ios.device import Iphone
from labtui.virtual.ios.dtx_wire import Address, Call, Kind, encode_answer, encode_call, read_call
from labtui.virtual.ios.keyed_archive import NSError
from labtui.virtual.ios.link import Link

PROCESS_CONTROL = "com.apple.instruments.server.services.processcontrol"
DEVICE_INFO = "com.apple.instruments.server.services.deviceinfo"
_CONTROL_CHANNEL = 0
_MAX_CHANNELS = 64
_LAUNCH_DOMAIN = "FBSOpenApplicationServiceErrorDomain"

Method = Callable[..., object]


async def serve_instruments(phone: Iphone, link: Link) -> None:
    """Speak DTX until the client goes. Raises EOFError then, or WireError."""
    session = _Session(phone)
    capabilities = {PROCESS_CONTROL: 1, DEVICE_INFO: 1}
    await link.write(
        encode_call(Address(1, _CONTROL_CHANNEL), "_notifyOfPublishedCapabilities:", capabilities)
    )
    while True:
        call = await read_call(link)
        if call.kind == Kind.DISPATCH:
            value = session.carry_out(call)
            if call.expects_reply:
                await link.write(encode_answer(call.address, _kind_of(value), value))


class _Session:
    """One client's channels."""

    def __init__(self, phone: Iphone) -> None:
        self._phone = phone
        self._channels: dict[int, dict[str, Method]] = {
            _CONTROL_CHANNEL: {
                "_notifyOfPublishedCapabilities:": lambda _: None,
                "_requestChannelWithCode:identifier:": self._open_channel,
                "_channelCanceled:": self._close_channel,
            }
        }
        self._services: dict[str, dict[str, Method]] = {
            PROCESS_CONTROL: {
                "launchSuspendedProcessWithDevicePath:bundleIdentifier:environment:"
                "arguments:options:": self._launch,
                "killPid:": self._kill,
                "sendSignal:toPid:": lambda _, pid: self._kill(pid),
                "processIdentifierForBundleIdentifier:": self._pid_of,
            },
            DEVICE_INFO: {
                "runningProcesses": self._running,
                "isRunningPid:": lambda pid: any(app.pid == pid for app in self._phone.apps),
            },
        }

    def carry_out(self, call: Call) -> object:
        """Return what a call's method returns, or an NSError."""
        method = self._channels.get(call.address.channel, {}).get(call.selector)
        try:
            if method is not None:
                return method(*call.arguments)
        except TypeError:  # another number of arguments, or of another kind
            pass
        text = f"Unable to invoke '{call.selector}' - it does not respond to the selector"
        return NSError("DTXMessage", 1, text)

    def _open_channel(self, code: int, identifier: str) -> object:
        if identifier not in self._services or len(self._channels) >= _MAX_CHANNELS:
            return NSError("DTXMessage", 1, f"No service called {identifier}")
        self._channels[code] = self._services[identifier]
        return None

    def _close_channel(self, code: int) -> None:
        self._channels.pop(code, None)

    def _launch(
        self, _path: str, bundle_id: str, _environment: Any, _arguments: Any, options: Any
    ) -> object:
        ends_running = isinstance(options, dict) and bool(options.get("KillExisting"))
        try:
            return start_app(self._phone, bundle_id, ends_running=ends_running)
        except StartRefused as refusal:
            return NSError(_LAUNCH_DOMAIN, refusal.code, str(refusal))

    def _kill(self, pid: int) -> None:
        for app in self._phone.apps:
            if app.pid == pid and app.state is not AppState.NOT_RUNNING:
                self._phone.close_app(app.bundle_id)

    def _pid_of(self, bundle_id: str) -> int:
        app = self._phone.apps.get(bundle_id)
        return app.pid if app is not None else 0

    def _running(self) -> list[object]:
        return [
            {"pid": app.pid, "name": app.executable, "isApplication": True}
            for app in self._phone.apps
            if app.pid
        ]


def _kind_of(value: object) -> Kind:
    if value is None:
        return Kind.OK
    return Kind.ERROR if isinstance(value, NSError) else Kind.OBJECT
