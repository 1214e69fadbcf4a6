from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.adapters.ios.rig import Desk, desk


@pytest.fixture
def profile() -> str:
    """The phone of a test's bench; tests say which by a parameter of this name."""
    return "iphone-14-pro"


@pytest.fixture
async def ios(tmp_path: Path, profile: str) -> AsyncIterator[Desk]:
    """A bus that sees one iPhone, which trusts nobody yet."""
    async with desk(tmp_path, profile) as prepared:
        yield prepared
