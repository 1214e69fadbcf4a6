"""What opening the bench says, and which thread pays for its imports."""

import subprocess
import sys
from pathlib import Path

import pytest

from labtui.cli.compose import open_history
from labtui.cli.settings import Settings
from labtui.core.model import SessionUid
from labtui.store import open_store
from labtui.store.connect import connect_rw

_SPY = """
import asyncio, sys, threading
from pathlib import Path
from labtui.cli.compose import open_bench
from labtui.cli.settings import Settings

class Spy:
    is_main = {}
    def find_spec(self, name, path=None, target=None):
        self.is_main[name] = threading.current_thread() is threading.main_thread()

async def main(folder):
    async with open_bench(Settings(folder / "history.db", folder / "state", virtual=None)):
        heavy = [name for name in Spy.is_main if name.startswith(("labtui.adapters.", "sqlite"))]
        print(len(heavy) > 5, [name for name in heavy if Spy.is_main[name]])

sys.meta_path.insert(0, Spy())
asyncio.run(main(Path(sys.argv[1])))
"""
_ORPHAN = (
    "insert into session (uid, name, preset, seed, plan, started_us, outcome, host,"
    " labtui_version, owner) values (?, '', '', 0, '{}', 0, 'running', '', '', 'gone')"
)


def test_nothing_heavy_is_imported_on_the_event_loop(tmp_path: Path) -> None:
    words = [sys.executable, "-c", _SPY, str(tmp_path)]
    result = subprocess.run(words, capture_output=True, text=True, check=True)
    assert "True []" == result.stdout.strip()


@pytest.mark.parametrize(
    ("sessions", "sentence"),
    [
        ((), ""),
        (("01A",), "1 interrupted session found; `labtui run --resume 01A` finishes it.\n"),
        (
            ("01A", "01B"),
            "2 interrupted sessions found: 01A, 01B; `labtui run --resume SESSION` finishes one.\n",
        ),
    ],
)
def test_interrupted_sessions_are_offered_to_be_finished(
    sessions: tuple[SessionUid, ...],
    sentence: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "history.db"
    open_store(path)
    connection = connect_rw(path)
    connection.executemany(_ORPHAN, [(session,) for session in sessions])
    connection.close()
    open_history(Settings(path, tmp_path, virtual=None))
    assert ("", sentence) == capsys.readouterr()
