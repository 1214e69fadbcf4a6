"""Commands on a phone through `shell,v2`: separate stdout and stderr, exit code, cancel by close.

The command line is built from lists here and nowhere else, so that nothing reaches a device
shell unquoted.
"""

import contextlib
import shlex
import struct
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from labtui.adapters.android.smartsocket import (
    ANSWER_S,
    NotAdb,
    Route,
    SmartSocket,
    open_service,
)

_HEADER = struct.Struct("<BI")
_MAX_PACKET_BYTES = 1 << 24
MAX_OUTPUT_BYTES = 4 << 20


class PacketId(IntEnum):
    """Kinds of packets of the shell protocol."""

    STDIN = 0
    STDOUT = 1
    STDERR = 2
    EXIT = 3
    CLOSE_STDIN = 4


class ShellStream:
    """A running command."""

    def __init__(self, socket: SmartSocket) -> None:
        self._socket = socket

    async def read(self, limit_s: float | None = ANSWER_S) -> tuple[int, bytes]:
        """Return the next packet: its id and content. Raises SmartSocketError."""
        packet_id, length = _HEADER.unpack(await self._socket.exactly(_HEADER.size, limit_s))
        if length > _MAX_PACKET_BYTES:
            raise NotAdb(f"a packet of {length} bytes")
        return packet_id, await self._socket.exactly(length, limit_s)

    async def write(self, data: bytes) -> None:
        """Write to the command's stdin."""
        await self._socket.send(_HEADER.pack(PacketId.STDIN, len(data)) + data)

    def close_stdin(self) -> None:
        """Let the command read the end of its stdin."""
        self._socket.send_soon(_HEADER.pack(PacketId.CLOSE_STDIN, 0))

    def abort(self) -> None:
        """Close the connection: adbd hangs the command up."""
        self._socket.abort()


@dataclass(frozen=True, slots=True)
class Completed:
    """A command that has ended."""

    exit_code: int
    printed: bytes
    stderr: str

    @property
    def stdout(self) -> str:
        """What it printed to stdout, as text."""
        return self.printed.decode(errors="replace")


@contextlib.asynccontextmanager
async def shell_stream(route: Route, script: str) -> AsyncIterator[ShellStream]:
    """Start a command; leaving the context closes its connection. Raises SmartSocketError."""
    async with await open_service(route, f"shell,v2,raw:{script}") as socket:
        yield ShellStream(socket)


async def run(route: Route, script: str, silence_s: float = ANSWER_S) -> Completed:
    """Run a command to its end; `silence_s` limits each wait for a sign of life."""
    output = {PacketId.STDOUT: bytearray(), PacketId.STDERR: bytearray()}
    async with shell_stream(route, script) as stream:
        while True:
            packet_id, data = await stream.read(silence_s)
            if packet_id == PacketId.EXIT:
                return _completed(data, output)
            if packet_id in output:
                _append(output[PacketId(packet_id)], data)


def _append(kept: bytearray, data: bytes) -> None:
    if len(kept) + len(data) > MAX_OUTPUT_BYTES:
        raise NotAdb(f"a command printed more than {MAX_OUTPUT_BYTES} bytes")
    kept += data


def _completed(exit_data: bytes, output: dict[PacketId, bytearray]) -> Completed:
    return Completed(
        exit_code=exit_data[0] if exit_data else 255,
        printed=bytes(output[PacketId.STDOUT]),
        stderr=output[PacketId.STDERR].decode(errors="replace"),
    )


def command(*words: str) -> str:
    """Return one command line in which every word is one argument, whatever it holds."""
    return shlex.join(words)


def sections(scripts: Sequence[str]) -> str:
    """Return one script that runs several and separates their output, for `split_sections`."""
    return f"; echo {_SEPARATOR}; ".join(scripts)


def split_sections(output: str, count: int) -> list[str]:
    """Return the output of each script; missing ones are empty."""
    parts = output.split(f"{_SEPARATOR}\n")
    return (parts + [""] * count)[:count]


_SEPARATOR = "=====labtui====="
