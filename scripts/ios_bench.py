"""Virtual iPhones in a process of their own, for the benchmarks."""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from labtui.adapters.ios.config import IosConfig
from labtui.adapters.ios.usbmux import MuxAddress
from labtui.cli.virtual_child import virtual_bench

PROFILE = "iphone-14-pro"
LIMIT_S = 120.0


@asynccontextmanager
async def ios_bench(phones: str) -> AsyncIterator[IosConfig]:
    """Run virtual iPhones that trust this computer, in a child."""
    with tempfile.TemporaryDirectory() as folder:
        async with virtual_bench(phones) as bench, asyncio.timeout(LIMIT_S):
            yield IosConfig(Path(folder) / "records", MuxAddress(path=bench.usbmux))
