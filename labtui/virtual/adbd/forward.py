"""Port forwarding in both directions, between the host and the phone's own sockets."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from labtui.virtual.adbd.stream import AdbStream
from labtui.virtual.sockets import SocketEnd, SocketTable
from labtui.virtual.streams import ByteSink, ByteSource

OpenStream = Callable[[str], Awaitable[AdbStream]]
"""Opens a stream to an address on the host."""


async def serve_connect(stream: AdbStream, sockets: SocketTable, name: str) -> None:
    """Connect a stream of the host with a socket of the phone, until either ends."""
    end = await sockets.connect(name)
    await _join(stream, end)


class ReverseForwards:
    """The `reverse:` requests of one connection: phone sockets that lead to the host."""

    def __init__(self, sockets: SocketTable, open_stream: OpenStream) -> None:
        self._sockets = sockets
        self._open_stream = open_stream
        self._targets: dict[str, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, stream: AdbStream, request: str) -> None:
        """Answer one request in adb's `OKAY` / `FAIL` style."""
        try:
            answer = self._answer(request)
        except (OSError, KeyError, ValueError) as error:
            answer = "FAIL" + _sized(str(error.args[-1]))
        await stream.write(answer.encode())

    def close(self) -> None:
        """Stop all forwards: the connection they belong to is gone."""
        for local in self._targets:
            self._sockets.stop(local)
        self._targets.clear()
        for task in self._tasks:
            task.cancel()

    def _answer(self, request: str) -> str:
        verb, _, rest = request.partition(":")
        match verb:
            case "forward":
                return self._forward(rest)
            case "list-forward":
                lines = (f"host-1 {local} {target}\n" for local, target in self._targets.items())
                return _sized("".join(lines))
            case "killforward":
                return self._kill(rest)
            case "killforward-all":
                self.close()
                return "OKAY"
        raise ValueError(f"unknown reverse request {verb}")

    def _forward(self, rest: str) -> str:
        may_rebind = not rest.startswith("norebind:")
        local, separator, target = rest.removeprefix("norebind:").partition(";")
        if not separator:
            raise ValueError("bad forward: no target")
        chosen = f"tcp:{self._sockets.free_port()}" if local == "tcp:0" else local
        if chosen in self._targets and not may_rebind:
            raise ValueError(f"cannot rebind existing socket {chosen}")
        if chosen not in self._targets:
            self._sockets.listen(chosen, lambda end: self._accept(chosen, end))
        self._targets[chosen] = target
        return "OKAY" + (_sized(chosen.removeprefix("tcp:")) if local == "tcp:0" else "")

    def _kill(self, local: str) -> str:
        if local not in self._targets:
            raise KeyError(f"listener '{local}' not found")
        del self._targets[local]
        self._sockets.stop(local)
        return "OKAY"

    async def _accept(self, local: str, end: SocketEnd) -> None:
        task = asyncio.create_task(self._carry(self._targets[local], end))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, target: str, end: SocketEnd) -> None:
        try:
            stream = await self._open_stream(target)
        except ConnectionRefusedError:
            await end.close()
            return
        await _join(stream, end)


def _sized(text: str) -> str:
    return f"{len(text.encode()):04x}{text}"


async def _join(stream: AdbStream, end: SocketEnd) -> None:
    """Carry bytes both ways; the end of either direction ends the connection, as adb does it."""
    there = asyncio.create_task(_copy(stream, end.outgoing))
    back = asyncio.create_task(_copy(end.incoming, stream))
    try:
        await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
        if there.done():
            await end.outgoing.end()
    finally:
        there.cancel()
        back.cancel()
        await asyncio.gather(there, back, return_exceptions=True)
        await end.close()
        stream.close()


async def _copy(source: ByteSource, sink: ByteSink) -> None:
    with contextlib.suppress(BrokenPipeError):
        while data := await source.read():
            await sink.write(data)
