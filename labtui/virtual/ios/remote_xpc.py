"""RemoteXPC as a service listens for it: records asked and answered over HTTP/2."""

from collections.abc import Callable

from labtui.virtual.ios.http2 import ACK, END_HEADERS, Frame, FrameKind, read_frame, read_preface
from labtui.virtual.ios.link import Link
from labtui.virtual.ios.wire import Record
from labtui.virtual.ios.xpc import ALWAYS_SET, DATA_PRESENT, INIT_HANDSHAKE, encode_message
from labtui.virtual.ios.xpc_reading import MessageBuffer

_ROOT, _REPLY = 1, 3
_WINDOW_UPDATE = 8
_IS_REPLY = 0x20000


async def serve_remote_xpc(link: Link, answer: Callable[[Record], Record]) -> None:
    """Shake hands, then answer what carries a record, until the host goes.

    Raises EOFError then, or WireError.
    """
    await read_preface(link)
    await link.write(Frame(FrameKind.SETTINGS).encode() + _open(_ROOT, 0) + _open(_REPLY))
    messages = MessageBuffer()
    while True:
        frame = await read_frame(link)
        if frame.kind == FrameKind.SETTINGS and not frame.flags & ACK:
            await link.write(Frame(FrameKind.SETTINGS, flags=ACK).encode())
        elif frame.kind == FrameKind.DATA:
            await link.write(_give_room(frame))
            if frame.stream == _ROOT:
                for message in messages.feed(frame.body):
                    if message.record:
                        await link.write(_reply(message.number, answer(message.record)))


def _open(stream: int, flags: int = INIT_HANDSHAKE) -> bytes:
    message = encode_message(ALWAYS_SET | flags)
    headers = Frame(FrameKind.HEADERS, stream, flags=END_HEADERS)
    return headers.encode() + Frame(FrameKind.DATA, stream, message).encode()


def _give_room(frame: Frame) -> bytes:
    """Return what lets the host send as many bytes again: on the connection, and on the stream."""
    room = len(frame.body).to_bytes(4)
    updates = (Frame(_WINDOW_UPDATE, stream, room).encode() for stream in (0, frame.stream))
    return b"".join(updates) if frame.body else b""


def _reply(number: int, record: Record) -> bytes:
    message = encode_message(ALWAYS_SET | DATA_PRESENT | _IS_REPLY, record, number)
    return Frame(FrameKind.DATA, _ROOT, message).encode()
