"""house_arrest: AFC inside the container of one app."""

from labtui.virtual.ios.afc import AfcSession
from labtui.virtual.ios.apps import App
from labtui.virtual.ios.device import Iphone
from labtui.virtual.ios.files import SandboxFolder
from labtui.virtual.ios.link import Link
from labtui.virtual.ios.wire import text_of

_DOCUMENTS = "/Documents"


async def serve_house_arrest(phone: Iphone, link: Link) -> None:
    """Take one Vend command, then speak AFC. Raises EOFError when the client goes."""
    request = await link.read_plist()
    command, app = text_of(request, "Command"), phone.apps.get(text_of(request, "Identifier"))
    refusal = _refusal(command, app)
    if app is None or refusal:
        await link.write_plist({"Error": refusal})
        return
    await link.write_plist({"Status": "Complete"})
    visible = _DOCUMENTS if command == "VendDocuments" else "/"
    folder = SandboxFolder(phone.apps.container(app), phone.storage, visible)
    await AfcSession(folder, phone.profile.product_type, link, phone.fuse).run()


def _refusal(command: str, app: App | None) -> str:
    """Return why an app's files stay closed; empty when they do not.

    Documents are open when the app shares files, the container when it is development-signed.
    """
    allowed = {"VendDocuments", "VendContainer"}
    if command not in allowed:
        return "UnknownCommand"
    if app is None:
        return "ApplicationLookupFailed"
    is_open = app.has_file_sharing if command == "VendDocuments" else app.is_debuggable
    return "" if is_open else "InstallationLookupFailed"
