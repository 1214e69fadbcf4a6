"""Fixtures of the tests that use labtui as its user does."""

from pathlib import Path

import pytest

from tests.e2e.rig import Labtui
from tests.tiny_tflite import fully_connected


@pytest.fixture
def labtui(tmp_path: Path) -> Labtui:
    """Return the command with a home and a history of its own."""
    return Labtui(tmp_path)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """Return a variant of a few hundred bytes."""
    path = tmp_path / "tiny.fp32.tflite"
    path.write_bytes(fully_connected())
    return path
