"""Starting the runner app from here: one way per version of iOS, and why it may lead nowhere.

Every step has a limit. A step that is over it is abandoned, not waited for: to cancel a
conversation with a phone that has fallen silent can take for ever.
"""

import asyncio
import contextlib
import importlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from pymobiledevice3 import exceptions as pmd
from pymobiledevice3.dtx import DTXNsError, DTXProtocolError
from pymobiledevice3.lockdown import UsbmuxLockdownClient
from pymobiledevice3.lockdown_service_provider import LockdownServiceProvider
from pymobiledevice3.pair_records import get_usbmux_pairing_record
from pymobiledevice3.services.dvt.instruments.dvt_provider import DvtProvider
from pymobiledevice3.services.dvt.instruments.process_control import ProcessControl
from pymobiledevice3.services.installation_proxy import InstallationProxyService
from pymobiledevice3.usbmux import select_device

from labtui.adapters.ios.messages import Arguments
from labtui.adapters.ios.phone import RUNNER_PORT
from labtui.adapters.ios.worker.phone import Phone
from labtui.adapters.ios.worker.translate import Cannot
from labtui.core.text import clean

STEP_S = 10.0
TUNNEL_S = 20.0
"""Longest that opening a tunnel may take."""
_END_S = 1.0
"""How long an abandoned step gets to clean up."""
_BEAT_S = 1.0
"""How often a step that takes its time says so: the app gives up a silent worker."""

_DEVELOPER_MODE_SINCE = (16,)
_BEHIND_LOCKDOWN_UNTIL = (17,)
_TUNNEL_SINCE = (17, 4)
_TUNNEL_MODULE = "pymobiledevice3.remote.userspace_tunnel"

_LOCKED = "it is locked: unlock it"
_NO_DEVELOPER_MODE = "Developer Mode is off: switch it on in Settings > Privacy & Security"
_NO_IMAGE = (
    "its developer image is not mounted: run `labtui developer-image serial:{serial}`, or connect "
    "the phone to a Mac with Xcode, once after each of its restarts"
)

Report = Callable[[int, int], None]
_T = TypeVar("_T")


class Rung(StrEnum):
    """How the runner app came to listen."""

    LISTENING = "listening"
    """It did already."""
    LOCKDOWN = "lockdown"
    """Started by the developer service of iOS 16 and older."""
    TUNNEL = "tunnel"
    """Started by that of iOS 17.4 and newer, which lies behind a tunnel."""


class TooSlow(Exception):
    """A step was abandoned; the message says which."""


_FAILURES = (
    pmd.PyMobileDevice3Exception,
    DTXNsError,
    DTXProtocolError,
    AssertionError,  # what the library raises when it gets no process id
    EOFError,
    OSError,
    TooSlow,
)


async def launch(phone: Phone, arguments: Arguments, report: Report) -> Arguments:
    """Start the runner app unless it listens; return the rung that led to it.

    Raises Cannot with the reason for which somebody has to tap it instead; AppNotInstalledError;
    and pymobiledevice3's exceptions for a phone that is gone or not paired.
    """
    ladder = _Ladder(phone, arguments["bundle_id"], _Steps(report))
    try:
        return {"rung": await ladder.climb()}
    except _FAILURES as error:
        raise await ladder.explain(error) from None


@dataclass(frozen=True, slots=True)
class _Steps:
    """Takes one step after the other, none for too long."""

    report: Report

    async def take(self, what: str, limit_s: float, work: Coroutine[Any, Any, _T]) -> _T:
        """Return what some work returns. Raises TooSlow, and whatever the work raises."""
        task = asyncio.create_task(work)
        task.add_done_callback(_hear)
        loop = asyncio.get_running_loop()
        end_s = loop.time() + limit_s
        try:
            while not task.done() and loop.time() < end_s:
                self.report(0, 1)
                await asyncio.wait({task}, timeout=min(_BEAT_S, limit_s))
            if task.done():
                return task.result()
        finally:
            task.cancel()
        await asyncio.wait({task}, timeout=_END_S)
        raise TooSlow(f"{what} took longer than {limit_s:g} s")


def _hear(task: asyncio.Task[Any]) -> None:
    """Let a step that nobody waits for any more fail in silence."""
    if not task.cancelled():
        task.exception()


