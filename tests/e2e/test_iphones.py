"""iPhones as their user has them: beside Androids, in every state, and at their worst."""

import csv
import io
import plistlib
import signal
import stat
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.e2e.rig import Labtui, Phones, serve
from tests.e2e.test_faults import is_printable
from tests.tiny_tflite import fully_connected

MIXED = "pixel-7-pro,redmi-12c,iphone-14-pro,iphone-16"
QUICK = ("--runs", "20", "--launches", "1")


@pytest.fixture
def iphone() -> str:
    """Return the profile of the iPhone that the test's commands share."""
    return "iphone-14-pro"


@pytest.fixture
def phones(labtui: Labtui, iphone: str) -> Iterator[Phones]:
    """An iPhone, and an Android phone that nothing may disturb."""
    with serve(labtui.home, f"redmi-12c,{iphone}") as phones:
        labtui.extra = phones.extra
        yield phones


@pytest.fixture
def big(tmp_path: Path) -> Path:
    """Return a variant of a megabyte."""
    path = tmp_path / "big.fp32.tflite"
    path.write_bytes(fully_connected(1024, 256))
    return path


def inflict(labtui: Labtui, phones: Phones, *faults: str) -> None:
    for fault in faults:
        result = labtui.run("virtual", "fault", phones.control, phones.udids[0], fault)
        assert 0 == result.returncode, result.stderr


def iphone_of(labtui: Labtui) -> dict[str, Any]:
    (device,) = labtui.json("devices", "ios")["devices"]
    assert isinstance(device, dict)
    return device


def launches_of(labtui: Labtui) -> dict[str, dict[str, Any]]:
    """Return the launch of each platform in the last session."""
    launches = labtui.json("history", "show", "last")["launches"]
    return {launch["device"].partition(":")[0]: launch for launch in launches}


def rows_of(labtui: Labtui, level: str) -> list[dict[str, str]]:
    exported = labtui.run("export", "last", "--level", level)
    assert 0 == exported.returncode, exported.stderr
    return list(csv.DictReader(io.StringIO(exported.stdout)))


def test_a_mixed_plan_runs_headless(labtui: Labtui, tiny: Path) -> None:
    words = ("--virtual", MIXED, "run", tiny, "--runs", "30", "--launches", "2")
    with labtui.start(*words) as running:
        assert 0 == running.finish(), running.stderr
    measured: Counter[str] = Counter()
    for line in running.lines:
        if line["kind"] == "samples_arrived" and not line["event"]["samples"]["is_warmup"]:
            samples = line["event"]["samples"]["durations_ns"]
            measured[line["event"]["device"]] += len(samples)
    assert {"android": 2, "ios": 2} == Counter(device.partition(":")[0] for device in measured)
    assert {60} == set(measured.values())
    results = labtui.json("history", "show", "last")["results"]
    assert set(measured) == {result["device"] for result in results}
    assert {(True, 60, 2)} == {(r["is_virtual"], r["samples"], r["launches"]) for r in results}
    assert all(20 < result["end_temp_c"] < 60 for result in results)


def test_what_was_measured_on_a_mixed_bench_is_exported(labtui: Labtui, tiny: Path) -> None:
    assert 0 == labtui.run("--virtual", MIXED, "run", tiny, *QUICK).returncode
    samples = [row for row in rows_of(labtui, "samples") if row["is_warmup"] == "false"]
    assert {20} == set(Counter(row["device"] for row in samples).values())
    assert {"true"} == {row["virtual"] for row in samples}
    systems = {row["device_name"]: row["os_version"] for row in rows_of(labtui, "launches")}
    assert ("iOS 16.6", "iOS 18.5") == (systems["iPhone 14 Pro"], systems["iPhone 16"])
    heated = {row["device_name"] for row in rows_of(labtui, "readings") if row["headline_temp_c"]}
    assert {"Pixel 7 Pro", "Redmi 12C", "iPhone 14 Pro", "iPhone 16"} == heated


class State(NamedTuple):
    """What keeps an iPhone from working, and what its user is told."""

    faults: list[str]
    name: str
    cure: str


STATES = [
    State(["trust=forgotten"], "not paired", "run `labtui pair ios:"),
    State(["lock"], "locked", "Unlock iPhone 14 Pro"),
    State(["app=closed", "lock"], "locked", "Auto-Lock"),
    State(["developer_mode=off"], "no developer mode", "Developer Mode on; the phone restarts"),
    State(["app=missing"], "runner not installed", "runners/ios"),
    pytest.param(State(["hang"], "hung", "replug the cable"), marks=pytest.mark.slow),
]


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_an_iphone_that_cannot_work_says_how_to_cure_it(
    labtui: Labtui, phones: Phones, tiny: Path, state: State
) -> None:
    inflict(labtui, phones, *state.faults)
    seen = iphone_of(labtui)
    assert (state.name, True) == (seen["state"], state.cure in seen["cure"])
    refused = labtui.run("run", tiny, *QUICK, "--device", "ios")
    assert 3 == refused.returncode, refused.stderr
    assert state.cure in refused.stderr
    assert 0 == labtui.run("run", tiny, *QUICK, "--device", "android").returncode


