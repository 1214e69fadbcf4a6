"""The services of a phone by the names that lockdownd knows them by."""

from labtui.virtual.ios.afc import AfcSession
from labtui.virtual.ios.device import Iphone
from labtui.virtual.ios.diagnostics_relay import serve_diagnostics
from labtui.virtual.ios.house_arrest import serve_house_arrest
from labtui.virtual.ios.image_mounter import serve_image_mounter
from labtui.virtual.ios.installation_proxy import serve_installation_proxy
from labtui.virtual.ios.instruments import serve_instruments
from labtui.virtual.ios.link import Link
from labtui.virtual.ios.notification_proxy import serve_notification_proxy
from labtui.virtual.ios.ports import Service
from labtui.virtual.ios.tunnel import serve_tunnel


async def _serve_afc(phone: Iphone, link: Link) -> None:
    await AfcSession(phone.media, phone.profile.product_type, link, phone.fuse).run()


_SERVICES: dict[str, Service] = {
    "com.apple.afc": _serve_afc,
    "com.apple.mobile.diagnostics_relay": serve_diagnostics,
    "com.apple.mobile.house_arrest": serve_house_arrest,
    "com.apple.mobile.installation_proxy": serve_installation_proxy,
    "com.apple.mobile.mobile_image_mounter": serve_image_mounter,
    "com.apple.mobile.notification_proxy": serve_notification_proxy,
}

_INSTRUMENTS = "com.apple.instruments.remoteserver.DVTSecureSocketProxy"
_NOT_SINCE = (17,)
"""From this iOS on the developer services are no services of lockdownd any more …"""
_TUNNEL = "com.apple.internal.devicecompute.CoreDeviceProxy"
_TUNNEL_SINCE = (17, 4)
"""… and from this one on a tunnel leads to them that needs no root on the host."""


def find_service(phone: Iphone, name: str) -> Service | None:
    """Return a service; None when the phone has none of that name now."""
    ios = phone.profile.ios
    if name == _INSTRUMENTS and ios < _NOT_SINCE:
        is_there = phone.developer_image is not None and phone.has_developer_mode
        return serve_instruments if is_there else None
    if name == _TUNNEL and ios >= _TUNNEL_SINCE:
        return serve_tunnel
    return _SERVICES.get(name)
