"""Cleaning up in spite of being cancelled."""

import asyncio
from collections.abc import Awaitable


async def uninterrupted(work: Awaitable[object]) -> None:
    """Wait until `work` is done, however often the caller is cancelled meanwhile."""
    task = asyncio.ensure_future(work)
    was_cancelled = False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            was_cancelled = True
    task.result()
    if was_cancelled:
        raise asyncio.CancelledError
