"""The app on a scripted bench in a terminal of its own; for tests and `scripts/bench_tui.py`.

python pty_app.py FOLDER [--phones N] [--hang] [--run] [--crash]

Writes `FOLDER/closed` at the end: what was stopped, CPU time, and how long keys took.
"""

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from textual import events

from labtui.tui.app import LabtuiApp
from labtui.tui.services import Startup
from tests.tui.fakes import FakeLab, phones

STEADY_AFTER_S = 3.0
"""Start-up is over by then."""


class ProbedApp(LabtuiApp):
    """Takes the time from the arrival of a key to the end of the paint it causes."""

    def __init__(self, startup: Startup, *, starts_plan: bool) -> None:
        super().__init__(startup)
        self.delays_s: list[float] = []
        self.steady: tuple[float, float] | None = None
        """(CPU, wall) in s when the plan had been running for a while."""
        self._starts_plan = starts_plan

    def on_ready(self) -> None:
        """Start the plan if asked to."""
        if self._starts_plan:
            self.desk.draft.preset_name = "standard"
            self.run_worker(self._start_when_ready())

    async def on_event(self, event: events.Event) -> None:
        """Follow each key to the next paint."""
        if isinstance(event, events.Key):
            arrived_s = event.time
            self.call_after_refresh(lambda: self.delays_s.append(time.monotonic() - arrived_s))
        await super().on_event(event)

    def action_crash(self) -> None:
        """Break."""
        raise RuntimeError("broken on purpose")

    async def _start_when_ready(self) -> None:
        while not self.desk.state.ready or self.desk.shelf.is_pending:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        await self.action_start()
        await asyncio.sleep(STEADY_AFTER_S)
        self.steady = (time.process_time(), time.monotonic())

    def cpu_share(self) -> float | None:
        """Return the share of one core used since then."""
        if self.steady is None:
            return None
        cpu_s, wall_s = self.steady
        return (time.process_time() - cpu_s) / (time.monotonic() - wall_s)


def main() -> int:
    """Run the app and leave a note when everything is closed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--phones", type=int, default=4)
    parser.add_argument("--hang", action="store_true", help="send no samples")
    parser.add_argument("--crash", action="store_true", help="break on the key !")
    parser.add_argument("--run", action="store_true", help="start the plan at once")
    options = parser.parse_args()
    lab = FakeLab(phones(options.phones))
    lab.bench.is_paced, lab.bench.hangs = True, options.hang
    app = ProbedApp(lab.startup, starts_plan=options.run)
    if options.crash:
        app.bind("exclamation_mark", "crash")
    app.run()
    note = {
        "stops": lab.bench.stops,
        "is_open": lab.is_open,
        "was_cancelled": lab.bench.was_cancelled,
        "cpu_share": app.cpu_share(),
        "delays_s": app.delays_s,
    }
    (options.folder / "closed").write_text(json.dumps(note))
    return app.return_code or 0


if __name__ == "__main__":
    sys.exit(main())
