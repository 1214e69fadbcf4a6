"""Remote service discovery: tells a host inside the tunnel which services listen where."""

import uuid
from collections.abc import Mapping

from labtui.virtual.ios.device import Iphone
from labtui.virtual.ios.link import Link
from labtui.virtual.ios.remote_xpc import serve_remote_xpc
from labtui.virtual.ios.wire import Record

_PROTOCOL_VERSION = 7
_SPEAK_REMOTE_XPC = frozenset({"com.apple.coredevice.appservice"})


async def serve_discovery(phone: Iphone, services: Mapping[str, int], link: Link) -> None:
    """Answer a host's handshake with the phone's own, until the host goes.

    Raises EOFError then, or WireError.
    """
    await serve_remote_xpc(link, lambda _: _handshake(phone, services))


def _handshake(phone: Iphone, services: Mapping[str, int]) -> Record:
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
            name: {"Port": str(port), "Properties": {"UsesRemoteXPC": name in _SPEAK_REMOTE_XPC}}
            for name, port in services.items()
        },
    }
