"""The control socket of a virtual bench: one JSON request a line, one JSON answer a line."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

from labtui.errors import BenchUnavailable, UsageError
from labtui.virtual.both import BothBenches

_ANSWER_S = 10.0


@contextlib.asynccontextmanager
async def control_socket(bench: BothBenches) -> AsyncIterator[str]:
    """Take faults on a free port of 127.0.0.1 while the context lasts; yield its address."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, ValueError):  # ValueError: an endless line
            while line := await reader.readline():
                writer.write(json.dumps(await _answer(bench, line)).encode() + b"\n")
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(converse, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()


async def request_fault(control: str, phone: str, fault: str) -> None:
    """Ask a running bench for a fault. Raises UsageError when it refuses, or BenchUnavailable."""
    host, _, port = control.rpartition(":")
    request = json.dumps({"phone": phone, "fault": fault}).encode() + b"\n"
    try:
        async with asyncio.timeout(_ANSWER_S):
            answer = json.loads(await _exchange(host, int(port), request))
    except (OSError, ValueError) as error:
        raise BenchUnavailable(
            f"no virtual bench answers at {control}: is `labtui virtual serve` still running?"
        ) from error
    if not answer["ok"]:
        raise UsageError(answer["error"])


async def _exchange(host: str, port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(request)
        return await reader.readline()
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def _answer(bench: BothBenches, line: bytes) -> dict[str, object]:
    try:
        request = json.loads(line)
        await bench.fault(request["phone"], request["fault"])
    except KeyError as error:
        return {"ok": False, "error": f"no such phone or field: {error.args[0]}"}
    except (ValueError, TypeError, RecursionError, AttributeError):
        return {"ok": False, "error": 'the request is not like {"phone": "…", "fault": "…"}'}
    except UsageError as error:
        return {"ok": False, "error": str(error)}
    return {"ok": True}
