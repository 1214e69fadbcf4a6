"""installation_proxy: which apps are there; install and remove them."""

import asyncio
from collections.abc import Callable

from labtui.virtual.ios.apps import App
from labtui.virtual.ios.device import Iphone
from labtui.virtual.ios.ipa import BadPackage, read_ipa
from labtui.virtual.ios.link import Link
from labtui.virtual.ios.wire import Record, text_of

_INSTALL_STAGES = (
    ("CreatingStagingDirectory", 5),
    ("ExtractingPackage", 15),
    ("InspectingPackage", 20),
    ("VerifyingApplication", 40),
    ("CreatingContainer", 50),
    ("InstallingApplication", 60),
    ("PostflightingApplication", 70),
    ("SandboxingApplication", 80),
    ("GeneratingApplicationMap", 90),
)
_UNINSTALL_STAGES = (("RemovingApplication", 50), ("GeneratingApplicationMap", 90))


class _Refused(Exception):
    """The phone will not install a package: its code, and a sentence."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(code)
        self.record: Record = {"Error": code, "ErrorDescription": description}


async def serve_installation_proxy(phone: Iphone, link: Link) -> None:
    """Serve requests until the client goes. Raises EOFError then."""
    proxy = _Proxy(phone, link)
    while True:
        await proxy.answer(await link.read_plist())


class _Proxy:
    """One client's requests."""

    def __init__(self, phone: Iphone, link: Link) -> None:
        self._phone = phone
        self._link = link
        self._commands = {
            "Browse": self._browse,
            "Lookup": self._lookup,
            "Install": self._install,
            "Upgrade": self._install,
            "Uninstall": self._uninstall,
        }

    async def answer(self, request: Record) -> None:
        command = self._commands.get(text_of(request, "Command"))
        if command is None:
            await self._link.write_plist({"Error": "UnknownCommand"})
            return
        try:
            await command(request)
        except _Refused as refusal:
            await self._link.write_plist(refusal.record)

    async def _browse(self, request: Record) -> None:
        found = list(self._found(request).values())
        await self._link.write_plist(
            {
                "Status": "BrowsingApplications",
                "CurrentIndex": 0,
                "CurrentAmount": len(found),
                "CurrentList": found,
            }
        )
        await self._complete()

    async def _lookup(self, request: Record) -> None:
        await self._link.write_plist({"Status": "Complete", "LookupResult": self._found(request)})

    async def _install(self, request: Record) -> None:
        app = await self._read_package(text_of(request, "PackagePath"))
        await self._show_progress(_INSTALL_STAGES)
        self._phone.close_app(app.bundle_id)
        self._phone.apps.install(app)
        await self._complete()
        await self._phone.notify("com.apple.mobile.application_installed")

    async def _uninstall(self, request: Record) -> None:
        await self._show_progress(_UNINSTALL_STAGES)
        self._phone.close_app(text_of(request, "ApplicationIdentifier"))
        self._phone.apps.uninstall(text_of(request, "ApplicationIdentifier"))
        await self._complete()
        await self._phone.notify("com.apple.mobile.application_uninstalled")

    async def _read_package(self, path: str) -> App:
        try:
            app = await asyncio.to_thread(read_ipa, self._phone.media.host_path(path))
        except (BadPackage, OSError) as error:
            raise _Refused("PackageExtractionFailed", f"Could not extract {path}") from error
        if self._phone.install_error:
            raise _Refused(self._phone.install_error, f"Failed to install {app.bundle_id}")
        if _version(app.minimum_ios) > self._phone.profile.ios:
            raise _Refused("DeviceOSVersionTooLow", f"{app.name} needs iOS {app.minimum_ios}")
        return app

    async def _show_progress(self, stages: tuple[tuple[str, int], ...]) -> None:
        for status, percent in stages:
            await self._link.write_plist({"Status": status, "PercentComplete": percent})

    async def _complete(self) -> None:
        await self._link.write_plist({"Status": "Complete"})

    def _found(self, request: Record) -> dict[str, Record]:
        options = request.get("ClientOptions")
        wanted = _selector(options if isinstance(options, dict) else {})
        shown = {app.bundle_id: wanted(app.record) for app in self._phone.apps}
        return {bundle_id: record for bundle_id, record in shown.items() if record is not None}


def _selector(options: Record) -> Callable[[Record], Record | None]:
    """Return what cuts a record to the attributes asked for; None for an app not asked for."""
    kind = text_of(options, "ApplicationType")
    bundle_ids = options.get("BundleIDs")
    attributes = options.get("ReturnAttributes")

    def select(record: Record) -> Record | None:
        if kind in {"User", "System"} and record["ApplicationType"] != kind:
            return None
        if isinstance(bundle_ids, list) and record["CFBundleIdentifier"] not in bundle_ids:
            return None
        if not isinstance(attributes, list):
            return record
        return {key: value for key, value in record.items() if key in attributes}

    return select


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdecimal())
