"""The other commands, as a script would use them."""

import re
from collections import Counter
from pathlib import Path

import pytest

from labtui.cli.checks import Health, host_checks
from labtui.cli.settings import Settings
from tests.e2e.rig import Labtui

HOST = ("--virtual", "pixel-7-pro", "run", "--device", "host")


def test_devices_say_what_they_are(labtui: Labtui) -> None:
    devices = labtui.json("--virtual", "demo", "devices")["devices"]
    phones = [d for d in devices if d["platform"] != "host"]
    assert {"android": 3, "ios": 2} == Counter(d["platform"] for d in phones)
    assert {"ready"} == {d["state"] for d in devices}
    assert all(d["facts"]["is_virtual"] for d in phones)
    assert all(d["facts"]["soc"] and d["facts"]["os_version"] for d in phones)
    assert all(d["reading"]["battery"]["level_percent"] for d in phones)
    assert all(d["free_bytes"] > 0 for d in phones)
    assert [False] == [d["facts"]["is_virtual"] for d in devices if d["platform"] == "host"]


def test_watching_shows_the_bench_as_it_changes(labtui: Labtui) -> None:
    with labtui.start("--virtual", "pixel-7-pro", "devices", "--watch") as running:
        while not any(
            d["platform"] == "android" and d["state"] == "ready"
            for d in running.until("devices")["devices"]
        ):
            pass


def test_this_computer_is_a_device_too(labtui: Labtui, tiny: Path) -> None:
    result = labtui.run(*HOST, tiny, "--runs", "10", "--launches", "1")
    assert 0 == result.returncode, result.stderr
    assert "(virtual)" not in result.stdout
    (session,) = labtui.json("history", "list")["sessions"]
    assert (False, 10) == (session["is_virtual"], session["samples"])


def test_a_file_is_inspected(labtui: Labtui, tiny: Path) -> None:
    (variant,) = labtui.json("variants", "inspect", tiny)["variants"]
    assert ("tiny", "fp32", "tflite") == (variant["model"], variant["recipe"], variant["format"])


def test_sessions_are_tagged_noted_and_deleted(labtui: Labtui, tiny: Path) -> None:
    labtui.run(*HOST, tiny, "--runs", "5", "--launches", "1", "--tag", "a")
    assert 0 == labtui.run("history", "tag", "last", "b").returncode
    assert 0 == labtui.run("history", "note", "last", "with", "a", "fan").returncode
    (session,) = labtui.json("history")["sessions"]
    assert ["a", "b"] == sorted(session["tags"])
    assert 0 == labtui.run("history", "delete", "last").returncode
    assert [] == labtui.json("history")["sessions"]


def test_the_doctor_finds_a_virtual_bench_healthy(labtui: Labtui) -> None:
    checks = labtui.json("--virtual", "pixel-7-pro", "doctor")["checks"]
    assert {"Python", "engine", "history", "adb", "Pixel 7 Pro"} <= {c["name"] for c in checks}
    assert not [c for c in checks if c["health"] == "bad"]


def test_every_operation_passes_on_a_virtual_phone(labtui: Labtui) -> None:
    result = labtui.run("--virtual", "pixel-7-pro", "doctor", "--selftest", "pixel*")
    assert 0 == result.returncode, result.stdout + result.stderr
    assert ["ok"] * 10 == [line.split()[0] for line in result.stdout.splitlines()]
    assert "ran on cpu XNNPACK" in result.stdout
    assert "control run p50" in result.stdout


def test_the_doctor_says_which_phones_have_runner_and_engine(labtui: Labtui) -> None:
    checks = host_checks(Settings(labtui.db, labtui.home, virtual=None))
    (phones,) = (check for check in checks if check.name == "Android phones")
    assert phones.health is not Health.BAD
    assert "engine: " in phones.text


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_the_headless_demo_prints_accuracy_beside_latency(labtui: Labtui) -> None:
    result = labtui.run("demo", "--headless", "--budget-ms", "50", timeout_s=200)
    assert 0 == result.returncode, result.stderr
    assert 25 == result.stdout.count("(virtual)")
    measured = re.compile(r" tflite .* \d+\.\d+ +[89]\d\.\d \[.*\] +ok +within")
    for phone in ("Pixel 7 Pro", "iPhone 14 Pro"):
        rows = [line for line in result.stdout.splitlines() if phone in line]
        assert 4 == sum(bool(measured.search(row)) for row in rows), result.stdout
    assert "say nothing about any real phone" in result.stderr


def test_the_module_runs_like_the_command(labtui: Labtui) -> None:
    assert "labtui 0." in labtui.run("--version").stdout
