"""The apps on a phone."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from labtui.virtual.ios.wire import Record

RUNNER_BUNDLE_ID = "io.labtui.runner"
_RUNNER_SUFFIX = ".labtui.runner"
"""Every team signs the runner under an id of its own that ends so."""
RUNNER_PORT = 27150
"""Where the runner app listens on the phone's localhost."""


class AppState(Enum):
    """What an app is doing. Only in the foreground its listeners exist."""

    NOT_RUNNING = "not running"
    SUSPENDED = "suspended"
    FOREGROUND = "foreground"


@dataclass(slots=True)
class App:
    """An installed app."""

    bundle_id: str
    name: str
    executable: str
    version: str = "1.0"
    minimum_ios: str = "16.0"
    has_file_sharing: bool = False
    """UIFileSharingEnabled: its Documents are open to the host."""
    is_debuggable: bool = False
    """get-task-allow: development-signed, and its whole container is open to the host."""
    size_bytes: int = 0
    is_system: bool = False
    state: AppState = AppState.NOT_RUNNING
    pid: int = 0
    """Of its process; 0 when it is not running."""

    @property
    def record(self) -> Record:
        """What installation_proxy tells of it."""
        return {
            "ApplicationType": "System" if self.is_system else "User",
            "CFBundleIdentifier": self.bundle_id,
            "CFBundleName": self.name,
            "CFBundleDisplayName": self.name,
            "CFBundleExecutable": self.executable,
            "CFBundleVersion": self.version,
            "CFBundleShortVersionString": self.version,
            "MinimumOSVersion": self.minimum_ios,
            "UIFileSharingEnabled": self.has_file_sharing,
            "Container": f"/private/var/mobile/Containers/Data/Application/{self.bundle_id}",
            "Path": f"/private/var/containers/Bundle/Application/{self.executable}.app",
            "Entitlements": {"get-task-allow": self.is_debuggable},
            "StaticDiskUsage": self.size_bytes,
            "DynamicDiskUsage": 0,
        }


def runner_app() -> App:
    """Return the runner as its makers sign it for their own phones."""
    return App(
        bundle_id=RUNNER_BUNDLE_ID,
        name="labtui runner",
        executable="LabtuiRunner",
        has_file_sharing=True,
        is_debuggable=True,
        size_bytes=6_400_000,
    )


def _system_app() -> App:
    return App("com.apple.Preferences", "Settings", "Preferences", is_system=True)


class AppTable:
    """What is installed, and the containers of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._apps: dict[str, App] = {}
        self.install(_system_app())
        self.install(runner_app())

    def __iter__(self) -> Iterator[App]:
        return iter(tuple(self._apps.values()))

    def get(self, bundle_id: str) -> App | None:
        """Return an app; None when it is not installed."""
        return self._apps.get(bundle_id)

    @property
    def runner(self) -> App | None:
        """The runner app, whoever has signed it; None when there is none."""
        return next((app for app in self if app.bundle_id.endswith(_RUNNER_SUFFIX)), None)

    def container(self, app: App) -> Path:
        """Return the folder of an app's own files."""
        return self._folder / app.bundle_id

    def install(self, app: App) -> None:
        """Install an app, or a new version of it: its files stay."""
        self._apps[app.bundle_id] = app
        for name in ("Documents", "Library", "tmp"):
            (self.container(app) / name).mkdir(parents=True, exist_ok=True)

    def uninstall(self, bundle_id: str) -> None:
        """Remove an app with its files; harmless when it is not installed."""
        app = self._apps.pop(bundle_id, None)
        if app is not None:
            shutil.rmtree(self.container(app))
