"""notification_proxy: clients wait here for what happens on the phone."""

from labtui.virtual.ios.device import Iphone
from labtui.virtual.ios.link import Link
from labtui.virtual.ios.wire import text_of

_MAX_NAMES = 256


async def serve_notification_proxy(phone: Iphone, link: Link) -> None:
    """Relay the notifications that the client observes, until it goes (EOFError) or shuts down."""
    names: set[str] = set()

    async def relay(name: str) -> None:
        if name in names:
            await link.write_plist({"Command": "RelayNotification", "Name": name})

    phone.observers.add(relay)
    try:
        while (request := await link.read_plist()).get("Command") != "Shutdown":
            if request.get("Command") == "ObserveNotification" and len(names) < _MAX_NAMES:
                names.add(text_of(request, "Name"))
        await link.write_plist({"Command": "ProxyDeath"})
    finally:
        phone.observers.discard(relay)
