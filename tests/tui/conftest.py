"""Fixtures of the TUI tests."""

import pytest

from labtui.tui.app import LabtuiApp
from tests.tui.fakes import FakeLab


@pytest.fixture(autouse=True)
def _no_colours_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the caller's terminal settings out."""
    for name in ("NO_COLOR", "COLORTERM", "TEXTUAL_THEME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TZ", "UTC")


@pytest.fixture
def lab() -> FakeLab:
    """Four virtual phones, two variants."""
    return FakeLab()


@pytest.fixture
def app(lab: FakeLab) -> LabtuiApp:
    """The app on that bench."""
    return LabtuiApp(lab.startup)
