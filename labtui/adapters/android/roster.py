"""Transports -> devices: identity, merging, duplicates, states and their cures. Pure."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from labtui.adapters.android.vitals import Vitals
from labtui.core.logs.adb_devices import AdbEntry, AdbState
from labtui.core.model import (
    DeviceId,
    DeviceSnapshot,
    DeviceState,
    Platform,
    Transport,
    TransportKind,
)

_STATES = {
    AdbState.CONNECTING: DeviceState.CONNECTING,
    AdbState.AUTHORIZING: DeviceState.CONNECTING,
    AdbState.UNAUTHORIZED: DeviceState.UNAUTHORIZED,
    AdbState.NO_PERMISSIONS: DeviceState.NO_PERMISSIONS,
    AdbState.BOOTLOADER: DeviceState.NOT_BOOTED,
    AdbState.RECOVERY: DeviceState.NOT_BOOTED,
    AdbState.SIDELOAD: DeviceState.NOT_BOOTED,
    AdbState.RESCUE: DeviceState.NOT_BOOTED,
}
_CURES = {
    DeviceState.UNAUTHORIZED: (
        "Unlock the phone and allow USB debugging for this computer; if it does not ask, replug it."
    ),
    DeviceState.OFFLINE: "Replug the cable, or run `adb reconnect offline`.",
    DeviceState.NO_PERMISSIONS: (
        "Linux keeps the USB device from you: install udev rules for Android (Debian: "
        "`apt install android-sdk-platform-tools-common`), join the group plugdev, and replug."
    ),
    DeviceState.NOT_BOOTED: "Start Android on it (`adb reboot`) and wait for its home screen.",
    DeviceState.HUNG: "It does not answer: unlock it, replug the cable, or restart the phone.",
}
_SINGLE = (TransportKind.USB, TransportKind.EMULATOR)
"""A phone has at most one transport of each of these kinds, but may have several over Wi-Fi."""
_PREFERENCE = (
    TransportKind.USB,
    TransportKind.EMULATOR,
    TransportKind.LOCAL,
    TransportKind.WIFI,
)
_WIRELESS_SERVICE = re.compile(r"adb-(.+)-[A-Za-z0-9]{6}\._adb")


@dataclass(frozen=True, slots=True)
class Tracked:
    """One transport and what its phone has said."""

    entry: AdbEntry
    vitals: Vitals | None = None
    is_hung: bool = False

    @property
    def state(self) -> DeviceState:
        """The state of the phone as this transport shows it."""
        if self.entry.state is not AdbState.DEVICE:
            return _STATES.get(self.entry.state, DeviceState.OFFLINE)
        if self.is_hung:
            return DeviceState.HUNG
        if self.vitals is None:
            return DeviceState.CONNECTING
        return DeviceState.READY if self.vitals.is_booted else DeviceState.NOT_BOOTED

    @property
    def hardware_id(self) -> str:
        """The phone's own number; until it has said it, what the serial tells."""
        if self.vitals:
            return self.vitals.facts.hardware_id
        if self.entry.state is AdbState.NO_PERMISSIONS:
            return f"{self.entry.serial}@{self.entry.transport_id}"  # its serial is a placeholder
        service = _WIRELESS_SERVICE.match(self.entry.serial)
        return service[1] if service else self.entry.serial

    @property
    def transport(self) -> Transport:
        """The transport as the bench shows it."""
        entry = self.entry
        return Transport(entry.serial, entry.kind, self.state, entry.transport_id)


def assemble(tracked: Iterable[Tracked]) -> tuple[DeviceSnapshot, ...]:
    """Return one snapshot per phone, in the order of their first transports."""
    phones: dict[str, list[Tracked]] = {}
    for one in tracked:
        phones.setdefault(one.hardware_id, []).append(one)
    return tuple(s for number, group in phones.items() for s in _snapshots(number, group))


def _snapshots(hardware_id: str, group: list[Tracked]) -> list[DeviceSnapshot]:
    """Return one snapshot, or one per phone when several phones claim the same number."""
    identity = f"{Platform.ANDROID}:{hardware_id}"
    if not _are_several_phones(group):
        return [_snapshot(DeviceId(identity), sorted(group, key=_rank))]
    cure = (
        f"Another phone says that it is {hardware_id} too: unplug one of them, for their results "
        "could not be told apart."
    )
    return [
        _snapshot(DeviceId(f"{identity}@{one.entry.transport_id}"), [one], cure) for one in group
    ]


def _are_several_phones(group: list[Tracked]) -> bool:
    present = [one for one in group if one.state is not DeviceState.OFFLINE]
    kinds = Counter(one.entry.kind for one in present)
    return any(kinds[kind] > 1 for kind in _SINGLE)


def _rank(one: Tracked) -> tuple[bool, int, int]:
    return (
        one.state is not DeviceState.READY,
        _PREFERENCE.index(one.entry.kind),
        one.entry.transport_id or 0,
    )


def _snapshot(identity: DeviceId, group: list[Tracked], duplicate_cure: str = "") -> DeviceSnapshot:
    best = group[0]
    vitals = next((one.vitals for one in group if one.vitals), None)
    return DeviceSnapshot(
        id=identity,
        platform=Platform.ANDROID,
        state=DeviceState.DUPLICATE if duplicate_cure else best.state,
        transports=tuple(one.transport for one in group),
        cure=duplicate_cure or _CURES.get(best.state, ""),
        facts=vitals.facts if vitals else None,
        reading=vitals.reading if vitals else None,
        free_bytes=vitals.free_bytes if vitals else None,
    )
