"""Starting an app for a host, whichever service it asks."""

from labtui.virtual.ios.device import Iphone

NOT_FOUND, LOCKED = 4, 7


class StartRefused(Exception):
    """iOS does not start an app; the message says why."""

    def __init__(self, code: int, text: str) -> None:
        """Keep FrontBoard's own code beside the text."""
        super().__init__(text)
        self.code = code


def start_app(phone: Iphone, bundle_id: str, *, ends_running: bool) -> int:
    """Bring an app to the front, or start it anew; return its pid. Raises StartRefused."""
    app = phone.apps.get(bundle_id)
    if app is None or not phone.can_run(app):
        text = f"The request to open {bundle_id!r} failed: not installed, or not allowed."
        raise StartRefused(NOT_FOUND, text)
    if phone.is_locked:
        text = f"Unable to launch {bundle_id}: the device was not, or could not be, unlocked."
        raise StartRefused(LOCKED, text)
    if ends_running:
        phone.close_app(bundle_id)
    return phone.open_app(app)
