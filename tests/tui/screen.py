"""What is on the screen, as text; and text snapshots of it."""

import os
from pathlib import Path

from textual.pilot import Pilot

from labtui.tui.app import LabtuiApp
from labtui.tui.screens.base import LabScreen
from tests.tui.fakes import FakeLab, script

SNAPSHOTS = Path(__file__).parent / "snapshots"
UPDATE = "LABTUI_UPDATE_SNAPSHOTS"
"""Set this variable to write the snapshots instead of comparing with them."""


def lines(app: LabtuiApp) -> list[str]:
    """Return the screen's lines as the terminal gets them, without trailing blanks."""
    strips = app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip).rstrip() for strip in strips]


def text(app: LabtuiApp) -> str:
    """Return the screen as one string."""
    return "\n".join(lines(app)) + "\n"


def check_snapshot(app: LabtuiApp, name: str) -> None:
    """Compare the screen with `snapshots/<name>.txt`."""
    path = SNAPSHOTS / f"{name}.txt"
    if os.environ.get(UPDATE):
        path.write_text(text(app), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text(app)


async def settle(pilot: Pilot[None], *, ticks: int = 3) -> None:
    """Let the app take in what happened, without waiting for its clock."""
    app = pilot.app
    assert isinstance(app, LabtuiApp)
    for _ in range(ticks):
        await pilot.pause()
        if isinstance(app.screen, LabScreen):
            app.screen.tick(0)
    await pilot.pause()


def play(app: LabtuiApp, lab: FakeLab, *, seconds: float, start_s: float) -> None:
    """Put the scripted session on the desk up to `seconds`, as if it had begun at `start_s`."""
    desk = app.desk
    devices = desk.state.chosen
    plan = lab.eval_sets.assign(desk.bare_plan(), desk.evals.folder)
    for t_s, event in script(plan, devices, lab.bench.pace):
        if t_s > seconds:
            break
        desk.state.apply(event, start_s + t_s)
