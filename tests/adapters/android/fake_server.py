"""A small adb server for what a real one cannot be made to show: states, refusals, garbage."""

import asyncio
import contextlib
import hashlib
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from labtui.adapters.android.server import AndroidConfig

SEPARATOR = "=====labtui=====\n"
Answer = tuple[int, str, str]
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def getprop(serialno: str, **more: str) -> str:
    properties = {
        "ro.serialno": serialno, "ro.product.model": "Pixel 7 Pro", "ro.soc.model": "GS201",
        "ro.build.version.release": "14", "ro.product.cpu.abi": "arm64-v8a",
    } | {key.replace("__", "."): value for key, value in more.items()}  # fmt: skip
    return "".join(f"[{key}]: [{value}]\n" for key, value in properties.items())


def vitals(serialno: str, **more: str) -> str:
    parts = [getprop(serialno, **more), "", "1234.56 99.0\n", "", "", "", ""]
    return SEPARATOR.join(parts)


@dataclass
class FakePhone:
    """Answers scripts by their first match; keeps what is pushed to it."""

    answers: dict[str, Answer] = field(default_factory=dict)
    is_hung: bool = False
    refusal: str = ""
    raw: bytes = b""
    """What a shell prints instead of packets."""
    received: bytes = b""
    target: str = ""
    scripts: list[str] = field(default_factory=list)
    endless: str = ""
    """Scripts with this in them print their answer and then go on until they are hung up on."""

    def answer(self, script: str) -> Answer:
        self.scripts.append(script)
        fitting = (answer for part, answer in self.answers.items() if part in script)
        if "sha256sum" in script and script.startswith("sha256sum"):
            return 0, f"{hashlib.sha256(self.received).hexdigest()}  {self.target}\n", ""
        return next(fitting, (0, "", ""))


class FakeServer:
    """One asyncio server on a free port of the loopback interface."""

    def __init__(self) -> None:
        self.version = 41
        self.lines: list[str] = []
        self.phones: dict[int, FakePhone] = {}
        self.asked: list[str] = []
        self._trackers: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def config(self) -> AndroidConfig:
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        return AndroidConfig(port=port, may_start_server=False)

    async def start(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", port)

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def show(self, *lines: str) -> None:
        """Make these the device list and tell whoever follows it."""
        self.lines = list(lines)
        for writer in self._trackers:
            writer.write(self._list())

    def _list(self) -> bytes:
        text = "".join(f"{line}\n" for line in self.lines).encode()
        return b"%04x%b" % (len(text), text)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with contextlib.suppress(EOFError, ConnectionError):
                await self._serve(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        phone: FakePhone | None = None
        while True:
            service = (await reader.readexactly(int(await reader.readexactly(4), 16))).decode()
            self.asked.append(service)
            if service == "host:version":
                writer.write(b"OKAY0004%04x" % self.version)
            elif service == "host:track-devices-l":
                writer.write(b"OKAY" + self._list())
                self._trackers.append(writer)
            elif service.startswith("host:transport-id:"):
                phone = self.phones.get(int(service.rpartition(":")[2]))
                writer.write(b"OKAY" if phone else b"FAIL0011no such transport")
            elif phone is None:
                writer.write(b"FAIL0014unknown host service")
                return
            else:
                await _phone_service(phone, service, (reader, writer))
                return


async def _phone_service(phone: FakePhone, service: str, streams: Streams) -> None:
    reader, writer = streams
    if phone.is_hung:
        await reader.read()
        return
    writer.write(b"OKAY")
    if phone.raw:
        writer.write(phone.raw)
    elif service.startswith("shell,v2,raw:"):
        script = service.partition(":")[2]
        code, stdout, stderr = phone.answer(script)
        packets = [(1, stdout.encode()), (2, stderr.encode()), (3, bytes([code]))]
        is_endless = phone.endless and phone.endless in script
        for packet_id, data in packets[:2] if is_endless else packets:
            writer.write(struct.pack("<BI", packet_id, len(data)) + data)
        if is_endless:
            await reader.read()
    elif service == "sync:":
        await _receive(phone, streams)
    await writer.drain()
    writer.write_eof()
    await reader.read()


async def _receive(phone: FakePhone, streams: Streams) -> None:
    reader, writer = streams
    received = bytearray()
    while True:
        try:
            name, size = struct.unpack("<4sI", await reader.readexactly(8))
        except EOFError:
            return
        if name == b"DONE":
            break
        data = await reader.readexactly(size)
        if name == b"SEND":
            phone.target = data.decode()
        elif phone.refusal:
            break
        else:
            received += data
    phone.received = bytes(received)
    words = phone.refusal.encode()
    writer.write(struct.pack("<4sI", b"FAIL" if words else b"OKAY", len(words)) + words)


@contextlib.asynccontextmanager
async def serving() -> AsyncIterator[FakeServer]:
    server = FakeServer()
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
