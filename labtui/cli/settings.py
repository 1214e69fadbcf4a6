"""Where things are and how to speak: arguments, environment, config file, defaults."""

import argparse
import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labtui.errors import UsageError

_KEYS = {
    "db": str,
    "variants": list,
    "adb_port": int,
    "may_leave_host": bool,
    "may_use_wifi": bool,
    "theme": str,
    "mouse": bool,
}


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a command may want to know besides its own arguments."""

    db: Path
    state_dir: Path
    """Locks and caches; shared by all histories, since devices are."""
    virtual: str | None
    """Profiles of the virtual bench to run on; None = the real bench."""
    as_json: bool = False
    color: bool = True
    ascii_only: bool = False
    verbose: bool = False
    adb_host: str = "127.0.0.1"
    adb_port: int = 5037
    may_leave_host: bool = False
    """Use an adb server or usbmuxd on another computer, which everybody on the network reaches."""
    may_use_wifi: bool = False
    """Use iPhones that are only reached over Wi-Fi."""
    variants: tuple[Path, ...] = field(default=())
    """Files and folders to offer in the picker."""
    theme: str | None = None
    mouse: bool = True


def settings_from(arguments: argparse.Namespace) -> Settings:
    """Merge arguments over environment over config over defaults. Raises UsageError."""
    config = _read_config(arguments.config)
    environment_db = os.environ.get("LABTUI_DB")
    db = arguments.db or environment_db or config.get("db") or _data_dir() / "history.sqlite"
    return Settings(
        db=Path(db).expanduser(),
        state_dir=_state_dir(),
        virtual=arguments.virtual,
        as_json=arguments.json,
        color=not (arguments.no_color or os.environ.get("NO_COLOR")),
        ascii_only=arguments.ascii,
        verbose=arguments.verbose,
        adb_host=os.environ.get("ANDROID_ADB_SERVER_ADDRESS") or "127.0.0.1",
        adb_port=_adb_port(config),
        may_leave_host=config.get("may_leave_host", False),
        may_use_wifi=config.get("may_use_wifi", False),
        variants=tuple(Path(p).expanduser() for p in config.get("variants", ())),
        theme=config.get("theme"),
        mouse=config.get("mouse", True),
    )


def _adb_port(config: dict[str, Any]) -> int:
    """Return the port of the adb server; the environment variable is adb's own."""
    asked = os.environ.get("ANDROID_ADB_SERVER_PORT") or str(config.get("adb_port", 5037))
    if not asked.isdecimal() or not 0 < int(asked) < 65536:
        raise UsageError(f"ANDROID_ADB_SERVER_PORT or adb_port is {asked!r}: give a port number.")
    return int(asked)


def demo_db() -> Path:
    """Return the history of the demo, apart from the user's."""
    return _data_dir() / "demo.sqlite"


def pair_records_dir() -> Path:
    """Return where pair records of iPhones lie; nobody else may read them."""
    return _data_dir() / "pairs"


def engines_dir() -> Path:
    """Return where engine libraries for phones are kept."""
    return _data_dir() / "engines"


def _data_dir() -> Path:
    import platformdirs  # noqa: PLC0415 (only when a default is needed)

    return Path(platformdirs.user_data_dir("labtui", appauthor=False))


def _state_dir() -> Path:
    import platformdirs  # noqa: PLC0415 (only when a default is needed)

    return Path(platformdirs.user_state_dir("labtui", appauthor=False))


def _read_config(path: Path | None) -> dict[str, Any]:
    if path is None:
        import platformdirs  # noqa: PLC0415 (only when a default is needed)

        path = Path(platformdirs.user_config_dir("labtui", appauthor=False)) / "config.toml"
        if not path.is_file():
            return {}
    try:
        config = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"The config file {path} cannot be read: {error}.") from error
    return _checked(config, path)


def _checked(config: dict[str, Any], path: Path) -> dict[str, Any]:
    for key, value in config.items():
        if key not in _KEYS:
            known = ", ".join(_KEYS)
            raise UsageError(f"{path}: there is no setting {key!r}; use one of {known}.")
        if type(value) is not _KEYS[key]:
            raise UsageError(f"{path}: {key} must be of type {_KEYS[key].__name__}.")
    return config
