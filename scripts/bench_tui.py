"""First paint, key echo and CPU share of the screen, on a pty of 120x40 with scripted phones."""

import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TypedDict

import pexpect

ROOT = Path(__file__).resolve().parent.parent
APP = ROOT / "tests" / "tui" / "pty_app.py"
HELLO = (
    "from textual.app import App\nfrom textual.widgets import Static\n"
    "class Hello(App):\n    def compose(self):\n        yield Static('1 bench')\n"
    "    BINDINGS = [('q', 'quit', '')]\n"
    "Hello().run()"
)
ROUNDS = 5
PHONES = 8
START_S, LOAD_S = 3.0, 12.0
"""Keys are timed once the phones stream."""
KEY_EVERY_S = 0.05


class _Note(TypedDict):
    """What the app writes at its end."""

    cpu_share: float
    delays_s: list[float]


def measure() -> list[dict[str, object]]:
    """Return the three figures with their targets."""
    hello_ms = statistics.median(_first_paint_ms(["-c", HELLO]) for _ in range(ROUNDS))
    with tempfile.TemporaryDirectory() as folder:
        paint_ms = statistics.median(_first_paint_ms([str(APP), folder]) for _ in range(ROUNDS))
        note = _under_load(Path(folder))
    delays_ms = sorted(1e3 * delay_s for delay_s in note["delays_s"])
    key_ms = delays_ms[int(len(delays_ms) * 0.99)]
    key_p50_ms = delays_ms[len(delays_ms) // 2]
    load = f"{PHONES} phones x 50 samples/s, 120x40"
    return [
        {
            "name": "first paint", "value": round(paint_ms, 1), "unit": "ms", "target": "< 700",
            "ratio_to": "an empty Textual app", "ratio": round(paint_ms / hello_ms, 2),
            "ok": paint_ms < 700,
        },
        {
            "name": f"key echo p99, {load}", "value": round(key_ms, 1), "unit": "ms",
            "target": "< 50", "ratio_to": "its p50", "ratio": round(key_ms / key_p50_ms, 1),
            "ok": key_ms < 50,
        },
        {
            "name": f"CPU share, {load}", "value": round(note["cpu_share"], 3), "unit": "cores",
            "target": "< 0.15", "ratio_to": "one core", "ratio": round(note["cpu_share"], 3),
            "ok": note["cpu_share"] < 0.15,
        },
    ]  # fmt: skip


def _spawn(arguments: list[str]) -> pexpect.spawn:
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    return pexpect.spawn(sys.executable, arguments, dimensions=(40, 120), env=environment)


def _first_paint_ms(arguments: list[str]) -> float:
    start_s = time.monotonic()
    child = _spawn(arguments)
    child.expect("1 bench", timeout=20)
    painted_s = time.monotonic()
    child.send("q")
    child.expect(pexpect.EOF, timeout=20)
    child.close()
    return 1e3 * (painted_s - start_s)


def _under_load(folder: Path) -> _Note:
    """Run with keys going up and down the board; return what the app noted."""
    child = _spawn([str(APP), str(folder), "--run", "--phones", str(PHONES)])
    _drain_until(child, time.monotonic() + START_S)
    end_s, number = time.monotonic() + LOAD_S, 0
    while time.monotonic() < end_s:
        _drain_until(child, time.monotonic() + KEY_EVERY_S)
        number += 1
        child.send("j" if number // (PHONES - 1) % 2 else "k")
    for key in ("q", "y"):
        _drain_until(child, time.monotonic() + 0.5)
        child.send(key)
    child.expect(pexpect.EOF, timeout=20)
    child.close()
    note: _Note = json.loads((folder / "closed").read_text())
    return note


def _drain_until(child: pexpect.spawn, end_s: float) -> None:
    """Read what the app paints, as a terminal does."""
    while (left_s := end_s - time.monotonic()) > 0:
        try:
            child.read_nonblocking(65536, timeout=left_s)
        except pexpect.TIMEOUT:
            return


if __name__ == "__main__":
    for result in measure():
        print(json.dumps(result))
