"""usbmuxd: lists the phones, says when they come and go, and connects to their ports."""

import asyncio
import contextlib
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from labtui.virtual.ios.link import Link
from labtui.virtual.ios.mux_wire import (
    MuxRequest,
    MuxResult,
    encode_message,
    port_of,
    read_request,
    result,
)
from labtui.virtual.ios.wire import Record, WireError, text_of

_HOST = "127.0.0.1"
SYSTEM_BUID = "30142955-444094379208051516"
_IPHONE_PRODUCT_ID = 0x12A8
_USB_2_BITS_PER_S = 480_000_000
_BUFFER_BYTES = 1 << 19
_MAX_PAIR_RECORDS = 256

PortService = Callable[[Link], Awaitable[None]]


class MuxPhone(Protocol):
    """What usbmuxd needs of a phone."""

    @property
    def udid(self) -> str:
        """Its serial number on USB."""
        ...

    @property
    def awake(self) -> asyncio.Event:
        """Not set while the phone hangs."""
        ...

    def find_service(self, port: int) -> PortService | None:
        """Return what listens at a port; None when nothing does."""
        ...

    async def serve(self, service: PortService, link: Link) -> None:
        """Let a service talk to its client to the end."""
        ...


@dataclass(slots=True, eq=False)
class _Client:
    """One connection of a client."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    task: "asyncio.Task[object] | None" = field(default_factory=asyncio.current_task)

    def send(self, record: Record, tag: int = 0) -> None:
        if not self.writer.is_closing():
            self.writer.write(encode_message(record, tag))


@dataclass(frozen=True, slots=True)
class _Attachment:
    """A phone, from the moment when it is plugged in until it is pulled out."""

    phone: MuxPhone
    has_ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def answers(self) -> bool:
        """Wait until the phone answers, or is gone; return which of them."""
        if not self.phone.awake.is_set():
            waits = [asyncio.ensure_future(e.wait()) for e in (self.phone.awake, self.has_ended)]
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()
        return not self.has_ended.is_set()


class Usbmuxd:
    """Listens on a TCP port of this computer and on a unix socket; nobody else can reach it."""

    def __init__(self, socket_path: Path) -> None:
        self.socket_path = socket_path
        self.port = 0
        """Of 127.0.0.1; known once started."""
        self._servers: list[asyncio.Server] = []
        self._attached: dict[int, _Attachment] = {}
        self._device_ids = itertools.count(1)
        self._clients: set[_Client] = set()
        self._listeners: set[_Client] = set()
        self._pair_records: dict[str, bytes] = {}
        self._requests: dict[str, Callable[[Record], Record]] = {
            "ListDevices": self._list_devices,
            "Listen": lambda _: result(MuxResult.OK),
            "ReadBUID": lambda _: {"BUID": SYSTEM_BUID},
            "ReadPairRecord": self._read_pair_record,
            "SavePairRecord": self._save_pair_record,
            "DeletePairRecord": self._delete_pair_record,
        }

    async def start(self) -> None:
        """Listen. Raises OSError."""
        tcp = await asyncio.start_server(self._serve, _HOST, 0, limit=_BUFFER_BYTES)
        self._servers.append(tcp)
        self.port = tcp.sockets[0].getsockname()[1]
        path = self.socket_path
        unix = await asyncio.start_unix_server(self._serve, path, limit=_BUFFER_BYTES)
        self._servers.append(unix)

    async def stop(self) -> None:
        """Stop listening and end every conversation."""
        for server in self._servers:
            server.close()
        tasks = [client.task for client in self._clients if client.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for server in self._servers:
            await server.wait_closed()
        self._servers.clear()

    def attach(self, phone: MuxPhone) -> int:
        """Let a phone appear, under a number that it never had before."""
        device_id = next(self._device_ids)
        self._attached[device_id] = _Attachment(phone)
        self._tell_listeners(_attached(device_id, phone))
        return device_id

    def detach(self, device_id: int) -> None:
        """Let a phone disappear; harmless when it is gone."""
        attachment = self._attached.pop(device_id, None)
        if attachment is not None:
            attachment.has_ended.set()
            self._tell_listeners({"MessageType": "Detached", "DeviceID": device_id})

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = _Client(reader, writer)
        self._clients.add(client)
        try:
            with contextlib.suppress(EOFError, OSError, WireError, asyncio.CancelledError):
                await self._converse(client)
        finally:
            self._clients.discard(client)
            self._listeners.discard(client)
            writer.transport.abort()

    async def _converse(self, client: _Client) -> None:
        while True:
            request = await read_request(client.reader)
            if request.record.get("MessageType") == "Connect":
                if await self._connect(client, request):
                    return
            else:
                client.send(self._answer(request.record), request.tag)
                if request.record.get("MessageType") == "Listen":
                    self._begin_to_tell(client)
            await client.writer.drain()

    def _answer(self, record: Record) -> Record:
        answer = self._requests.get(text_of(record, "MessageType"))
        return result(MuxResult.BAD_COMMAND) if answer is None else answer(record)

    def _list_devices(self, _: Record) -> Record:
        return {"DeviceList": self._present()}

    def _present(self) -> list[Record]:
        return [_attached(device_id, one.phone) for device_id, one in self._attached.items()]

    def _begin_to_tell(self, client: _Client) -> None:
        """Tell of the phones that are there, and of every change from now on."""
        self._listeners.add(client)
        for record in self._present():
            client.send(record)

    async def _connect(self, client: _Client, request: MuxRequest) -> bool:
        """Connect to a phone's port and stay until that ends; False when there is no way."""
        attachment = self._attached.get(_device_id(request.record))
        if attachment is None or not await attachment.answers():
            client.send(result(MuxResult.BAD_DEVICE), request.tag)
            return False
        phone = attachment.phone
        service = phone.find_service(port_of(request.record))
        if service is None:
            client.send(result(MuxResult.CONNECTION_REFUSED), request.tag)
            return False
        client.send(result(MuxResult.OK), request.tag)
        # From here on not one turn of the loop may pass until TLS begins: the client's first
        # bytes are its handshake.
        await phone.serve(service, Link(client.reader, client.writer, phone.awake))
        return True

    def keep_pair_record(self, udid: str, record: bytes) -> None:
        """Store what a pairing leaves behind, as if a client of this usbmuxd had paired."""
        self._pair_records[udid] = record

    def _read_pair_record(self, record: Record) -> Record:
        data = self._pair_records.get(text_of(record, "PairRecordID"))
        return result(MuxResult.BAD_DEVICE) if data is None else {"PairRecordData": data}

    def _save_pair_record(self, record: Record) -> Record:
        name, data = text_of(record, "PairRecordID"), record.get("PairRecordData")
        if not name or not isinstance(data, bytes) or len(self._pair_records) >= _MAX_PAIR_RECORDS:
            return result(MuxResult.BAD_COMMAND)
        self._pair_records[name] = data
        self._tell_listeners({"MessageType": "Paired", "DeviceID": _device_id(record)})
        return result(MuxResult.OK)

    def _delete_pair_record(self, record: Record) -> Record:
        self._pair_records.pop(text_of(record, "PairRecordID"), None)
        return result(MuxResult.OK)

    def _tell_listeners(self, record: Record) -> None:
        for client in self._listeners:
            client.send(record)


def _device_id(record: Record) -> int:
    number = record.get("DeviceID")
    return number if isinstance(number, int) else 0


def _attached(device_id: int, phone: MuxPhone) -> Record:
    return {
        "MessageType": "Attached",
        "DeviceID": device_id,
        "Properties": {
            "ConnectionSpeed": _USB_2_BITS_PER_S,
            "ConnectionType": "USB",
            "DeviceID": device_id,
            "LocationID": device_id << 16,
            "ProductID": _IPHONE_PRODUCT_ID,
            "SerialNumber": phone.udid,
            "USBSerialNumber": phone.udid,
        },
    }
