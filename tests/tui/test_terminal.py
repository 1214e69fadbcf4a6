"""The app in a real terminal: first paint, keys, signals, and a terminal left as it was."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.terminal import LEAVE_ALT, Terminal

APP = Path(__file__).with_name("pty_app.py")
MOUSE_ON, MOUSE_OFF = b"\x1b[?1000h", b"\x1b[?1000l"


class AppTerminal(Terminal):
    """The app on a pty, and the note it leaves."""

    def __init__(
        self,
        folder: Path,
        arguments: Sequence[str],
        size: tuple[int, int] = (80, 24),
        variables: Sequence[str] = (),
    ) -> None:
        self.folder = folder
        program = [sys.executable, str(APP), str(folder), *arguments]
        super().__init__(["/usr/bin/env", *variables, *program], os.environ, size)

    @property
    def note(self) -> dict[str, object]:
        """What the program said once everything was closed."""
        found: dict[str, object] = json.loads((self.folder / "closed").read_text())
        return found


@pytest.fixture
def open_terminal(tmp_path: Path) -> Iterator[Callable[..., AppTerminal]]:
    """Open terminals; they are closed at the end, whatever happens."""
    opened: list[AppTerminal] = []

    def open_one(*arguments: str, **options: Any) -> AppTerminal:
        opened.append(AppTerminal(tmp_path, arguments, **options))
        return opened[-1]

    yield open_one
    for terminal in opened:
        terminal.child.close(force=True)


def test_first_paint_keys_and_quit(open_terminal: Callable[..., AppTerminal]) -> None:
    terminal = open_terminal()
    terminal.wait_for_text("○ ready")
    terminal.send("j")
    terminal.wait_for_text("▸  Galaxy S23 Ultra")
    terminal.send("2")
    terminal.wait_for_text("int8 93%")
    terminal.send("q")
    assert 0 == terminal.end()
    assert terminal.is_restored


@pytest.mark.parametrize("variables", [(), ("COLUMNS=80", "LINES=24")], ids=["plain", "exported"])
def test_resizing_the_terminal(
    open_terminal: Callable[..., AppTerminal], variables: tuple[str, ...]
) -> None:
    terminal = open_terminal(variables=variables)
    terminal.wait_for_text("○ ready")
    terminal.resize(120, 40)
    terminal.wait_for_text("Snapdragon 8 Gen 2")


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)], ids=["SIGTERM", "SIGHUP"]
)
def test_a_signal_stops_the_bench_and_restores_the_terminal(
    open_terminal: Callable[..., AppTerminal], number: signal.Signals, code: int
) -> None:
    terminal = open_terminal("--hang", "--run")
    terminal.wait_for_text("waiting")
    terminal.child.kill(number)
    assert code == terminal.end()
    assert LEAVE_ALT in terminal.raw
    assert (1, False) == (terminal.note["stops"], terminal.note["is_open"])


def test_a_closed_terminal_stops_the_bench(open_terminal: Callable[..., AppTerminal]) -> None:
    terminal = open_terminal("--hang", "--run")
    terminal.wait_for_text("waiting")
    terminal.child.ptyproc.fileobj.close()
    end_s = time.monotonic() + 20
    while not (terminal.folder / "closed").exists():
        assert time.monotonic() < end_s
        time.sleep(0.02)
    assert (1, False) == (terminal.note["stops"], terminal.note["is_open"])


def test_ctrl_c_asks_while_a_plan_runs_and_quits_after_yes(
    open_terminal: Callable[..., AppTerminal],
) -> None:
    terminal = open_terminal("--hang", "--run")
    terminal.wait_for_text("waiting")
    terminal.send("\x03")
    terminal.wait_for_text("A plan is running. Quit all the same?")
    terminal.send("y")
    assert 0 == terminal.end()
    assert 1 == terminal.note["stops"]


def test_a_crash_restores_the_terminal_and_stops_the_bench(
    open_terminal: Callable[..., AppTerminal],
) -> None:
    terminal = open_terminal("--hang", "--run", "--crash")
    terminal.wait_for_text("waiting")
    terminal.send("!")
    assert 1 == terminal.end()
    assert LEAVE_ALT in terminal.raw
    assert b"broken on purpose" in terminal.raw.rpartition(LEAVE_ALT)[2]
    assert terminal.note["was_cancelled"]
    assert not terminal.note["is_open"]


def test_the_mouse_can_be_given_back_to_the_terminal(
    open_terminal: Callable[..., AppTerminal],
) -> None:
    terminal = open_terminal()
    terminal.wait_for_text("○ ready")
    terminal.send("%")
    terminal.wait_for_text("The mouse belongs to the terminal")
    assert terminal.raw.rfind(MOUSE_OFF) > terminal.raw.rfind(MOUSE_ON)
    terminal.send("%")
    terminal.wait_for(lambda: terminal.raw.rfind(MOUSE_ON) > terminal.raw.rfind(MOUSE_OFF))


def test_nothing_heavy_is_imported_before_the_first_paint(tmp_path: Path) -> None:
    heavy = "{'numpy', 'PIL', 'adbutils', 'sqlite_utils', 'sqlite3', 'ai_edge_litert'}"
    code = f"import sys, labtui.tui.app; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "[]" == done.stdout.strip()


def test_live_plots_move(open_terminal: Callable[..., AppTerminal]) -> None:
    terminal = open_terminal("--run", size=(120, 40))
    terminal.wait_for_text("● running")
    terminal.wait_for(lambda: terminal.text.count("◂") == 4)  # the last value of each plot
    terminal.send("q")
    terminal.wait_for_text("Quit all the same?")
    terminal.send("y")
    assert 0 == terminal.end()
