"""Requests in, answers out; the end of stdin ends everything, however stuck it is."""

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import Callable

from labtui.adapters.ios.messages import (
    MAX_LINE_BYTES,
    Arguments,
    Done,
    Message,
    Op,
    Progress,
    encode_message,
)
from labtui.adapters.ios.worker.operations import OPERATIONS
from labtui.adapters.ios.worker.phone import Phone
from labtui.adapters.ios.worker.translate import translate

_PROGRESS_S = 0.1


async def serve(phone: Phone, answers_fd: int) -> None:
    """Carry out one request after the other."""
    requests: asyncio.Queue[bytes] = asyncio.Queue()
    reading = asyncio.create_task(_read_requests(requests))
    try:
        while True:
            request = json.loads(await requests.get())
            number, op = request.pop("id"), Op(request.pop("op"))
            say = _speaker(answers_fd, number)
            say(await _carry_out(phone, op, request, say))
    finally:
        reading.cancel()


async def _read_requests(requests: asyncio.Queue[bytes]) -> None:
    """Read on while a request is under way: a worker whose master is gone must not stay."""
    reader = asyncio.StreamReader(limit=MAX_LINE_BYTES)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    while line := await reader.readline():
        requests.put_nowait(line)
    os._exit(0)


async def _carry_out(
    phone: Phone, op: Op, arguments: Arguments, say: Callable[[Message], None]
) -> Message:
    try:
        return Done(await OPERATIONS[op](phone, arguments, _throttled(say)))
    except Exception as error:  # noqa: BLE001 (nothing may pass: a traceback can hold a key)
        answer = translate(error)
    # Whatever failed may have left its connection in the middle of a message.
    with contextlib.suppress(Exception):
        await phone.hang_up()
    return answer


def _speaker(answers_fd: int, number: int) -> Callable[[Message], None]:
    def say(message: Message) -> None:
        rest = encode_message(number, message)
        while rest:
            rest = rest[os.write(answers_fd, rest) :]

    return say


def _throttled(say: Callable[[Message], None]) -> Callable[[int, int], None]:
    said_s = 0.0

    def report(done: int, total: int) -> None:
        nonlocal said_s
        now_s = time.monotonic()
        if now_s - said_s >= _PROGRESS_S or done >= total:
            said_s = now_s
            say(Progress(done, total))

    return report
