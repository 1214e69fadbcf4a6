"""Sessions of the history -> rows."""

from collections.abc import Sequence

from labtui.core.events import Outcome
from labtui.core.history import SessionRow
from labtui.tui import units
from labtui.tui.cells import Cell, Column, Row, cell
from labtui.tui.theme import Sign, Tone

HISTORY = (
    Column("started", 16, 16),
    Column("outcome", 9, 13),
    Column("name", 23, 40, can_shrink=True),
    Column("preset", 8, 10, rank=4),
    Column("kind", 4, 7),
    Column("devices", 4, 7, is_right=True, rank=2),
    Column("variants", 4, 8, is_right=True, rank=3),
    Column("launches", 5, 8, is_right=True, rank=1),
    Column("samples", 7, 11, is_right=True, rank=1),
    Column("session", 12, 40, rank=6),
    Column("tags", 4, 24, rank=5),
)
_OUTCOMES = {
    Outcome.RUNNING: Sign("●", "running", Tone.ACCENT),
    Outcome.DONE: Sign("✔", "done", Tone.GOOD),
    Outcome.STOPPED: Sign("■", "stopped", Tone.MUTED),
    Outcome.FAILED: Sign("✖", "failed", Tone.BAD),
    Outcome.INTERRUPTED: Sign("✖", "interrupted", Tone.WARN),
}


def history_rows(sessions: Sequence[SessionRow]) -> list[Row]:
    """Return one row per session."""
    return [_history_row(session) for session in sessions]


def _history_row(session: SessionRow) -> Row:
    sign = _OUTCOMES[session.outcome]
    return Row(
        session.session,
        (
            Cell(units.when(session.started_us)),
            Cell(str(sign), sign.tone),
            cell(session.name, Tone.STRONG),
            cell(session.preset, Tone.MUTED),
            Cell("virtual", Tone.VIRTUAL) if session.is_virtual else Cell("real", Tone.MUTED),
            Cell(str(session.devices)),
            Cell(str(session.variants)),
            Cell(str(session.launches)),
            Cell(units.count(session.samples)),
            cell(session.session, Tone.MUTED),
            cell(", ".join(session.tags), Tone.MUTED),
        ),
        words=(("tag", session.tags),),
    )
