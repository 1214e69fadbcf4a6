import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.adapters.android.desk import Desk, desk_with
from tests.adapters.android.fake_server import FakeServer, serving
from tests.adapters.android.real_adb import (
    BUNDLED_ADB,
    SYSTEM_ADB,
    RealServer,
    start_real_server,
)


@pytest.fixture
async def fake_server() -> AsyncIterator[FakeServer]:
    async with serving() as server:
        yield server


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with desk_with() as desk:
        yield desk


@pytest.fixture(params=[BUNDLED_ADB, SYSTEM_ADB], ids=["bundled", "system"])
async def real_server(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[RealServer]:
    if request.param is None or not os.access(request.param, os.X_OK):
        pytest.skip("there is no such adb here")
    server = await start_real_server(request.param, tmp_path)
    yield server
    await server.kill()
