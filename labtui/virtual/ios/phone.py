"""One virtual iPhone: a device, its cable, and what can go wrong with it."""

import asyncio
import contextlib
import signal
import ssl
from functools import partial

from labtui.virtual.hostile import HOSTILE_NAME, check_runner_fault
from labtui.virtual.ios.apps import RUNNER_PORT, AppState, runner_app
from labtui.virtual.ios.developer_images import MountedImage, kind_for
from labtui.virtual.ios.device import IphonePlace, ThermalState, make_iphone
from labtui.virtual.ios.link import Link
from labtui.virtual.ios.lockdownd import LOCKDOWN_PORT, Lockdownd
from labtui.virtual.ios.pairing import TrustAnswer
from labtui.virtual.ios.ports import PortTable, Service
from labtui.virtual.ios.runner_app import serve_runner_app
from labtui.virtual.ios.usbmuxd import PortService, Usbmuxd
from labtui.virtual.ios.wire import WireError
from labtui.virtual.programs import stop_writing
from labtui.virtual.thermal import HYSTERESIS_C

REBOOT_S = 1.0
_XCODES_SIGNATURE = b"mounted by Xcode"


class VirtualIphone:
    """A phone on the bench. Its fault methods are what happens to real ones."""

    def __init__(self, place: IphonePlace, usbmuxd: Usbmuxd) -> None:
        self.device = make_iphone(place, self.request_reboot, self._end_app)
        self.open_app()
        self.mount_developer_image()
        self._usbmuxd = usbmuxd
        self._device_id = 0
        self._ports = PortTable()
        self._links: dict[asyncio.Task[None], Link] = {}
        self._app_links: set[Link] = set()
        self._reboot: asyncio.Task[None] | None = None

    @property
    def udid(self) -> str:
        """Its identity."""
        return self.device.udid

    @property
    def awake(self) -> asyncio.Event:
        """Not set while the phone hangs."""
        return self.device.awake

    @property
    def is_attached(self) -> bool:
        """Whether the cable is in."""
        return bool(self._device_id)

    def find_service(self, port: int) -> PortService | None:
        """Return what listens at a port; None when nothing does."""
        if port == LOCKDOWN_PORT:
            return lambda link: Lockdownd(self.device, self._ports, link).run()
        if port == RUNNER_PORT:
            app = self.device.apps.runner
            return self._serve_app if app is not None and self.device.is_listening(app) else None
        waiting = self._ports.take(port)
        return None if waiting is None else partial(self._serve_encrypted, *waiting)

    async def serve(self, service: PortService, link: Link) -> None:
        """Let a service talk to its client until either, or the cable, ends it."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 (a coroutine always runs in one)
        self._links[task] = link
        try:
            with contextlib.suppress(EOFError, OSError, WireError):
                await service(link)
        finally:
            await link.close()
            del self._links[task]

    def attach(self) -> None:
        """Plug the cable in; harmless when it is."""
        if not self.is_attached:
            self._device_id = self._usbmuxd.attach(self)

    def detach(self) -> None:
        """Pull the cable: every conversation ends at once; harmless when it is out."""
        self._usbmuxd.detach(self._device_id)
        self._device_id = 0
        current = asyncio.current_task()
        for task, link in self._links.items():
            link.cut()
            if task is not current:
                task.cancel()

    async def finished(self) -> None:
        """Wait until what a pulled cable has ended has cleaned up."""
        await asyncio.gather(*self._links, return_exceptions=True)

    async def close(self) -> None:
        """Detach for good and leave no process behind."""
        if self._reboot is not None:
            self._reboot.cancel()
            await asyncio.gather(self._reboot, return_exceptions=True)
        self.detach()
        await self.finished()

    def hang(self) -> None:
        """Stop answering, with all connections open: nothing on the host can see it."""
        self.awake.clear()

    def resume(self) -> None:
        """End `hang` and `stall_at`."""
        self.device.fuse.disarm()
        self.awake.set()

    def detach_at(self, count: int) -> None:
        """Pull the cable after so many bytes of files or events."""
        self.device.fuse.arm(count, self.detach)

    def stall_at(self, count: int) -> None:
        """Hang after so many bytes of files or events."""
        self.device.fuse.arm(count, self.hang)

    def answer_trust(self, answer: TrustAnswer) -> None:
        """Decide what happens with the next Trust dialogs."""
        self.device.pairings.answer = answer

    def forget_hosts(self) -> None:
        """Trust no computer any more: *Reset Location & Privacy*."""
        self.device.pairings.forget_all()

    def lock(self) -> None:
        """Ask for the passcode; the app in the foreground is suspended."""
        self.device.is_locked = True
        self._stop_runners(signal.SIGHUP)

    def unlock(self) -> None:
        """Enter the passcode; the app comes back to the foreground."""
        self.device.is_locked = False

    def set_developer_mode(self, is_on: bool) -> None:
        """Switch Developer Mode; without it no development-signed app runs."""
        self.device.has_developer_mode = is_on
        if not is_on:
            self.close_app()

    def mount_developer_image(self, is_mounted: bool = True) -> None:
        """Mount what Xcode mounts, or not: iOS 16 and older start apps for a host only with it."""
        image = MountedImage(kind_for(self.device.profile), _XCODES_SIGNATURE)
        self.device.developer_image = image if is_mounted else None

    def keep_tickets(self, has_them: bool) -> None:
        """Know Apple's tickets for developer images, or forget them, as an update does."""
        self.device.has_tickets = has_them

    def open_app(self) -> None:
        """Tap the runner's icon; nothing happens where it is missing or may not run."""
        app = self.device.apps.runner
        if app is not None:
            self.device.open_app(app)

    def suspend_app(self) -> None:
        """Go to the home screen: the runner stops, and iOS takes its port away."""
        app = self.device.apps.runner
        if app is not None and app.state is AppState.FOREGROUND:
            app.state = AppState.SUSPENDED
            self._stop_runners(signal.SIGHUP)

    def close_app(self) -> None:
        """Swipe the runner away, or let iOS kill it."""
        if (app := self.device.apps.runner) is not None:
            self.device.close_app(app.bundle_id)

    def install_app(self) -> None:
        """Have the runner installed and open, as it is at the start."""
        self.device.apps.install(runner_app())
        self.open_app()

    def remove_app(self) -> None:
        """Delete the runner with its files."""
        self.close_app()
        if (app := self.device.apps.runner) is not None:
            self.device.apps.uninstall(app.bundle_id)

    def refuse_installs(self, code: str) -> None:
        """Refuse every package with installd's `code`; empty = take them again."""
        self.device.install_error = code

    def fill_storage(self, is_full: bool = True) -> None:
        """Leave no room for another byte, or give it back."""
        self.device.storage.is_full = is_full
        for pid in self.device.processes.programs():
            stop_writing(pid, is_full)

    def break_runner(self, kind: str) -> None:
        """Let the next runners go wrong; empty = back to normal. Raises UsageError."""
        check_runner_fault(kind)
        self.device.faults.runner = kind

    def turn_hostile(self) -> None:
        """Take a name full of control characters and markup."""
        self.device.name = HOSTILE_NAME

    def save_power(self, is_on: bool) -> None:
        """Switch Low Power Mode, which readings tell."""
        self.device.is_low_power = is_on

    def hold_skin(self, skin_c: float | None) -> None:
        """Keep the skin at a temperature, throttling included; None lets it go."""
        self.device.power.hold_skin(skin_c)

    def hold_thermal_state(self, state: ThermalState) -> None:
        """Keep the phone as warm as it is in a thermal state."""
        heat = self.device.profile.heat
        if state is ThermalState.NOMINAL:
            self.hold_skin(heat.ambient_c + heat.idle_rise_c)
            return
        self.hold_skin(next(s.skin_c for s in heat.steps if s.status == state) + HYSTERESIS_C)

    def request_reboot(self, seconds: float = REBOOT_S) -> None:
        """Begin to restart; harmless while it does."""
        if self._reboot is None or self._reboot.done():
            self._reboot = asyncio.get_running_loop().create_task(self.reboot(seconds))

    async def reboot(self, seconds: float = REBOOT_S) -> None:
        """Go away and come back, locked, with no app open and no developer image mounted."""
        self.detach()
        await self.finished()
        self.close_app()
        self._ports.clear()
        self.mount_developer_image(is_mounted=False)
        self.lock()
        await asyncio.sleep(seconds)
        self.attach()

    async def _serve_encrypted(self, service: Service, context: ssl.SSLContext, link: Link) -> None:
        await link.start_tls(context)
        await service(self.device, link)

    async def _serve_app(self, link: Link) -> None:
        app = self.device.apps.runner
        if app is None:
            return
        self._app_links.add(link)
        try:
            await serve_runner_app(self.device, app, link)
        finally:
            self._app_links.discard(link)

    def _end_app(self) -> None:
        """End what the runner app was doing: its connections and its programs."""
        for link in self._app_links:
            link.cut()
        self._stop_runners(signal.SIGKILL)

    def _stop_runners(self, how: signal.Signals) -> None:
        for pid in self.device.processes.programs():
            self.device.processes.kill(pid, how)
