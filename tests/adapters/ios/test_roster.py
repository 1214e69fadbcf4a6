"""What phones say, and what the bench makes of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.adapters.ios.plists import MuxEntry
from labtui.adapters.ios.products import product_name, soc_name
from labtui.adapters.ios.roster import Tracked, group
from labtui.adapters.ios.vitals import Status, Vitals, parse_battery, parse_public, parse_status
from labtui.core.model import DeviceState, TransportKind
from labtui.core.readings import Battery, SensorKind
from labtui.core.text import clean

USB = MuxEntry(3, "00008120-0001", is_usb=True)
WIFI = MuxEntry(4, "00008120-0001", is_usb=False)
FINE = Status(1 << 30, is_locked=False, has_developer_mode=True, bundle_id="io.labtui.runner")


def vitals(ios: str = "18.5", name: str = "Lab 3") -> Vitals:
    values = {"ProductType": "iPhone15,2", "ProductVersion": ios, "DeviceName": name}
    return parse_public(values, USB.udid)


def status(**changes: object) -> Status:
    answer: dict[str, object] = {
        "free_bytes": 9,
        "is_locked": False,
        "has_developer_mode": True,
        "runner": {"bundle_id": "io.labtui.runner"},
    }
    return parse_status({**answer, **changes})


@pytest.mark.parametrize(
    ("tracked", "state", "cure"),
    [
        (Tracked((USB,)), DeviceState.CONNECTING, ""),
        (Tracked((USB,), vitals()), DeviceState.CONNECTING, ""),
        (Tracked((USB,), vitals(), FINE, is_listening=True), DeviceState.READY, ""),
        (
            Tracked((USB,), vitals(), FINE),
            DeviceState.RUNNER_CLOSED,
            "Open labtui runner on Lab 3.",
        ),
        (
            Tracked((USB,), vitals("17.2"), FINE),
            DeviceState.RUNNER_CLOSED,
            "Open labtui runner on Lab 3. iOS 17.0 to 17.3 lets no computer start it; 17.4 does.",
        ),
        (
            Tracked((USB,), vitals(), status(runner=None)),
            DeviceState.RUNNER_MISSING,
            "The runner app is not installed: build and sign runners/ios, and install its .ipa.",
        ),
        (
            Tracked((USB,), vitals("15.8"), status(runner=None)),
            DeviceState.RUNNER_MISSING,
            "The runner app needs iOS 16 or newer: update the phone.",
        ),
        (
            Tracked((USB,), vitals(), status(has_developer_mode=False)),
            DeviceState.NO_DEVELOPER_MODE,
            "Switch Settings > Privacy & Security > Developer Mode on; the phone restarts.",
        ),
        (
            Tracked((USB,), vitals(), status(is_locked=True)),
            DeviceState.LOCKED,
            (
                "Unlock Lab 3; while it is on the bench, set Settings > Display & Brightness > "
                "Auto-Lock to Never."
            ),
        ),
        (
            Tracked((USB,), vitals(), obstacle=DeviceState.NOT_PAIRED),
            DeviceState.NOT_PAIRED,
            (
                "This computer is not paired with it: run `labtui pair ios:00008120-0001` and tap "
                "Trust on the phone."
            ),
        ),
        (
            Tracked((USB,), vitals(), obstacle=DeviceState.DENIED),
            DeviceState.DENIED,
            (
                "Somebody has tapped Don't Trust: run `labtui pair ios:00008120-0001` again, and "
                "tap Trust."
            ),
        ),
        (Tracked((USB,), vitals(), fault="It is odd."), DeviceState.OFFLINE, "It is odd."),
        (
            Tracked((USB,), vitals(), FINE, is_listening=True, is_hung=True),
            DeviceState.HUNG,
            "It does not answer: unlock it, replug the cable, or restart the phone.",
        ),
    ],
)
def test_every_state_has_its_cure(tracked: Tracked, state: DeviceState, cure: str) -> None:
    assert (state, cure) == (tracked.state, tracked.cure)
    assert (state, cure) == (tracked.snapshot.state, tracked.snapshot.cure)


def test_a_phone_that_listens_is_ready_whatever_else_it_says() -> None:
    """A runner from TestFlight needs no Developer Mode."""
    tracked = Tracked((USB,), vitals(), status(has_developer_mode=False), is_listening=True)
    assert DeviceState.READY is tracked.state


def test_a_cable_is_better_than_the_network_and_the_newest_connection_is_best() -> None:
    older = MuxEntry(1, USB.serial, is_usb=True)
    phones = group([older, WIFI, USB], may_use_wifi=True)
    assert {USB.udid: (USB, older, WIFI)} == phones
    kinds = tuple(t.kind for t in Tracked(phones[USB.udid]).snapshot.transports)
    assert (TransportKind.USB, TransportKind.USB, TransportKind.WIFI) == kinds


def test_phones_on_the_network_are_left_alone_unless_allowed() -> None:
    assert {} == group([WIFI], may_use_wifi=False)


def test_public_values_are_facts() -> None:
    found = parse_public(
        {
            "ProductType": "iPhone15,2",
            "ProductVersion": "16.6",
            "BuildVersion": "20G75",
            "CPUArchitecture": "arm64e",
            "DeviceName": "Lab 3",
            "LabtuiVirtual": True,
        },
        "u",
    )
    facts = found.facts
    assert ("u", "iPhone 14 Pro", "A16 Bionic") == (facts.hardware_id, facts.name, facts.soc)
    assert ("iOS 16.6", "20G75", "arm64e") == (facts.os_version, facts.build, facts.abi)
    assert facts.is_virtual
    assert ("Lab 3", (16, 6)) == (found.given_name, found.ios)


def test_a_hostile_name_is_harmless() -> None:
    found = vitals(name="\x1b]0;x\x07[red]{0.__class__}\u202e" + "y" * 500)
    cure = Tracked((USB,), found, FINE).cure
    assert "\x1b" not in cure
    assert "\u202e" not in cure
    assert "{0.__class__}" in cure
    assert 60 == len(found.given_name)


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.dictionaries(
        st.sampled_from(["ProductType", "ProductVersion", "BuildVersion", "DeviceName"]), json_like
    )
)
def test_any_public_values_can_be_shown(values: dict[str, object]) -> None:
    tracked = Tracked((USB,), parse_public(values, "u"), FINE)
    assert tracked.snapshot.name
    assert clean(tracked.cure, 400) == tracked.cure


@given(st.dictionaries(st.sampled_from(["free_bytes", "is_locked", "runner"]), json_like))
def test_any_status_can_be_read(answer: dict[str, object]) -> None:
    found = parse_status(answer)
    assert found.free_bytes is None or 0 <= found.free_bytes


@given(
    st.dictionaries(
        st.sampled_from(["Temperature", "CurrentCapacity", "IsCharging", "Voltage"]), json_like
    )
)
def test_any_battery_can_be_read(answer: dict[str, object]) -> None:
    temp_c = parse_battery(answer, 0).headline_c
    assert temp_c is None or -50 <= temp_c <= 150


def test_the_battery_is_read_in_its_units() -> None:
    answer = {
        "Temperature": 2950,
        "CurrentCapacity": 81,
        "IsCharging": False,
        "ExternalConnected": True,
        "Voltage": 4207,
    }
    reading = parse_battery(answer, boot_ns=5)
    assert (5, 29.5) == (reading.boot_ns, reading.hottest(SensorKind.BATTERY))
    expected = Battery(81, 29.5, 4207, is_charging=False, power_sources=("usb",))
    assert expected == reading.battery
    assert parse_battery({}, 0).battery is None


@pytest.mark.parametrize(
    ("product_type", "name", "soc"),
    [
        ("iPhone14,2", "iPhone 13 Pro", "A15 Bionic"),
        ("iPhone16,1", "iPhone 15 Pro", "A17 Pro"),
        ("iPhone99,9", "iPhone99,9", ""),
    ],
)
def test_products_have_the_names_they_are_sold_under(
    product_type: str, name: str, soc: str
) -> None:
    assert (name, soc) == (product_name(product_type), soc_name(product_type))
