from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from labtui.virtual.ios.bench import VirtualIphones
from tests.virtual.ios.rig import PRO_13, Iphones


@pytest.fixture
def profiles() -> list[str]:
    """The phones of a test's bench; modules say which by a fixture of this name."""
    return [PRO_13]


@pytest.fixture
async def iphones(
    profiles: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Iphones]:
    """A bench that the clients of this process find, and no other."""
    async with VirtualIphones(profiles) as bench:
        home = tmp_path / "home"
        home.mkdir()
        monkeypatch.setenv("HOME", str(home))
        for name, value in bench.environment.items():
            monkeypatch.setenv(name, value)
        yield Iphones(bench, home)
