"""CoreDeviceProxy of iOS 17.4 and newer: a tunnel of IPv6 packets to services behind lockdownd."""

import asyncio
import contextlib
import ipaddress
import json
import struct
from collections.abc import Awaitable, Callable, Mapping

from labtui.virtual.ios.app_service import serve_app_service
from labtui.virtual.ios.device import Iphone
from labtui.virtual.ios.discovery import serve_discovery
from labtui.virtual.ios.instruments import serve_instruments
from labtui.virtual.ios.link import Link
from labtui.virtual.ios.tcp import TcpConnection
from labtui.virtual.ios.tcp_wire import (
    ACK,
    IPV6_HEADER,
    RST,
    SYN,
    Segment,
    decode_segment,
    encode_segment,
    payload_bytes,
)
from labtui.virtual.ios.wire import WireError

_MAGIC = b"CDTunnel"
_MTU = 16_000
_PHONE, _HOST = ipaddress.IPv6Address("fd5a:7e57::1"), ipaddress.IPv6Address("fd5a:7e57::2")
_DISCOVERY_PORT, _INSTRUMENTS_PORT, _APP_SERVICE_PORT = 58783, 58784, 58785
_MAX_CONNECTIONS = 64

_Service = Callable[[Link], Awaitable[None]]
_DEVELOPER_PORTS = {
    "com.apple.instruments.dtservicehub": _INSTRUMENTS_PORT,
    "com.apple.coredevice.appservice": _APP_SERVICE_PORT,
}
_DEVELOPER_SERVICES = {_INSTRUMENTS_PORT: serve_instruments, _APP_SERVICE_PORT: serve_app_service}


async def serve_tunnel(phone: Iphone, link: Link) -> None:
    """Shake hands, then carry packets until the host goes. Raises EOFError then, or WireError."""
    await _shake_hands(link)
    tunnel = _Tunnel(phone)
    sender = asyncio.ensure_future(tunnel.send(link))
    try:
        while True:
            header = await link.read_exactly(IPV6_HEADER.size)
            tunnel.receive(header + await link.read_exactly(payload_bytes(header)))
    finally:
        sender.cancel()
        await asyncio.gather(sender, return_exceptions=True)
        await tunnel.close()


async def _shake_hands(link: Link) -> None:
    if await link.read_exactly(len(_MAGIC)) != _MAGIC:
        raise WireError("not a tunnel's handshake")
    (length,) = struct.unpack(">H", await link.read_exactly(2))
    await link.read_exactly(length)
    answer = {
        "type": "serverHandshakeResponse",
        "clientParameters": {
            "address": str(_HOST),
            "mtu": _MTU,
            "netmask": "ffff:ffff:ffff:ffff::",
        },
        "serverAddress": str(_PHONE),
        "serverRSDPort": _DISCOVERY_PORT,
    }
    body = json.dumps(answer).encode()
    await link.write(_MAGIC + struct.pack(">H", len(body)) + body)


def _services(phone: Iphone) -> Mapping[str, int]:
    """Return what is there now: the developer services need their image and Developer Mode."""
    is_there = phone.developer_image is not None and phone.has_developer_mode
    return _DEVELOPER_PORTS if is_there else {}


class _Tunnel:
    """The connections inside one tunnel."""

    def __init__(self, phone: Iphone) -> None:
        self._phone = phone
        self._connections: dict[tuple[int, int], TcpConnection] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._outgoing: asyncio.Queue[bytes] = asyncio.Queue()

    async def send(self, link: Link) -> None:
        """Send packets as they come."""
        while True:
            await link.write(await self._outgoing.get())

    def receive(self, packet: bytes) -> None:
        """Take a packet of the host."""
        segment = decode_segment(packet)
        if segment is None:
            return
        key = (segment.source, segment.target)
        if segment.flags & SYN and key not in self._connections:
            self._open(key, segment)
        elif key in self._connections:
            self._connections[key].receive(segment)
            if self._connections[key].is_over:
                del self._connections[key]

    async def close(self) -> None:
        """End every connection."""
        for connection in self._connections.values():
            connection.abort()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _open(self, key: tuple[int, int], opening: Segment) -> None:
        service = self._find_service(opening.target)
        if service is None or len(self._connections) >= _MAX_CONNECTIONS:
            ack = (opening.seq + 1) % (1 << 32)
            self._put(Segment(opening.target, opening.source, 0, ack, RST | ACK, 0))
            return
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        connection = self._connections[key] = TcpConnection(opening, self._put)
        connection.open(protocol)
        writer = asyncio.StreamWriter(connection, protocol, reader, loop)
        task = loop.create_task(_converse(service, Link(reader, writer, self._phone.awake)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _find_service(self, port: int) -> _Service | None:
        if port == _DISCOVERY_PORT:
            return lambda link: serve_discovery(self._phone, _services(self._phone), link)
        if port in _services(self._phone).values():
            return lambda link: _DEVELOPER_SERVICES[port](self._phone, link)
        return None

    def _put(self, segment: Segment) -> None:
        self._outgoing.put_nowait(encode_segment(segment, _PHONE.packed, _HOST.packed))


async def _converse(service: _Service, link: Link) -> None:
    try:
        with contextlib.suppress(EOFError, OSError, WireError):
            await service(link)
    finally:
        await link.close()
