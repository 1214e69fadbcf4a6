"""The dashboard on real virtual phones, in a real terminal."""

import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.rig import Labtui, environment
from tests.terminal import Terminal

Open = Callable[..., Terminal]


@pytest.fixture
def open_screen(labtui: Labtui, tiny: Path) -> Iterator[Open]:
    """Open the dashboard on one virtual phone; it is closed at the end, whatever happens."""
    opened: list[Terminal] = []

    def open_one(*words: str, size: tuple[int, int] = (100, 30)) -> Terminal:
        argv = [sys.executable, "-m", "labtui", "--db", str(labtui.db), "--virtual", "pixel-7-pro"]
        opened.append(Terminal([*argv, *words, "tui", str(tiny)], environment(labtui.home), size))
        return opened[-1]

    yield open_one
    for terminal in opened:
        terminal.child.close(force=True)


def start_a_run(terminal: Terminal) -> None:
    terminal.wait_for_text("Pixel 7 Pro")
    terminal.wait_for_text("ready")
    terminal.send("r")
    terminal.wait_for_text("enter starts")
    terminal.send("\r")


def test_a_plan_runs_to_its_result(open_screen: Open, labtui: Labtui) -> None:
    terminal = open_screen()
    start_a_run(terminal)
    terminal.wait_for_text("Session done", limit_s=60.0)
    terminal.send("4")
    terminal.wait_for_text("tiny fp32")
    terminal.send("q")
    assert 0 == terminal.end()
    assert terminal.is_restored
    (session,) = labtui.json("history")["sessions"]
    assert ("done", True) == (session["outcome"], session["is_virtual"])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_a_sane_terminal_and_a_stopped_session(
    open_screen: Open, labtui: Labtui, number: signal.Signals
) -> None:
    terminal = open_screen()
    start_a_run(terminal)
    terminal.wait_for_text("running")
    terminal.child.kill(number)
    assert 128 + number == terminal.end()
    assert terminal.is_restored
    (session,) = labtui.json("history")["sessions"]
    assert session["outcome"] == "stopped"


def test_it_works_without_colour_and_without_braille(open_screen: Open) -> None:
    terminal = open_screen("--no-color", "--ascii", size=(80, 24))
    terminal.wait_for_text("Pixel 7 Pro")
    terminal.wait_for_text("ready")
    assert terminal.text.isascii()
    terminal.send("q")
    assert 0 == terminal.end()
