"""What is known of a phone -> its state, the cure, and how the bench shows it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from labtui.adapters.ios.messages import Cause
from labtui.adapters.ios.plists import MuxEntry
from labtui.adapters.ios.vitals import Status, Vitals
from labtui.core.model import (
    DeviceId,
    DeviceSnapshot,
    DeviceState,
    Platform,
    Transport,
    TransportKind,
)
from labtui.core.readings import Reading

OBSTACLES = {
    Cause.NOT_PAIRED: DeviceState.NOT_PAIRED,
    Cause.TRUST_PENDING: DeviceState.TRUST_PENDING,
    Cause.DENIED: DeviceState.DENIED,
    Cause.LOCKED: DeviceState.LOCKED,
}
"""Causes that are states of the phone; every other one is a fault."""

_CURES = {
    DeviceState.HUNG: "It does not answer: unlock it, replug the cable, or restart the phone.",
    DeviceState.NOT_PAIRED: (
        "This computer is not paired with it: run `labtui pair {id}` and tap Trust on the phone."
    ),
    DeviceState.TRUST_PENDING: (
        "Unlock {name}, tap Trust and enter its passcode; then run `labtui pair {id}` again, if "
        "this stays."
    ),
    DeviceState.DENIED: (
        "Somebody has tapped Don't Trust: run `labtui pair {id}` again, and tap Trust."
    ),
    DeviceState.LOCKED: (
        "Unlock {name}; while it is on the bench, set Settings > Display & Brightness > Auto-Lock "
        "to Never."
    ),
    DeviceState.NO_DEVELOPER_MODE: (
        "Switch Settings > Privacy & Security > Developer Mode on; the phone restarts."
    ),
    DeviceState.RUNNER_MISSING: (
        "The runner app is not installed: build and sign runners/ios, and install its .ipa."
    ),
    DeviceState.RUNNER_CLOSED: "Open labtui runner on {name}.",
}
_TOO_OLD = "The runner app needs iOS 16 or newer: update the phone."
_HARD_TO_LAUNCH = " iOS 17.0 to 17.3 lets no computer start it; 17.4 does."


@dataclass(frozen=True, slots=True)
class Tracked:
    """One phone and what it has said since it was plugged in."""

    entries: tuple[MuxEntry, ...]
    """Best first; never empty."""
    vitals: Vitals | None = None
    status: Status | None = None
    reading: Reading | None = None
    obstacle: DeviceState | None = None
    """What keeps a host from asking more."""
    fault: str = ""
    """Why the worker cannot talk to the phone, as a sentence."""
    is_listening: bool = False
    """Whether the runner app's port is open."""
    is_hung: bool = False

    @property
    def entry(self) -> MuxEntry:
        """The connection to use."""
        return self.entries[0]

    @property
    def id(self) -> DeviceId:
        """The identity."""
        return DeviceId(f"{Platform.IOS}:{self.entry.udid}")

    @property
    def name(self) -> str:
        """What to call it in a sentence."""
        return self.vitals.given_name if self.vitals else "the iPhone"

    @property
    def state(self) -> DeviceState:
        """The state of the phone."""
        if self.is_hung:
            return DeviceState.HUNG
        if self.obstacle:
            return self.obstacle
        if self.fault:
            return DeviceState.OFFLINE
        if self.vitals is None or self.status is None:
            return DeviceState.CONNECTING
        return DeviceState.READY if self.is_listening else self._why_closed(self.status)

    def _why_closed(self, status: Status) -> DeviceState:
        """Return what to do first: Developer Mode only shows once there is an app that needs it."""
        if status.is_locked:
            return DeviceState.LOCKED
        if not status.bundle_id:
            return DeviceState.RUNNER_MISSING
        if status.has_developer_mode is False:
            return DeviceState.NO_DEVELOPER_MODE
        return DeviceState.RUNNER_CLOSED

    @property
    def cure(self) -> str:
        """How to get to `ready`; empty when it is."""
        state, vitals = self.state, self.vitals
        if state is DeviceState.OFFLINE:
            return self.fault
        if state is DeviceState.RUNNER_MISSING and vitals and vitals.is_too_old:
            return _TOO_OLD
        cure = _CURES.get(state, "").format(id=self.id, name=self.name)
        is_hard = state is DeviceState.RUNNER_CLOSED and vitals and vitals.is_hard_to_launch
        return cure + _HARD_TO_LAUNCH if is_hard else cure

    @property
    def snapshot(self) -> DeviceSnapshot:
        """The phone as the bench shows it."""
        return DeviceSnapshot(
            id=self.id,
            platform=Platform.IOS,
            state=self.state,
            transports=tuple(_transport(entry, self.state) for entry in self.entries),
            cure=self.cure,
            facts=self.vitals.facts if self.vitals else None,
            reading=self.reading,
            free_bytes=self.status.free_bytes if self.status else None,
        )


def group(entries: Iterable[MuxEntry], *, may_use_wifi: bool) -> dict[str, tuple[MuxEntry, ...]]:
    """Return each phone's connections by UDID: USB before the network, the newest first."""
    phones: dict[str, list[MuxEntry]] = {}
    for entry in entries:
        if entry.is_usb or may_use_wifi:
            phones.setdefault(entry.udid, []).append(entry)
    return {
        udid: tuple(sorted(found, key=lambda e: (not e.is_usb, -e.device_id)))
        for udid, found in phones.items()
    }


def _transport(entry: MuxEntry, state: DeviceState) -> Transport:
    kind = TransportKind.USB if entry.is_usb else TransportKind.WIFI
    return Transport(entry.serial, kind, state, entry.device_id)
