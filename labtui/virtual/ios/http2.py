"""The frames of HTTP/2, as far as RemoteXPC uses them."""

from dataclasses import dataclass
from enum import IntEnum

from labtui.virtual.ios.link import Link
from labtui.virtual.ios.wire import WireError

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_HEADER_BYTES = 9
_MAX_FRAME_BYTES = 1 << 18
ACK = 0x1
END_HEADERS = 0x4


class FrameKind(IntEnum):
    """What a frame is; others are left aside."""

    DATA = 0
    HEADERS = 1
    SETTINGS = 4


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of a stream."""

    kind: int
    stream: int = 0
    body: bytes = b""
    flags: int = 0

    def encode(self) -> bytes:
        """Return its bytes."""
        head = len(self.body).to_bytes(3) + bytes([self.kind, self.flags])
        return head + self.stream.to_bytes(4) + self.body


async def read_preface(link: Link) -> None:
    """Read what a client begins with. Raises EOFError, WireError."""
    if await link.read_exactly(len(_PREFACE)) != _PREFACE:
        raise WireError("not HTTP/2")


async def read_frame(link: Link) -> Frame:
    """Return the next frame. Raises EOFError at the end, WireError for one that is too long."""
    head = await link.read_exactly(_HEADER_BYTES)
    length = int.from_bytes(head[:3])
    if length > _MAX_FRAME_BYTES:
        raise WireError(f"an HTTP/2 frame of {length} bytes")
    stream = int.from_bytes(head[5:]) & 0x7FFFFFFF
    return Frame(head[3], stream, await link.read_exactly(length), head[4])
