"""Where the dashboard refuses to start."""

import os
import shlex
import sys
from pathlib import Path

import pytest

from tests.terminal import ENTER_ALT, Terminal

LABTUI = f"{shlex.quote(sys.executable)} -m labtui"


@pytest.mark.parametrize("redirected", ["<", ">", "2>"], ids=["stdin", "stdout", "stderr"])
def test_every_standard_stream_must_be_a_terminal(tmp_path: Path, redirected: str) -> None:
    elsewhere, said = tmp_path / "elsewhere", tmp_path / "said"
    elsewhere.touch()
    command = (
        f"{LABTUI} {redirected}{shlex.quote(str(elsewhere))}; echo $? >{shlex.quote(str(said))}"
    )
    terminal = Terminal(["/bin/sh", "-c", command], {**os.environ, "HOME": str(tmp_path)})
    try:
        assert 0 == terminal.end()
    finally:
        terminal.child.close(force=True)
    assert "2" == said.read_text().strip()
    words = elsewhere.read_text() if redirected == "2>" else terminal.text
    assert "The dashboard needs a terminal" in words
    assert ENTER_ALT not in terminal.raw
