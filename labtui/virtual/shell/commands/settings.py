"""`settings` and `cmd power`: what the owner has set, and what the maker lets through."""

from labtui.virtual.program_faults import SettingsFault
from labtui.virtual.shell.call import Call, CommandError

_NAMESPACES = ("global", "system", "secure")
_REFUSED = 255


async def _settings(call: Call) -> int:
    match call.args:
        case ("get", space, key) if space in _NAMESPACES:
            await call.say(call.device.settings.get((space, key), "null") + "\n")
        case ("list", space) if space in _NAMESPACES:
            rows = sorted(call.device.settings.items())
            await call.say("".join(f"{key}={value}\n" for (at, key), value in rows if at == space))
        case ("put" | "delete" as verb, space, *_) if space in _NAMESPACES:
            return await _change(call, verb)
        case _:
            raise CommandError("Invalid command")
    return 0


async def _change(call: Call, verb: str) -> int:
    match call.device.faults.settings:
        case SettingsFault.REFUSE:
            await _complain(call, _DENIED.format(verb))
            return _REFUSED
        case SettingsFault.KEEP:
            return 0
    settings = call.device.settings
    match call.args:
        case ("put", space, key, value):
            settings[space, key] = value
        case ("delete", space, key):
            found = settings.pop((space, key), None) is not None
            await call.say(f"Deleted {int(found)} rows\n")
        case _:
            raise CommandError("Invalid command")
    return 0


async def cmd_power(call: Call, words: tuple[str, ...]) -> int:
    """`cmd power`: modes of the power service."""
    match words:
        case ("set-fixed-performance-mode-enabled", "true" | "false" as value):
            if call.device.faults.settings is not SettingsFault.NONE:
                await _complain(call, _NO_POWER_HAL)
                return _REFUSED
            call.device.power.fix_performance(value == "true")
        case ("set-mode", "0" | "1" as value):
            call.device.settings["global", "low_power"] = value
        case _:
            raise CommandError("Unknown command: " + " ".join(words))
    return 0


async def _complain(call: Call, text: str) -> None:
    await call.streams.stderr.write(text.encode())


_DENIED = """
Exception occurred while executing '{}':
java.lang.SecurityException: Permission denial: writing to settings requires:\
android.permission.WRITE_SECURE_SETTINGS
\tat com.android.providers.settings.SettingsProvider.enforceWritePermission
"""
_NO_POWER_HAL = """Failed to set FIXED_PERFORMANCE mode
This is likely because Power HAL AIDL is not implemented on this device
"""

COMMANDS = {"settings": _settings}