PAIRING = [
    ("trust=pending", "tap Trust and enter its passcode"),
    ("trust=no", "Don't Trust"),
    ("lock", "Unlock iPhone 14 Pro"),
]


@pytest.mark.parametrize(("fault", "cure"), PAIRING)
def test_pairing_says_why_it_fails_and_can_be_tried_again(
    labtui: Labtui, phones: Phones, tiny: Path, fault: str, cure: str
) -> None:
    inflict(labtui, phones, "trust=forgotten", fault)
    refused = labtui.run("pair", "ios", "--wait", "1")
    assert 3 == refused.returncode
    assert cure in refused.stderr
    inflict(labtui, phones, "trust=yes", "unlock")
    paired = labtui.run("pair", "ios")
    assert 0 == paired.returncode, paired.stderr
    assert 0 == labtui.run("run", tiny, *QUICK, "--device", "ios").returncode


def test_pair_records_are_for_their_owner_alone(labtui: Labtui, phones: Phones, tiny: Path) -> None:
    inflict(labtui, phones, "trust=forgotten")
    told = labtui.run("pair", "ios", "--verbose")
    ran = labtui.run("run", tiny, *QUICK, "--device", "ios", "--verbose")
    (path,) = labtui.home.rglob("*.plist")
    assert (0o700, 0o600) == (mode_of(path.parent), mode_of(path))
    record = plistlib.loads(path.read_bytes())
    secrets = (record["HostID"].encode(), record["HostPrivateKey"].splitlines()[3], b"PRIVATE KEY")
    kept = [file.read_bytes() for file in labtui.home.rglob("*") if file.is_file() and file != path]
    said = [text.encode() for text in (told.stdout, told.stderr, ran.stdout, ran.stderr)]
    assert not [secret for secret in secrets for text in (*kept, *said) if secret in text]


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_nothing_pairs_unasked(labtui: Labtui, phones: Phones) -> None:
    inflict(labtui, phones, "trust=forgotten")
    for _ in range(2):
        assert "not paired" == iphone_of(labtui)["state"]


@pytest.mark.parametrize("iphone", ["iphone-14-pro", "iphone-16"])
@pytest.mark.parametrize("fault", ["app=closed", "app=suspended"])
def test_a_closed_runner_is_started_where_ios_allows_it(
    labtui: Labtui, phones: Phones, tiny: Path, fault: str
) -> None:
    inflict(labtui, phones, fault)
    seen = iphone_of(labtui)
    assert ("runner closed", "Open labtui runner on") == (seen["state"], seen["cure"][:21])
    done = labtui.run("run", tiny, *QUICK)
    assert 0 == done.returncode, done.stderr
    assert ["done"] * 2 == [launch["outcome"] for launch in launches_of(labtui).values()]


TAPPED = [
    ("iphone-15-pro", "developer_image=on", "iOS 17.0 to 17.3 lets no computer start it"),
    ("iphone-14-pro", "developer_image=off", "Open labtui runner on"),
    ("iphone-16", "developer_image=off", "Open labtui runner on"),
]


@pytest.mark.parametrize(("iphone", "image", "asked"), TAPPED)
def test_where_ios_does_not_allow_it_somebody_taps_and_the_plan_goes_on(
    labtui: Labtui, phones: Phones, tiny: Path, image: str, asked: str
) -> None:
    inflict(labtui, phones, "app=closed", image)
    assert asked in iphone_of(labtui)["cure"]
    with labtui.start("run", tiny, *QUICK) as running:
        android = running.until("device_ended")["event"]
        assert f"android:{phones.serials[0]}" == android["device"]
        inflict(labtui, phones, "app=open")
        assert 0 == running.finish(), running.stderr
    assert asked in running.stderr
    assert ["done"] * 2 == [launch["outcome"] for launch in launches_of(labtui).values()]


class Interruption(NamedTuple):
    """What comes between a launch and its end, and how that is called afterwards."""

    fault: str
    code: str
    cause: str


INTERRUPTIONS = [
    Interruption("unplug", "device_gone", "left the bench"),
    Interruption("reboot=0.5", "device_gone", "left the bench"),
    Interruption("detach_at=3000", "device_gone", "left the bench"),
    Interruption("hang", "device_hung", "stopped answering"),
    Interruption("stall_at=3000", "device_hung", "stopped answering"),
    Interruption("app=closed", "runner_crashed", "the app was closed or left the front"),
    Interruption("app=suspended", "runner_stopped", "told to stop by somebody else"),
    Interruption("lock", "runner_stopped", "told to stop by somebody else"),
]


