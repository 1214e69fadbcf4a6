"""The phone's end of TCP inside the tunnel: as little of it as an ordered carrier needs.

What the host sends arrives in order and complete, since a stream carries it. What the phone sends
may be dropped by a host whose buffers are full, and is then sent again.
"""

import asyncio
from collections.abc import Callable

from labtui.virtual.ios.tcp_wire import ACK, FIN, MSS, PUSH, RST, SYN, Segment

_WINDOW = 0xFFFF
_MAX_IN_FLIGHT = 8 * MSS
_RETRY_S = 0.3
_SEQUENCE = 1 << 32
_FIRST_SEQ = 1


class TcpConnection(asyncio.Transport):
    """One connection that a host has opened; an asyncio transport."""

    def __init__(self, opening: Segment, send: Callable[[Segment], None]) -> None:
        super().__init__()
        self._source, self._target = opening.target, opening.source
        self._send_segment = send
        self._received = (opening.seq + 1) % _SEQUENCE
        self._acknowledged = _FIRST_SEQ
        self._in_flight = 0
        self._unsent = bytearray()
        """From the first byte that is not acknowledged on."""
        self._window = opening.window
        self._window_scale = opening.window_scale
        self._is_closing = False
        self._is_finished = False
        self._retry: asyncio.TimerHandle | None = None
        self._protocol: asyncio.Protocol | None = None

    def open(self, protocol: asyncio.Protocol) -> None:
        """Accept the connection."""
        self._protocol = protocol
        protocol.connection_made(self)
        self._send(SYN | ACK, seq=_FIRST_SEQ - 1)

    @property
    def is_over(self) -> bool:
        """Whether everything has been said and heard."""
        return self._protocol is None and (self._is_finished or not self._unsent)

    def receive(self, segment: Segment) -> None:
        """Take what the host sends."""
        if segment.flags & RST:
            self._forget()
            return
        if segment.flags & SYN:  # the answer to it was lost
            self._send(SYN | ACK, seq=_FIRST_SEQ - 1)
            return
        self._window = segment.window << self._window_scale
        if segment.flags & ACK:
            self._take_acknowledgement(segment.ack)
        if segment.data or segment.flags & FIN:
            self._take_data(segment)
        self._pump()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send bytes."""
        self._unsent += data
        self._pump()

    def is_closing(self) -> bool:
        """Return whether it is closed or about to be."""
        return self._is_closing

    def close(self) -> None:
        """Send what is left, then the end."""
        if not self._is_closing:
            self._is_closing = True
            self._pump()
            asyncio.get_running_loop().call_soon(self._lose)

    def abort(self) -> None:
        """End at once."""
        if not self._is_finished:
            self._send(RST | ACK)
        self._forget()

    def _take_acknowledgement(self, ack: int) -> None:
        count = (ack - self._acknowledged) % _SEQUENCE
        if 0 < count <= self._in_flight:
            del self._unsent[:count]
            self._acknowledged = ack
            self._in_flight -= count
            self._stop_retrying()

    def _take_data(self, segment: Segment) -> None:
        """Take what is new of it; what was sent before is only acknowledged again."""
        known = (self._received - segment.seq) % _SEQUENCE
        data = segment.data[known:] if known <= len(segment.data) else b""
        self._received = (self._received + len(data)) % _SEQUENCE
        is_end = bool(segment.flags & FIN) and known <= len(segment.data)
        if is_end:
            self._received = (self._received + 1) % _SEQUENCE
        self._send(ACK)
        if self._protocol is not None:
            if data:
                self._protocol.data_received(data)
            if is_end:
                self._protocol.eof_received()

    def _pump(self) -> None:
        room = min(self._window, _MAX_IN_FLIGHT)
        while self._in_flight < min(room, len(self._unsent)):
            piece = bytes(self._unsent[self._in_flight : self._in_flight + MSS])
            self._send(ACK | PUSH, seq=self._acknowledged + self._in_flight, data=piece)
            self._in_flight += len(piece)
            self._retry = self._retry or asyncio.get_running_loop().call_later(
                _RETRY_S, self._send_again
            )
        if self._is_closing and not self._unsent and not self._is_finished:
            self._is_finished = True
            self._send(FIN | ACK)

    def _send_again(self) -> None:
        self._retry = None
        self._in_flight = 0
        self._pump()

    def _stop_retrying(self) -> None:
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None

    def _send(self, flags: int, seq: int | None = None, data: bytes = b"") -> None:
        place = self._acknowledged + self._in_flight if seq is None else seq
        self._send_segment(
            Segment(
                source=self._source,
                target=self._target,
                seq=place % _SEQUENCE,
                ack=self._received,
                flags=flags,
                window=_WINDOW,
                data=data,
            )
        )

    def _forget(self) -> None:
        """Drop what is left to say."""
        self._is_finished = True
        self._unsent.clear()
        self._lose()

    def _lose(self) -> None:
        """Tell the protocol that nothing more comes."""
        self._is_closing = True
        if not self._unsent:
            self._stop_retrying()
        if self._protocol is not None:
            protocol, self._protocol = self._protocol, None
            protocol.connection_lost(None)
