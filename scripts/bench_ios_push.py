"""How fast files reach an iPhone, against pymobiledevice3's own push().

The phones, labtui's worker and the rival are processes of their own; both send the same file
through the same unix socket in each round, in alternating order, and the ratio is the median over
the rounds.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from labtui.adapters.ios.config import ADDRESS_VARIABLE, IosConfig
from labtui.adapters.ios.helper import Helper
from labtui.adapters.ios.messages import Op
from labtui.adapters.ios.usbmux import list_entries
from labtui.virtual.ios.apps import RUNNER_BUNDLE_ID
from scripts.ios_bench import PROFILE, ios_bench

PUSH_BYTES, PUSH_ROUNDS, PUSH_RATIO = 300_000_000, 9, 1.5
_OURS, _THEIRS = "/Documents/labtui/variants/ours", "/Documents/theirs"


async def measure_push() -> dict[str, object]:
    """Return the median rates and their ratio."""
    with tempfile.NamedTemporaryFile() as content:
        content.write(os.urandom(PUSH_BYTES))
        content.flush()
        async with ios_bench(PROFILE) as config:
            (entry,) = await list_entries(config.address)
            helper = Helper(config, entry)
            rival = await _start_rival(config, entry.serial)
            try:
                ours, theirs = await _race(helper, rival, content.name)
            finally:
                rival.kill()
                await rival.communicate()
                await helper.close()
    ratio = statistics.median(t / o for o, t in zip(ours, theirs, strict=True))
    baseline = PUSH_BYTES / 1e6 / statistics.median(theirs)
    return {
        "name": f"push of {PUSH_BYTES / 1e6:.0f} MB to an iPhone",
        "value": round(PUSH_BYTES / 1e6 / statistics.median(ours), 1),
        "unit": "MB/s",
        "target": f">= {PUSH_RATIO} x",
        "ratio_to": f"pymobiledevice3 {version('pymobiledevice3')} push(), {baseline:.1f} MB/s",
        "ratio": round(ratio, 2),
        "ok": ratio >= PUSH_RATIO,
    }


async def _start_rival(config: IosConfig, serial: str) -> asyncio.subprocess.Process:
    records = config.records.with_name("rival")
    records.mkdir()
    program = Path(__file__).with_name("pymobiledevice3_push.py")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(program), serial, RUNNER_BUNDLE_ID, str(records)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, ADDRESS_VARIABLE: str(config.address)},
    )
    await _done(process)
    return process


async def _done(rival: asyncio.subprocess.Process) -> None:
    assert rival.stdout is not None
    assert await rival.stdout.readline() == b"done\n"


async def _race(
    helper: Helper, rival: asyncio.subprocess.Process, local: str
) -> tuple[list[float], list[float]]:
    """Return the seconds of both in each round."""

    async def ours() -> None:
        await helper.follow(
            Op.PUSH, lambda _done, _total: None, bundle_id=RUNNER_BUNDLE_ID, local=local, path=_OURS
        )

    async def theirs() -> None:
        assert rival.stdin is not None
        rival.stdin.write(f"{local}\t{_THEIRS}\n".encode())
        await _done(rival)

    async def lap(push: Callable[[], Awaitable[None]]) -> float:
        started_s = time.perf_counter()
        await push()
        elapsed_s = time.perf_counter() - started_s
        await helper.ask(Op.REMOVE, bundle_id=RUNNER_BUNDLE_ID, paths=[_OURS, _THEIRS])
        return elapsed_s

    await helper.ask(Op.SURVEY, bundle_id=RUNNER_BUNDLE_ID, path="/Documents")  # starts the worker
    times: dict[Callable[[], Awaitable[None]], list[float]] = {ours: [], theirs: []}
    for number in range(PUSH_ROUNDS):
        for push in (ours, theirs) if number % 2 else (theirs, ours):
            times[push].append(await lap(push))
    return times[ours], times[theirs]
