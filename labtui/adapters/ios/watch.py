"""Work with a phone that may stop answering at any moment."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

SILENCE_S = 1.0
"""Quiet time during work after which the phone is asked whether it is still there."""

_T = TypeVar("_T")


async def watched(
    work: Coroutine[Any, Any, _T],
    probe: Callable[[], Awaitable[None]],
    progress: Callable[[], int] = lambda: 0,
) -> _T:
    """Do work; whenever it makes no progress for long, probe the phone, which may raise."""
    task = asyncio.ensure_future(work)
    try:
        while not task.done():
            before = progress()
            await asyncio.wait({task}, timeout=SILENCE_S)
            if not task.done() and progress() == before:
                await probe()
        return task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
