from dataclasses import replace

import pytest

from labtui.adapters.android.roster import Tracked, assemble
from labtui.adapters.android.vitals import Vitals, parse_vitals
from labtui.core.logs.adb_devices import AdbEntry, AdbState
from labtui.core.model import DeviceState, TransportKind
from tests.adapters.android.fake_server import vitals

USB = AdbEntry("SER1", AdbState.DEVICE, TransportKind.USB, 1)
WIFI = AdbEntry("192.0.2.7:5555", AdbState.DEVICE, TransportKind.WIFI, 2)
TLS = AdbEntry("adb-SER1-bReb3a._adb-tls-connect._tcp", AdbState.DEVICE, TransportKind.WIFI, 3)


def _vitals(serialno: str = "SER1") -> Vitals:
    return parse_vitals(vitals(serialno), "unknown")


def test_one_phone_on_three_transports_is_one_device_with_usb_first() -> None:
    (phone,) = assemble([Tracked(entry, _vitals()) for entry in (WIFI, TLS, USB)])
    assert phone.id == "android:SER1"
    assert (DeviceState.READY, "") == (phone.state, phone.cure)
    assert [1, 2, 3] == [t.handle for t in phone.transports]


def test_a_ready_transport_comes_before_a_better_one_that_is_not() -> None:
    locked = replace(USB, state=AdbState.UNAUTHORIZED)
    (phone,) = assemble([Tracked(locked), Tracked(WIFI, _vitals())])
    assert DeviceState.READY is phone.state
    assert [2, 1] == [t.handle for t in phone.transports]


def test_a_wireless_service_is_known_by_its_name_before_the_phone_answers() -> None:
    (phone,) = assemble([Tracked(TLS)])
    assert (phone.id, phone.state) == ("android:SER1", DeviceState.CONNECTING)


@pytest.mark.parametrize("kind", [TransportKind.USB, TransportKind.EMULATOR])
def test_two_phones_with_one_number_are_told_apart(kind: TransportKind) -> None:
    twins = [Tracked(replace(USB, kind=kind, transport_id=n), _vitals()) for n in (4, 5)]
    phones = assemble(twins)
    assert ["android:SER1@4", "android:SER1@5"] == [phone.id for phone in phones]
    assert {DeviceState.DUPLICATE} == {phone.state for phone in phones}
    assert all("unplug one of them" in phone.cure for phone in phones)


def test_the_rest_of_a_replugged_phone_is_no_twin() -> None:
    left = Tracked(replace(USB, state=AdbState.OFFLINE), _vitals())
    (phone,) = assemble([left, Tracked(replace(USB, transport_id=9), _vitals())])
    assert (DeviceState.READY, 9) == (phone.state, phone.transports[0].handle)


@pytest.mark.parametrize(
    ("state", "shown", "cure"),
    [
        (AdbState.UNAUTHORIZED, DeviceState.UNAUTHORIZED, "allow USB debugging"),
        (AdbState.OFFLINE, DeviceState.OFFLINE, "Replug"),
        (AdbState.DETACHED, DeviceState.OFFLINE, "Replug"),
        (AdbState.UNKNOWN, DeviceState.OFFLINE, "Replug"),
        (AdbState.NO_PERMISSIONS, DeviceState.NO_PERMISSIONS, "udev rules"),
        (AdbState.RECOVERY, DeviceState.NOT_BOOTED, "adb reboot"),
        (AdbState.BOOTLOADER, DeviceState.NOT_BOOTED, "adb reboot"),
        (AdbState.SIDELOAD, DeviceState.NOT_BOOTED, "adb reboot"),
        (AdbState.AUTHORIZING, DeviceState.CONNECTING, ""),
        (AdbState.DEVICE, DeviceState.CONNECTING, ""),
    ],
)
def test_states_and_their_cures(state: AdbState, shown: DeviceState, cure: str) -> None:
    (phone,) = assemble([Tracked(replace(USB, state=state))])
    assert shown is phone.state
    assert cure in phone.cure
    assert bool(cure) == bool(phone.cure)


def test_phones_that_may_not_be_opened_are_no_twins() -> None:
    locked = replace(USB, serial="????????????", state=AdbState.NO_PERMISSIONS)
    phones = assemble([Tracked(locked), Tracked(replace(locked, transport_id=2))])
    assert [DeviceState.NO_PERMISSIONS] * 2 == [phone.state for phone in phones]
    assert len({phone.id for phone in phones}) == 2


def test_a_hung_phone_keeps_what_is_known_of_it() -> None:
    (phone,) = assemble([Tracked(USB, _vitals(), is_hung=True)])
    assert (phone.state, phone.name) == (DeviceState.HUNG, "Pixel 7 Pro")
    assert "restart the phone" in phone.cure


def test_a_phone_that_is_still_starting() -> None:
    starting = parse_vitals(vitals("SER1", init__svc__bootanim="running"), "unknown")
    (phone,) = assemble([Tracked(USB, starting)])
    assert phone.state is DeviceState.NOT_BOOTED


def test_phones_are_ordered_by_their_first_transports() -> None:
    entries = [replace(USB, serial=serial, transport_id=n) for n, serial in enumerate("cab")]
    entries.append(replace(WIFI, serial="c"))
    assert ["c", "a", "b"] == [d.name for d in assemble(map(Tracked, entries))]
