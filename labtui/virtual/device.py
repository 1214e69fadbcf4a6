"""The state of one virtual phone, as its commands and services see it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from labtui.virtual.battery import BatteryState
from labtui.virtual.files import PhoneFiles
from labtui.virtual.power import Power
from labtui.virtual.processes import ProcessTable
from labtui.virtual.profile import Profile
from labtui.virtual.program_faults import ProgramFaults
from labtui.virtual.runners import PhoneRunner
from labtui.virtual.sockets import SocketTable
from labtui.virtual.storage import Storage
from labtui.virtual.sysfs import virtual_files

VIRTUAL_PROPERTY = "ro.labtui.virtual"
"""How labtui (and anybody) can tell a virtual phone from a real one: it is `1`."""


@dataclass(frozen=True, slots=True)
class Place:
    """A phone's place on the bench."""

    profile: Profile
    index: int
    """Number among the phones of its kind."""
    folder: Path
    """Where everything of the phone lies; must not exist yet."""
    server_port: int
    """Of the adb server to announce itself to."""
    lifeline_fd: int
    """Read end of a pipe that closes when the bench is gone."""
    runner: PhoneRunner
    """What its `labtui-runner` really is."""


@dataclass(slots=True)
class Device:
    """One phone without its cable."""

    profile: Profile
    serial: str
    folder: Path
    """Belongs to the phone alone; `files` lies in it."""
    lifeline_fd: int
    """Read end of a pipe that closes when the bench is gone; handed to every program."""
    runner: PhoneRunner
    request_reboot: Callable[[], None]
    power: Power
    battery: BatteryState
    files: PhoneFiles
    properties: dict[str, str]
    settings: dict[tuple[str, str], str]
    processes: ProcessTable = field(default_factory=ProcessTable)
    sockets: SocketTable = field(default_factory=SocketTable)
    faults: ProgramFaults = field(default_factory=ProgramFaults)


def make_device(
    place: Place, programs: tuple[str, ...], request_reboot: Callable[[], None]
) -> Device:
    """Return a phone, new out of the box."""
    profile = place.profile
    root = place.folder / "root"
    root.mkdir(parents=True)
    power = Power(profile)
    storage = Storage(root, profile.storage_bytes, profile.system_bytes)
    serial = profile.serial(place.index)
    return Device(
        profile=profile,
        serial=serial,
        folder=place.folder,
        lifeline_fd=place.lifeline_fd,
        runner=place.runner,
        request_reboot=request_reboot,
        power=power,
        battery=BatteryState(profile, power),
        files=PhoneFiles(root, storage, virtual_files(profile, power, programs)),
        properties=_properties(profile, serial),
        settings=dict(_SETTINGS),
    )


def _properties(profile: Profile, serial: str) -> dict[str, str]:
    fixed = {
        "ro.serialno": serial,
        "ro.boot.serialno": serial,
        "ro.product.cpu.abi": "arm64-v8a",
        "ro.product.cpu.abilist": "arm64-v8a,armeabi-v7a,armeabi",
        "ro.build.type": "user",
        "ro.build.tags": "release-keys",
        "ro.debuggable": "0",
        "ro.secure": "1",
        "sys.boot_completed": "1",
        "persist.sys.timezone": "GMT",
        VIRTUAL_PROPERTY: "1",
    }
    return profile.properties | fixed


_SETTINGS = {
    ("global", "stay_on_while_plugged_in"): "0",
    ("global", "low_power"): "0",
    ("global", "airplane_mode_on"): "0",
    ("global", "window_animation_scale"): "1.0",
    ("global", "transition_animation_scale"): "1.0",
    ("global", "animator_duration_scale"): "1.0",
    ("global", "wifi_on"): "1",
    ("system", "screen_brightness"): "102",
    ("system", "screen_brightness_mode"): "1",
    ("system", "screen_off_timeout"): "60000",
}
