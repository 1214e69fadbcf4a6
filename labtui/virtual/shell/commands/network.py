"""`nc`, the only way from a phone's shell to its sockets."""

import asyncio
import contextlib

from labtui.virtual.shell.call import Call, CommandError, options
from labtui.virtual.sockets import SocketEnd
from labtui.virtual.streams import ByteSource, Pipe


async def _nc(call: Call) -> int:
    """`nc HOST PORT` and `nc -l -p PORT`: stdin to the connection, the connection to stdout."""
    flags, operands = options(call.args, "lp:")
    if "l" in flags:
        end = await _accepted(call, f"tcp:{flags.get('p') or ''.join(operands)}")
    elif len(operands) == 2:
        end = await call.device.sockets.connect(f"tcp:{operands[1]}")
    else:
        raise CommandError("needs a host and a port")
    await _talk(call, end)
    return 0


async def _accepted(call: Call, name: str) -> SocketEnd:
    arrived: asyncio.Future[SocketEnd] = asyncio.get_running_loop().create_future()

    async def accept(end: SocketEnd) -> None:
        call.device.sockets.stop(name)
        arrived.set_result(end)

    call.device.sockets.listen(name, accept)
    try:
        return await arrived
    finally:
        call.device.sockets.stop(name)


async def _talk(call: Call, end: SocketEnd) -> None:
    """Carry bytes both ways until the other side has said everything."""
    feeder = asyncio.create_task(_feed(call.stdin, end.outgoing))
    try:
        while data := await end.incoming.read():
            await call.stdout.write(data)
    finally:
        feeder.cancel()
        await asyncio.gather(feeder, return_exceptions=True)
        await end.close()


async def _feed(source: ByteSource, pipe: Pipe) -> None:
    with contextlib.suppress(BrokenPipeError):
        while data := await source.read():
            await pipe.write(data)
        await pipe.end()


COMMANDS = {"nc": _nc}
