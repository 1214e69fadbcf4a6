"""Readings and facts from folders shaped like Linux' own."""

import hashlib
from pathlib import Path

import pytest

from labtui.adapters.host.facts import host_facts
from labtui.adapters.host.readings import host_reading
from labtui.core.model import VariantFormat
from labtui.core.readings import Battery, SensorKind, Temperature


def write(root: Path, **files: str) -> None:
    for name, content in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


def test_temperatures_by_kind(tmp_path: Path) -> None:
    write(
        tmp_path,
        class__thermal__thermal_zone0__type="acpitz\n",
        class__thermal__thermal_zone0__temp="27800\n",
        class__thermal__thermal_zone1__type="x86_pkg_temp\n",
        class__thermal__thermal_zone1__temp="45000\n",
        class__thermal__thermal_zone2__type="cpu-thermal\n",
        class__thermal__thermal_zone2__temp="51500\n",
        class__thermal__thermal_zone3__type="iwlwifi_1\n",
    )
    found = host_reading(tmp_path).temperatures
    assert Temperature("cpu-thermal", SensorKind.CPU, 51.5) in found
    assert ["acpitz", "x86_pkg_temp", "cpu-thermal"] == [t.name for t in found]


BATTERIES = {
    "charging": (
        {"type": "Battery\n", "capacity": "81\n", "status": "Charging\n", "temp": "312\n",
         "voltage_now": "12345678\n"},
        Battery(81, 31.2, 12_345, is_charging=True),
    ),
    "on battery": (
        {"type": "Battery\n", "capacity": "20\n", "status": "Discharging\n"},
        Battery(20, None, None, is_charging=False),
    ),
    "says little": ({"type": "Battery\n", "capacity": "?\n"}, Battery()),
    "mains only": ({"type": "Mains\n", "online": "1\n"}, None),
}  # fmt: skip


@pytest.mark.parametrize("name", BATTERIES)
def test_battery(tmp_path: Path, name: str) -> None:
    files, expected = BATTERIES[name]
    write(tmp_path, **{f"class__power_supply__BAT0__{key}": text for key, text in files.items()})
    assert expected == host_reading(tmp_path).battery


def test_an_empty_sys_is_unknown_and_not_cool(tmp_path: Path) -> None:
    reading = host_reading(tmp_path)
    assert ((), None, (), None) == (
        reading.temperatures,
        reading.battery,
        reading.clocks,
        reading.is_throttled,
    )
    assert reading.boot_ns > 0


MACHINE_ID = "0123456789abcdef0123456789abcdef"


def test_facts(tmp_path: Path) -> None:
    write(
        tmp_path,
        etc__machine_id=MACHINE_ID,
        sys__class__dmi__id__product_name="ThinkPad X1\x1b[31m\n",
        proc__cpuinfo="processor\t: 0\nmodel name\t: Example CPU @ 2.0GHz\nflags\t\t: a:b\n",
    )
    (tmp_path / "etc/machine_id").rename(tmp_path / "etc/machine-id")
    facts = host_facts(tmp_path)
    expected = hashlib.sha256(f"labtui host {MACHINE_ID}".encode()).hexdigest()[:16]
    assert (expected, "ThinkPad X1\ufffd[31m", "Example CPU @ 2.0GHz", False) == (
        facts.hardware_id,
        facts.name,
        facts.soc,
        facts.is_virtual,
    )
    assert facts.os_version
    assert facts.abi
    assert facts.engine.startswith("ai-edge-litert ")
    assert VariantFormat.TFLITE in facts.formats


def test_the_machine_id_itself_never_shows(tmp_path: Path) -> None:
    write(tmp_path, etc__machine_id=MACHINE_ID)
    (tmp_path / "etc/machine_id").rename(tmp_path / "etc/machine-id")
    assert MACHINE_ID[:8] not in repr(host_facts(tmp_path))


def test_a_computer_that_says_nothing(tmp_path: Path) -> None:
    facts = host_facts(tmp_path)
    assert "This computer" == facts.name
    assert 16 == len(facts.hardware_id)


def test_macos_is_asked_through_sysctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sysctl = tmp_path / "bin" / "sysctl"
    sysctl.parent.mkdir()
    sysctl.write_text('#!/bin/sh\n[ "$2" = kern.uuid ] && exit 1\necho "said $2"\n')
    sysctl.chmod(0o755)
    monkeypatch.setenv("PATH", str(sysctl.parent), prepend=":")
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    facts = host_facts(tmp_path)
    assert ("said hw.model", "said machdep.cpu.brand_string") == (facts.name, facts.soc)
