"""Remote service discovery: tells a host inside the tunnel which services listen where."""

import uuid
from collections.abc import Mapping

from labtui.virtual.ios.device import Iphone
from labtui.virtual.ios.http2 import ACK, END_HEADERS, Frame, FrameKind, read_frame, read_preface
from labtui.virtual.ios.link import Link
from labtui.virtual.ios.xpc import (
    ALWAYS_SET,
    DATA_PRESENT,
    INIT_HANDSHAKE,
    encode_message,
    has_data,
)

_ROOT, _REPLY = 1, 3
_PROTOCOL_VERSION = 7


async def serve_discovery(phone: Iphone, services: Mapping[str, int], link: Link) -> None:
    """Answer a host's handshake with the phone's own, until the host goes (EOFError)."""
    await read_preface(link)
    await link.write(Frame(FrameKind.SETTINGS).encode() + _open(_ROOT, 0) + _open(_REPLY))
    while True:
        frame = await read_frame(link)
        if frame.kind == FrameKind.SETTINGS and not frame.flags & ACK:
            await link.write(Frame(FrameKind.SETTINGS, flags=ACK).encode())
        elif frame.kind == FrameKind.DATA and has_data(frame.body):
            message = encode_message(ALWAYS_SET | DATA_PRESENT, _handshake(phone, services))
            await link.write(Frame(FrameKind.DATA, _ROOT, message).encode())


def _open(stream: int, flags: int = INIT_HANDSHAKE) -> bytes:
    message = encode_message(ALWAYS_SET | flags)
    headers = Frame(FrameKind.HEADERS, stream, flags=END_HEADERS)
    return headers.encode() + Frame(FrameKind.DATA, stream, message).encode()


def _handshake(phone: Iphone, services: Mapping[str, int]) -> dict[str, object]:
    profile = phone.profile
    return {
        "MessageType": "Handshake",
        "MessagingProtocolVersion": _PROTOCOL_VERSION,
        "UUID": uuid.uuid5(uuid.NAMESPACE_OID, phone.udid),
        "Properties": {
            "BuildVersion": profile.build,
            "DeviceClass": "iPhone",
            "HWModel": profile.hardware_model,
            "OSVersion": profile.ios_version,
            "ProductName": "iPhone OS",
            "ProductType": profile.product_type,
            "UniqueChipID": profile.ecid(phone.place.index),
            "UniqueDeviceID": phone.udid,
        },
        "Services": {
            name: {"Port": str(port), "Properties": {"UsesRemoteXPC": False}}
            for name, port in services.items()
        },
    }
