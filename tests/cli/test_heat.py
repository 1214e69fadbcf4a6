"""`labtui heat` over a real history."""

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from labtui.cli.main import main
from labtui.core.events import BenchEvent
from labtui.core.model import LaunchUid, SessionUid
from labtui.core.plan import LaunchSpec
from labtui.core.readings import ThermalStatus
from tests.cli.long_history import HELLO, VARIANTS, session, stored
from tests.store import bench_events as bench
from tests.terminal import Terminal

SESSION = SessionUid("01S000")
MINUTES = {0: (10, 10, 10, 10, 10, 10), 1: (9, 9, 12, 12, 12, 12)}
START_NS = 7_000_000_000


def long_session(start_c: tuple[float, float] = (30.0, 30.0)) -> Iterator[BenchEvent]:
    """Yield a session with a launch of six minutes for each variant, one inference per second."""
    yield bench.session_started(SESSION, variants=VARIANTS[:2], tags=("long",))
    for index, minutes in MINUTES.items():
        launch = LaunchUid(f"01L{index}")
        yield bench.launch_started(launch, SESSION, spec=LaunchSpec(index, index, 0))
        yield bench.reported(HELLO, launch)
        durations_ns = [
            round(ms * 1e6 * (1 + 0.004 * (second * 31 % 7 - 3)))
            for ms in minutes
            for second in range(60)
        ]
        for second, duration_ns in enumerate(durations_ns):
            t_ns = START_NS + second * 1_000_000_000
            yield bench.samples([duration_ns], second, t_ns, launch)
        yield bench.reading_taken(start_c[index], ThermalStatus.NONE, START_NS, launch)
        if index:
            hot_ns = START_NS + 130_000_000_000
            yield bench.reading_taken(41.0, ThermalStatus.LIGHT, hot_ns, launch)
        ended_us = bench.STARTED_US + 360_000_000
        yield replace(bench.launch_ended(durations_ns, launch), ended_us=ended_us)
    yield bench.session_ended(SESSION)


@pytest.fixture
def db(tmp_path: Path) -> str:
    return stored(tmp_path / "history.db", long_session())


def printed(db: str, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert 0 == main(["--db", db, "heat", *words])
    return capsys.readouterr().out


def group(db: str, capsys: pytest.CaptureFixture[str]) -> Any:
    (found,) = json.loads(printed(db, capsys, "--json", "long"))["groups"]
    return found


def test_a_variant_that_only_wins_while_cold_is_named(
    db: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = printed(db, capsys)
    assert "net int8 (gpu, 2 threads), minute by minute: 1.00 1.00 1.33 1.33 1.33 1.33" in out
    assert "Fastest first in minute 1: net int8 (gpu, 2 threads), net fp32" in out
    assert "Fastest first in minute 5: net fp32 (gpu, 2 threads), net int8" in out
    assert "net int8 (gpu, 2 threads) only wins while the device is cold: until minute 2." in out


def test_signals_have_times_or_are_unknown(db: str, capsys: pytest.CaptureFixture[str]) -> None:
    steady, slowed = group(db, capsys)["launches"]
    assert {"told": "no", "after_s": None} == steady["throttled"]["by_status"]
    assert {"told": "unknown", "after_s": None} == steady["throttled"]["by_clock"]
    assert {"told": "yes", "after_s": 130.0} == slowed["throttled"]["by_status"]
    assert 120 == pytest.approx(slowed["throttled"]["by_latency"]["after_s"], abs=3)
    assert ("flat", "slowdown") == tuple(
        launch["steadiness"]["shape"] for launch in (steady, slowed)
    )


def test_the_document_has_all_minutes(db: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = group(db, capsys)
    assert {"1": 2, "5": 2} == {minute: len(names) for minute, names in found["ranking"].items()}
    assert "net int8 (gpu, 2 threads)" == found["only_while_cold"]
    _, slowed = found["launches"]
    assert 1.33 == pytest.approx(slowed["sustained_ratio"], abs=0.01)
    assert [None, "light", None] == [m["status"] for m in slowed["minutes"][1:4]]
    assert 3 == slowed["first_slow_minute"]


def test_what_differed_at_the_start_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    db = stored(tmp_path / "h.db", long_session((30.0, 38.0)))
    assert "fp32 and int8: temperature at start: 30.0 °C against 38.0 °C." in printed(db, capsys)


@pytest.mark.parametrize("columns", [80, 120])
def test_it_fits_the_terminal(db: str, columns: int, tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "labtui", "--db", db, "heat"]
    terminal = Terminal(argv, {**os.environ, "HOME": str(tmp_path)}, (columns, 40))
    terminal.wait_for_text("only wins while")
    shown = terminal.text
    assert 0 == terminal.end()
    assert all(word in shown for word in ("variant", "net fp32", "sustained", "slowdown"))
    assert ("x by 30" in shown) is (columns >= 120)


def test_short_launches_have_no_heat(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    db = stored(tmp_path / "h.db", session({0: 10.0, 1: 8.0}))
    assert 4 == main(["--db", db, "heat"])
    assert "--preset sustained-5m" in capsys.readouterr().err
