"""The state of one virtual iPhone, as its services see it."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

from labtui.virtual.battery import BatteryState
from labtui.virtual.ios.apps import App, AppState, AppTable
from labtui.virtual.ios.developer_images import MountedImage
from labtui.virtual.ios.files import SandboxFolder
from labtui.virtual.ios.link import ByteFuse
from labtui.virtual.ios.pairing import Pairings
from labtui.virtual.ios.profile import IphoneProfile
from labtui.virtual.power import Power
from labtui.virtual.processes import ProcessTable
from labtui.virtual.program_faults import ProgramFaults
from labtui.virtual.runners import PhoneRunner
from labtui.virtual.storage import Storage

DEVELOPER_MODE_SINCE = (16,)


class ThermalState(IntEnum):
    """iOS's `ProcessInfo.thermalState`."""

    NOMINAL = 0
    FAIR = 1
    SERIOUS = 2
    CRITICAL = 3


@dataclass(frozen=True, slots=True)
class IphonePlace:
    """A phone's place on the bench."""

    profile: IphoneProfile
    index: int
    """Number among the phones of its kind."""
    folder: Path
    """Where everything of the phone lies; must not exist yet."""
    lifeline_fd: int
    """Read end of a pipe that closes when the bench is gone; handed to every program."""
    runner: PhoneRunner
    """What the runner app runs."""


@dataclass(slots=True)
class Iphone:
    """One iPhone without its cable."""

    place: IphonePlace
    name: str
    power: Power
    battery: BatteryState
    storage: Storage
    media: SandboxFolder
    """What AFC shows without any app."""
    apps: AppTable
    pairings: Pairings
    request_reboot: Callable[[], None]
    request_app_end: Callable[[], None]
    """Cuts the runner app's connections and kills its programs."""
    awake: asyncio.Event = field(default_factory=asyncio.Event)
    fuse: ByteFuse = field(default_factory=ByteFuse)
    processes: ProcessTable = field(default_factory=ProcessTable)
    faults: ProgramFaults = field(default_factory=ProgramFaults)
    observers: set[Callable[[str], Awaitable[None]]] = field(default_factory=set)
    is_locked: bool = False
    developer_image: MountedImage | None = None
    """The image with the developer services; None while none is mounted."""
    has_tickets: bool = True
    """Whether it knows Apple's tickets, as a phone does that Xcode has worked with."""
    has_developer_mode: bool = True
    is_low_power: bool = False
    install_error: str = ""
    """Fault: the code with which every package is refused."""

    @property
    def profile(self) -> IphoneProfile:
        """What kind of phone it is."""
        return self.place.profile

    @property
    def udid(self) -> str:
        """Its identity for usbmuxd and everybody else."""
        return self.profile.udid(self.place.index)

    @property
    def ecid(self) -> int:
        """The chip's own number."""
        return self.profile.ecid(self.place.index)

    @property
    def thermal_state(self) -> ThermalState:
        """What an app would be told now."""
        return ThermalState(min(self.power.now().status, ThermalState.CRITICAL))

    def can_run(self, app: App) -> bool:
        """Return whether iOS would start an app: development-signed ones need Developer Mode."""
        is_old = self.profile.ios < DEVELOPER_MODE_SINCE
        return self.has_developer_mode or is_old or not app.is_debuggable

    def is_listening(self, app: App) -> bool:
        """Return whether an app's port exists: it is in the foreground of an unlocked phone."""
        return app.state is AppState.FOREGROUND and not self.is_locked and self.can_run(app)

    def open_app(self, app: App) -> int:
        """Bring an app to the foreground; return its pid, 0 where it may not run."""
        if not self.can_run(app):
            return 0
        app.pid = app.pid or self.processes.new_pid()
        app.state = AppState.FOREGROUND
        return app.pid

    def close_app(self, bundle_id: str) -> None:
        """End an app, as a swipe does; harmless when it is not running."""
        app = self.apps.get(bundle_id)
        if app is not None:
            app.state, app.pid = AppState.NOT_RUNNING, 0
            self.request_app_end()

    async def notify(self, name: str) -> None:
        """Tell whoever observes notifications."""
        for relay in tuple(self.observers):
            with contextlib.suppress(OSError):  # one that has just gone
                await relay(name)


def make_iphone(
    place: IphonePlace, request_reboot: Callable[[], None], request_app_end: Callable[[], None]
) -> Iphone:
    """Return a phone with Developer Mode on and the runner open, that trusts nobody yet."""
    media = place.folder / "Media"
    media.mkdir(parents=True)
    power = Power(place.profile)
    storage = Storage(place.folder, place.profile.storage_bytes, place.profile.system_bytes)
    phone = Iphone(
        place=place,
        name=place.profile.name,
        power=power,
        battery=BatteryState(place.profile, power),
        storage=storage,
        media=SandboxFolder(media, storage),
        apps=AppTable(place.folder / "Containers"),
        pairings=Pairings(place.folder),
        request_reboot=request_reboot,
        request_app_end=request_app_end,
    )
    phone.awake.set()
    return phone