@dataclass(frozen=True, slots=True)
class _Ladder:
    """The ways to one app on one phone."""

    phone: Phone
    bundle_id: str
    steps: _Steps

    async def climb(self) -> Rung:
        """Return the rung that led to the app. Raises Cannot, and one of _FAILURES."""
        lockdown = await self.steps.take("asking the phone", STEP_S, self.phone.lockdown())
        if await self.steps.take("looking for the app", STEP_S, _is_listening(lockdown)):
            return Rung.LISTENING
        rung = _find_rung(lockdown.product_version)
        await self.steps.take("asking the phone", STEP_S, _check(lockdown, self.bundle_id))
        if rung is Rung.LOCKDOWN:
            await self._start(lockdown)
        else:
            await self._start_through_tunnel(lockdown)
        return rung

    async def explain(self, error: Exception) -> Exception:
        """Return what to raise for one of _FAILURES."""
        if isinstance(error, _KNOWN_ELSEWHERE):
            return error
        if isinstance(error, pmd.PasswordRequiredError):
            return Cannot(_LOCKED)
        if await select_device(self.phone.serial) is None:
            return pmd.DeviceNotFoundError(self.phone.serial)
        if isinstance(error, pmd.InvalidServiceError):
            return Cannot(_NO_IMAGE.format(serial=self.phone.serial))
        if isinstance(error, DTXNsError) and await self._is_locked():
            return Cannot(_LOCKED)
        return Cannot(_words(error))

    async def _start_through_tunnel(self, lockdown: UsbmuxLockdownClient) -> None:
        sharing = _share_record(lockdown, self.phone.serial)
        await self.steps.take("asking usbmuxd", STEP_S, sharing)
        tunnel = await self._make_tunnel()
        try:
            services = await self.steps.take("opening a tunnel", TUNNEL_S, tunnel.aopen())
            await self._start(services)
        finally:
            with contextlib.suppress(*_FAILURES):
                await self.steps.take("closing the tunnel", _END_S, tunnel.aclose())

    async def _make_tunnel(self) -> Any:
        """Return a closed tunnel. A thread imports it: that may take seconds, without a beat."""
        importing = asyncio.to_thread(importlib.import_module, _TUNNEL_MODULE)
        module = await self.steps.take("loading the tunnel", TUNNEL_S, importing)
        return module.UserspaceRsdTunnel(
            self.phone.serial, autopair=False, remotepairing_fallback=False
        )

    async def _start(self, services: LockdownServiceProvider) -> None:
        await self.steps.take("starting the app", STEP_S, _start_app(services, self.bundle_id))

    async def _is_locked(self) -> bool:
        """Ask a phone that has just refused. What it does not tell is not so."""
        with contextlib.suppress(*_FAILURES):
            lockdown = await self.phone.lockdown()
            asking = lockdown.get_value(key="PasswordProtected")
            return bool(await self.steps.take("asking the phone", STEP_S, asking))
        return False


_KNOWN_ELSEWHERE = (
    pmd.AppNotInstalledError,
    pmd.NotPairedError,
    pmd.InvalidHostIDError,
    pmd.FatalPairingError,
)
"""What other requests fail with as well, and the app has its own words for."""


def _find_rung(ios_version: str) -> Rung:
    ios = _numbers(ios_version)
    if ios < _BEHIND_LOCKDOWN_UNTIL:
        return Rung.LOCKDOWN
    if ios >= _TUNNEL_SINCE:
        return Rung.TUNNEL
    raise Cannot(f"no computer can start an app on iOS {ios_version}; iOS 17.4 allows it")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


async def _is_listening(lockdown: UsbmuxLockdownClient) -> bool:
    try:
        connection = await lockdown.create_service_connection(RUNNER_PORT)
    except pmd.ConnectionFailedToUsbmuxdError:
        raise
    except pmd.ConnectionFailedError:
        return False
    await connection.close()
    return True


async def _check(lockdown: UsbmuxLockdownClient, bundle_id: str) -> None:
    """Look at what the app needs to start at all. Raises AppNotInstalledError, Cannot."""
    async with InstallationProxyService(lockdown) as proxy:
        if bundle_id not in await proxy.get_apps(bundle_identifiers=[bundle_id]):
            raise pmd.AppNotInstalledError
    has_mode = _numbers(lockdown.product_version) >= _DEVELOPER_MODE_SINCE
    if has_mode and not await lockdown.get_developer_mode_status():
        raise Cannot(_NO_DEVELOPER_MODE)


async def _share_record(lockdown: UsbmuxLockdownClient, serial: str) -> None:
    """Let usbmuxd have the pair record: a tunnel does not look for it elsewhere."""
    if await get_usbmux_pairing_record(serial) is None:
        await lockdown.save_pair_record()


async def _start_app(services: LockdownServiceProvider, bundle_id: str) -> None:
    """Bring an app to the front, where iOS lets it listen; one that runs is not ended."""
    async with DvtProvider(services) as provider, ProcessControl(provider) as control:
        await control.launch(bundle_id, kill_existing=False)


def _words(error: Exception) -> str:
    """Return the phone's own words where it has any, else only what kind of error it is."""
    if isinstance(error, TooSlow):
        return str(error)
    facts = error.error.user_info if isinstance(error, DTXNsError) else None
    words = clean(str((facts or {}).get("NSLocalizedDescription", "")), 150)
    return f"it refused: {words.rstrip('.')}" if words else f"it failed ({type(error).__name__})"
