"""The app in a real terminal: first paint, keys, signals, and a terminal left as it was."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pyte
import pytest

APP = Path(__file__).with_name("pty_app.py")
ENTER_ALT, LEAVE_ALT = b"\x1b[?1049h", b"\x1b[?1049l"

MOUSE_ON, MOUSE_OFF = b"\x1b[?1000h", b"\x1b[?1000l"


class Terminal:
    """A program on a pty, and what its screen shows."""

    def __init__(self, folder: Path, *arguments: str, size: tuple[int, int] = (80, 24)) -> None:
        self.folder = folder
        width, height = size
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        environment.pop("NO_COLOR", None)
        self.child = pexpect.spawn(
            sys.executable, [str(APP), str(folder), *arguments],
            dimensions=(height, width), env=environment, timeout=20,
        )  # fmt: skip
        self.raw = b""
        self._screen = pyte.Screen(width, height)
        self._stream = pyte.ByteStream(self._screen)

    def read(self) -> None:
        """Take what the program wrote, if it did within a moment."""
        try:
            data = self.child.read_nonblocking(65536, timeout=0.05)
        except pexpect.TIMEOUT:
            return
        except pexpect.EOF:
            return
        self.raw += data
        self._stream.feed(data)

    @property
    def text(self) -> str:
        return "\n".join(self._screen.display)

    def wait_for(self, condition: Callable[[], bool], limit_s: float = 20.0) -> None:
        """Read until something is so."""
        end_s = time.monotonic() + limit_s
        while not condition():
            assert time.monotonic() < end_s, f"not within {limit_s} s:\n{self.text}"
            self.read()

    def wait_for_text(self, words: str) -> None:
        self.wait_for(lambda: words in self.text)

    def end(self) -> int:
        """Wait for the end and return the exit code."""
        self.wait_for(lambda: not self.child.isalive())
        self.read()
        self.child.close()
        status = self.child.exitstatus
        assert status is not None, f"killed by signal {self.child.signalstatus}"
        return int(status)

    @property
    def note(self) -> dict[str, object]:
        """What the program said once everything was closed."""
        found: dict[str, object] = json.loads((self.folder / "closed").read_text())
        return found


@pytest.fixture
def open_terminal(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    """Open terminals; they are closed at the end, whatever happens."""
    opened: list[Terminal] = []

    def open_one(*arguments: str, size: tuple[int, int] = (80, 24)) -> Terminal:
        opened.append(Terminal(tmp_path, *arguments, size=size))
        return opened[-1]

    yield open_one
    for terminal in opened:
        terminal.child.close(force=True)


def test_first_paint_keys_and_quit(open_terminal: Callable[..., Terminal]) -> None:
    terminal = open_terminal()
    terminal.wait_for_text("○ ready")
    terminal.child.send("j")
    terminal.wait_for_text("▸  Galaxy S23 Ultra")
    terminal.child.send("2")
    terminal.wait_for_text("int8 93%")
    terminal.child.send("q")
    assert 0 == terminal.end()
    assert terminal.raw.count(ENTER_ALT) == terminal.raw.count(LEAVE_ALT) == 1
    assert terminal.raw.rfind(b"\x1b[?25h") > terminal.raw.rfind(b"\x1b[?25l"), "the cursor is back"


def test_resizing_the_terminal(open_terminal: Callable[..., Terminal]) -> None:
    terminal = open_terminal()
    terminal.wait_for_text("○ ready")
    terminal._screen.resize(40, 120)
    terminal.child.setwinsize(40, 120)
    terminal.wait_for(lambda: "Snapdragon 8 Gen 2" in terminal.text)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)], ids=["SIGTERM", "SIGHUP"]
)
def test_a_signal_stops_the_bench_and_restores_the_terminal(
    open_terminal: Callable[..., Terminal], number: signal.Signals, code: int
) -> None:
    terminal = open_terminal("--hang", "--run")
    terminal.wait_for_text("waiting")
    terminal.child.kill(number)
    assert code == terminal.end()
    assert LEAVE_ALT in terminal.raw
    assert (1, False) == (terminal.note["stops"], terminal.note["is_open"])


def test_a_closed_terminal_stops_the_bench(open_terminal: Callable[..., Terminal]) -> None:
    terminal = open_terminal("--hang", "--run")
    terminal.wait_for_text("waiting")
    terminal.child.ptyproc.fileobj.close()
    end_s = time.monotonic() + 20
    while not (terminal.folder / "closed").exists():
        assert time.monotonic() < end_s
        time.sleep(0.02)
    assert (1, False) == (terminal.note["stops"], terminal.note["is_open"])


def test_ctrl_c_asks_while_a_plan_runs_and_quits_after_yes(
    open_terminal: Callable[..., Terminal],
) -> None:
    terminal = open_terminal("--hang", "--run")
    terminal.wait_for_text("waiting")
    terminal.child.send("\x03")
    terminal.wait_for_text("A plan is running. Quit all the same?")
    terminal.child.send("y")
    assert 0 == terminal.end()
    assert 1 == terminal.note["stops"]


def test_a_crash_restores_the_terminal_and_stops_the_bench(
    open_terminal: Callable[..., Terminal],
) -> None:
    terminal = open_terminal("--hang", "--run", "--crash")
    terminal.wait_for_text("waiting")
    terminal.child.send("!")
    assert 1 == terminal.end()
    assert LEAVE_ALT in terminal.raw
    assert b"broken on purpose" in terminal.raw.rpartition(LEAVE_ALT)[2]
    assert terminal.note["was_cancelled"]
    assert not terminal.note["is_open"]


def test_the_mouse_can_be_given_back_to_the_terminal(
    open_terminal: Callable[..., Terminal],
) -> None:
    terminal = open_terminal()
    terminal.wait_for_text("○ ready")
    terminal.child.send("%")
    terminal.wait_for_text("The mouse belongs to the terminal")
    assert terminal.raw.rfind(b"\x1b[?1000l") > terminal.raw.rfind(b"\x1b[?1000h")
    terminal.child.send("%")
    terminal.wait_for(
        lambda: terminal.raw.rfind(b"\x1b[?1000h") > terminal.raw.rfind(b"\x1b[?1000l")
    )


def test_nothing_heavy_is_imported_before_the_first_paint(tmp_path: Path) -> None:
    heavy = "{'numpy', 'PIL', 'adbutils', 'sqlite_utils', 'sqlite3', 'ai_edge_litert'}"
    code = f"import sys, labtui.tui.app; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "[]" == done.stdout.strip()


def test_live_plots_move(open_terminal: Callable[..., Terminal]) -> None:
    terminal = open_terminal("--run", size=(120, 40))
    terminal.wait_for_text("● running")
    terminal.wait_for(lambda: terminal.text.count("◂") == 4)
    terminal.child.send("q")
    terminal.wait_for_text("Quit all the same?")
    terminal.child.send("y")
    assert 0 == terminal.end()
