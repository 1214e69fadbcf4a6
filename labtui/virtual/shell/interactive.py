"""A shell that reads its commands from the host: `adb shell` without a command."""

from collections.abc import AsyncIterator

from labtui.virtual.device import Device
from labtui.virtual.shell.call import LoopControl, ShellExit
from labtui.virtual.shell.parse import parse_script
from labtui.virtual.shell.run import Shell
from labtui.virtual.shell.syntax import ShellSyntaxError
from labtui.virtual.streams import ByteSink, ByteSource, NoInput, Reader, StandardStreams

_END_OF_TRANSMISSION, _INTERRUPT, _ERASE = b"\x04", b"\x03", {b"\x08", b"\x7f"}


class TerminalSink:
    """What a terminal driver does with output: a carriage return before each newline."""

    def __init__(self, sink: ByteSink) -> None:
        self._sink = sink

    async def write(self, data: bytes | bytearray | memoryview) -> None:
        """Pass bytes on. Raises BrokenPipeError."""
        await self._sink.write(bytes(data).replace(b"\n", b"\r\n"))


async def run_interactive(device: Device, streams: StandardStreams, is_terminal: bool) -> int:
    """Run one line after the other until stdin ends or a line says `exit`.

    Commands get no input of their own: whatever is typed is the next line.
    """
    shell = Shell(device)
    output = TerminalSink(streams.stdout) if is_terminal else streams.stdout
    inner = StandardStreams(NoInput(), output, output if is_terminal else streams.stderr)
    lines = _typed(streams, device) if is_terminal else Reader(streams.stdin).lines()
    async for line in lines:
        try:
            await shell.run(parse_script(line.decode(errors="surrogateescape")), inner)
        except ShellSyntaxError as error:
            shell.status = 1
            await inner.stderr.write(f"sh: syntax error: {error}\n".encode())
        except LoopControl:
            shell.status = 0
        except ShellExit as end:
            return end.status
    return shell.status


async def _typed(streams: StandardStreams, device: Device) -> AsyncIterator[bytes]:
    """Yield the lines typed at a prompt, with the echo a terminal driver gives."""
    prompt = f"{device.properties['ro.product.device']}:/ $ ".encode()
    await streams.stdout.write(prompt)
    line = b""
    async for key in _keys(streams.stdin):
        if key in {b"\r", b"\n"}:
            await streams.stdout.write(b"\r\n")
            yield line
        elif key == _END_OF_TRANSMISSION and not line:
            return
        elif key != _INTERRUPT:
            line = await _edited(line, key, streams.stdout)
            continue
        line = b""
        await streams.stdout.write(prompt)


async def _edited(line: bytes, key: bytes, echo: ByteSink) -> bytes:
    if key not in _ERASE:
        await echo.write(key)
        return line + key
    if line:
        await echo.write(b"\b \b")
    return line[:-1]


async def _keys(source: ByteSource) -> AsyncIterator[bytes]:
    while data := await source.read():
        for at in range(len(data)):
            yield bytes(data[at : at + 1])