@pytest.mark.slow
@pytest.mark.parametrize("interruption", INTERRUPTIONS, ids=lambda i: i.fault)
def test_what_interrupts_a_launch_is_named_and_disturbs_nobody_else(
    labtui: Labtui, phones: Phones, tiny: Path, interruption: Interruption
) -> None:
    with labtui.start("run", tiny, "--seconds", "5", "--launches", "1") as running:
        while not running.until_measured().startswith("ios:"):
            pass
        inflict(labtui, phones, interruption.fault)
        assert 3 == running.finish()
    assert "Traceback" not in running.stderr
    android, iphone = (launches_of(labtui)[platform] for platform in ("android", "ios"))
    assert ("failed", interruption.code) == (iphone["outcome"], iphone["code"])
    assert interruption.cause in iphone["cause"]
    assert iphone["summary"]["count"] > 0, "what had been measured is kept"
    assert "done" == android["outcome"]
    assert {"", interruption.code} == {row["error_code"] for row in rows_of(labtui, "launches")}


@pytest.mark.slow
def test_thermal_states_are_followed_while_an_iphone_works(
    labtui: Labtui, phones: Phones, tiny: Path
) -> None:
    words = ("run", tiny, "--device", "ios", "--seconds", "60", "--launches", "1")
    with labtui.start(*words) as running:
        for state, status in (("critical", 4), ("serious", 2), ("nominal", 0)):
            running.until_measured()
            inflict(labtui, phones, f"thermal={state}")
            while status != running.until("reading_taken")["event"]["reading"]["thermal_status"]:
                pass
        running.signal(signal.SIGINT)
        assert 130 == running.finish(), running.stderr
    kept = [row["thermal_status"] for row in rows_of(labtui, "readings") if row["thermal_status"]]
    assert ["4", "2", "0"] == [a for a, b in pairwise([*kept, ""]) if a != b][-3:]
    (launch,) = rows_of(labtui, "launches")
    assert "true" == launch["was_throttled"]


CUTS = [("stall_at=300000", "stopped answering"), ("detach_at=300000", "left the bench")]


@pytest.mark.slow
@pytest.mark.parametrize(("fault", "cause"), CUTS)
def test_a_push_that_is_cut_is_given_up_and_can_be_repeated(
    labtui: Labtui, phones: Phones, big: Path, fault: str, cause: str
) -> None:
    inflict(labtui, phones, fault)
    cut = labtui.run("run", big, *QUICK)
    assert 3 == cut.returncode
    assert cause in cut.stderr
    assert "Traceback" not in cut.stderr
    assert ["android"] == list(launches_of(labtui)), "nothing was launched without its variant"
    inflict(labtui, phones, "resume", "plug")
    again = labtui.run("run", big, *QUICK)
    assert 0 == again.returncode, again.stderr


def test_a_full_iphone_says_so(labtui: Labtui, phones: Phones, tiny: Path) -> None:
    inflict(labtui, phones, "storage_full")
    result = labtui.run("run", tiny, *QUICK)
    assert 3 == result.returncode
    assert "iPhone 14 Pro has no room left: delete something" in result.stderr
    assert {"android": "done"} == {k: v["outcome"] for k, v in launches_of(labtui).items()}


def test_a_hostile_name_reaches_no_terminal_and_no_file(
    labtui: Labtui, phones: Phones, tiny: Path
) -> None:
    inflict(labtui, phones, "hostile_text", "app=closed")
    listed = labtui.run("devices")
    assert "[bold]7[/bold]" in listed.stdout + listed.stderr, "markup is shown, not obeyed"
    ran = labtui.run("run", tiny, *QUICK)
    assert 0 == ran.returncode, ran.stderr
    others = [labtui.run("history", "show", "last"), labtui.run("export", "last")]
    for shown in (listed, ran, *others):
        assert is_printable(shown.stdout + shown.stderr)
    inflict(labtui, phones, "storage_full")
    assert is_printable(labtui.run("run", tiny, *QUICK).stderr)


RUNNERS = [
    ("garbage", "something other than runner events"),
    ("long_line", "1048576 bytes"),
    ("nan", "NaN"),
    ("negative", "out of range"),
    ("crash", "the app was closed or left the front"),
]


@pytest.mark.parametrize(("kind", "cause"), RUNNERS)
def test_a_broken_runner_is_named_and_the_other_phone_is_done(
    labtui: Labtui, phones: Phones, tiny: Path, kind: str, cause: str
) -> None:
    inflict(labtui, phones, f"runner={kind}")
    result = labtui.run("run", tiny, *QUICK)
    assert 3 == result.returncode
    assert cause in result.stderr
    assert "Traceback" not in result.stderr
    assert is_printable(result.stdout + result.stderr)
    outcomes = {k: v["outcome"] for k, v in launches_of(labtui).items()}
    assert {"ios": "failed", "android": "done"} == outcomes


def test_a_virtual_bench_asks_no_other_usbmuxd(labtui: Labtui) -> None:
    labtui.extra = {"USBMUXD_SOCKET_ADDRESS": "127.0.0.1:1"}
    shown = labtui.json("--virtual", "iphone-16", "devices", "ios")
    assert [("ready", "")] == [(d["state"], shown["trouble"]) for d in shown["devices"]]
