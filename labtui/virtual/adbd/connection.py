"""One adb connection on the phone's side: handshake, and packets to and from streams."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from labtui.virtual.adbd.auth import Authenticator, Trust
from labtui.virtual.adbd.packet import (
    MAX_PAYLOAD,
    VERSION,
    VERSION_WITH_CHECKSUM,
    BadPacket,
    Command,
    Packet,
    PacketAssembler,
    encode_packet,
)
from labtui.virtual.adbd.stream import AdbStream

Service = Callable[[AdbStream], Awaitable[None]]
_TOKEN, _SIGNATURE, _PUBLIC_KEY = 1, 2, 3


class Host(Protocol):
    """What a connection needs to know of its phone."""

    @property
    def banner(self) -> bytes:
        """Identity and features, as sent in CNXN."""
        ...

    @property
    def authenticator(self) -> Authenticator:
        """Who may connect."""
        ...

    def find_service(self, name: str, connection: "AdbdConnection") -> Service | None:
        """Return what answers an OPEN of `name`; None refuses it."""
        ...

    def connected(self, connection: "AdbdConnection") -> None:
        """Take note of a new connection."""
        ...

    def disconnected(self, connection: "AdbdConnection") -> None:
        """Take note of the end of a connection."""
        ...


class AdbdConnection(asyncio.BufferedProtocol):
    """Speaks for one phone on one TCP connection."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._transport: asyncio.Transport | None = None
        self._assembler = PacketAssembler()
        self._streams: dict[int, AdbStream] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._next_id = 0
        self._max_payload = MAX_PAYLOAD
        self._with_checksum = True
        self._token = b""
        self._is_online = False
        self._is_mute = False
        self._unsent: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the TCP connection."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 (asyncio's own contract)
        self._transport = transport
        self._host.connected(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's signature)
        """Close every stream: the services see the end of their input."""
        self._transport = None
        for stream in tuple(self._streams.values()):
            stream.on_lost()
        self._streams.clear()
        self._host.disconnected(self)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 (asyncio's signature)
        """Return where to receive to."""
        return self._assembler.buffer()

    def buffer_updated(self, nbytes: int) -> None:
        """Handle a packet if one is complete; never waits for a service."""
        try:
            packet = self._assembler.advance(nbytes)
        except BadPacket:
            self.drop()
            return
        if packet is not None:
            self._handle(packet)

    def drop(self) -> None:
        """Cut the connection at once, as a pulled cable does."""
        if self._transport is not None:
            self._transport.abort()

    def mute(self) -> None:
        """Keep the connection, but neither read nor answer: a phone that hangs."""
        self._is_mute = True
        if self._transport is not None:
            self._transport.pause_reading()

    def unmute(self) -> None:
        """Go on where `mute` stopped."""
        self._is_mute = False
        if self._transport is not None:
            self._transport.resume_reading()
            self._transport.writelines(self._unsent)
        self._unsent.clear()

    @property
    def is_busy(self) -> bool:
        """Whether services of this connection still run."""
        return bool(self._tasks)

    async def finished(self) -> None:
        """Wait until every service of this connection has come to its end."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def cancel_services(self) -> None:
        """End every service of this connection."""
        for task in self._tasks:
            task.cancel()

    async def open(self, name: str) -> AdbStream:
        """Open a stream to the host. Raises ConnectionRefusedError when the host declines."""
        stream = self._new_stream(remote_id=0)
        stream.expect_answer()
        self._send(Packet(Command.OPEN, stream.local_id, 0, name.encode() + b"\0"))
        try:
            await stream.opened()
        except ConnectionRefusedError:
            self._streams.pop(stream.local_id, None)
            raise
        return stream

    def _handle(self, packet: Packet) -> None:
        match packet.command:
            case Command.CNXN:
                self._greet(packet)
            case Command.AUTH:
                self._authenticate(packet)
            case Command.OPEN if self._is_online:
                self._open(packet.arg0, bytes(packet.payload))
            case Command.WRTE if stream := self._streams.get(packet.arg1):
                stream.on_data(packet.payload)
            case Command.OKAY if stream := self._streams.get(packet.arg1):
                stream.on_okay(packet.arg0)
            case Command.CLSE if stream := self._streams.pop(packet.arg1, None):
                stream.on_close()

    def _greet(self, packet: Packet) -> None:
        self._with_checksum = packet.arg0 <= VERSION_WITH_CHECKSUM
        self._max_payload = max(1, min(packet.arg1, MAX_PAYLOAD))
        if self._host.authenticator.trust is Trust.OPEN:
            self._go_online()
        else:
            self._challenge()

    def _challenge(self) -> None:
        self._token = self._host.authenticator.new_token()
        self._send(Packet(Command.AUTH, _TOKEN, 0, self._token))

    def _authenticate(self, packet: Packet) -> None:
        guard, data = self._host.authenticator, bytes(packet.payload)
        if packet.arg0 == _SIGNATURE and guard.is_signed(self._token, data):
            self._go_online()
        elif packet.arg0 == _SIGNATURE:
            self._challenge()
        elif packet.arg0 == _PUBLIC_KEY and guard.allow(data):
            self._go_online()

    def _go_online(self) -> None:
        self._is_online = True
        self._send(Packet(Command.CNXN, VERSION, MAX_PAYLOAD, self._host.banner))

    def _open(self, remote_id: int, payload: bytes) -> None:
        name = payload.rstrip(b"\0").decode(errors="surrogateescape")
        service = self._host.find_service(name, self)
        if service is None:
            self._send(Packet(Command.CLSE, 0, remote_id))
            return
        stream = self._new_stream(remote_id)
        self._send(Packet(Command.OKAY, stream.local_id, remote_id))
        task = asyncio.get_running_loop().create_task(self._serve(service, stream))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, service: Service, stream: AdbStream) -> None:
        try:
            await service(stream)
        except (BrokenPipeError, EOFError, ConnectionError):
            pass  # the host went away in the middle: its right, and nobody is left to tell
        finally:
            stream.close()
            self._streams.pop(stream.local_id, None)

    def _new_stream(self, remote_id: int) -> AdbStream:
        self._next_id += 1
        stream = AdbStream(self._send, self._next_id, remote_id, self._max_payload)
        self._streams[stream.local_id] = stream
        return stream

    def _send(self, packet: Packet) -> None:
        if self._transport is None:
            return
        data = encode_packet(packet, self._with_checksum)
        if self._is_mute:
            self._unsent.append(data)
        else:
            self._transport.write(data)
