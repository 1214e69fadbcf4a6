"""Commands that talk to Android's services."""

import re
from collections.abc import Awaitable, Callable

from labtui.virtual import dumpsys
from labtui.virtual.shell.call import Call, CommandError, whole
from labtui.virtual.shell.commands.settings import cmd_power

_SEVERE = 3


async def _getprop(call: Call) -> int:
    properties = call.device.properties
    if call.args:
        default = call.args[1] if len(call.args) > 1 else ""
        await call.say(properties.get(call.args[0], default) + "\n")
    else:
        await call.say("".join(f"[{name}]: [{properties[name]}]\n" for name in sorted(properties)))
    return 0


async def _setprop(call: Call) -> int:
    if len(call.args) != 2:
        raise CommandError("needs 2 arguments")
    name, value = call.args
    if name.startswith("ro.") or not re.fullmatch(r"(debug|log|vendor)\.[\w.-]+", name):
        raise CommandError(f"failed to set property '{name}' to '{value}': permission denied")
    call.device.properties[name] = value
    return 0


async def _dumpsys(call: Call) -> int:
    if not call.args or call.args[0] == "-l":
        names = "".join(f"  {name}\n" for name in sorted(dumpsys.SERVICES))
        await call.say("Currently running services:\n" + names)
        return 0
    service, *rest = call.args
    if service not in dumpsys.SERVICES:
        await call.say(f"Can't find service: {service}\n")
        return 0
    if service == "battery" and rest:
        return _battery_command(call, rest)
    await call.say(dumpsys.SERVICES[service](call.device))
    return 0


def _battery_command(call: Call, words: list[str]) -> int:
    match words:
        case ["unplug"]:
            call.device.battery.pretend_unplugged()
        case ["set", "level", percent]:
            call.device.battery.pretend_level(whole(percent))
        case ["reset"]:
            call.device.battery.reset()
        case _:
            raise CommandError(f"Unknown battery command: {' '.join(words)}")
    return 0


async def _cmd(call: Call) -> int:
    if call.args == ("-l",):
        return await _dumpsys(call)
    service, words = (call.args or ("",))[0], call.args[1:]
    handler = _SERVICE_COMMANDS.get(service)
    if handler is None:
        raise CommandError(f"Can't find service: {service}")
    return await handler(call, words)


async def _cmd_thermal(call: Call, words: tuple[str, ...]) -> int:
    model = call.device.power.now()
    match words:
        case ("override-status", status) if status in set("0123456"):
            model.forced_status = int(status)
        case ("reset",):
            model.forced_status = None
        case ("headroom", _):
            await call.say(f"{_headroom(call):.7g}\n")
        case _:
            raise CommandError("Unknown command: " + " ".join(words))
    return 0


def _headroom(call: Call) -> float:
    """Return the skin temperature where the SEVERE threshold is 1.0 and 30 °C less is 0."""
    steps = call.device.profile.heat.steps
    severe_c = next((step.skin_c for step in steps if step.status == _SEVERE), None)
    if severe_c is None or not call.device.profile.hal:
        return float("nan")
    return max(0.0, (call.device.power.now().skin_c - severe_c + 30.0) / 30.0)


async def _cmd_battery(call: Call, words: tuple[str, ...]) -> int:
    return _battery_command(call, list(words))


async def _cmd_connectivity(call: Call, words: tuple[str, ...]) -> int:
    key = ("global", "airplane_mode_on")
    match words:
        case ("airplane-mode",):
            await call.say("enabled\n" if call.device.settings.get(key) == "1" else "disabled\n")
        case ("airplane-mode", "enable" | "disable" as verb):
            call.device.settings[key] = str(int(verb == "enable"))
        case _:
            raise CommandError("Unknown command: " + " ".join(words))
    return 0


async def _cmd_package(call: Call, words: tuple[str, ...]) -> int:
    if words[:2] == ("list", "packages"):
        await call.say("package:android\npackage:com.android.settings\npackage:com.android.shell\n")
        return 0
    raise CommandError("Failure [INSTALL_FAILED_USER_RESTRICTED: no packages on a virtual phone]")


async def _pm(call: Call) -> int:
    return await _cmd_package(call, call.args)


async def _svc(call: Call) -> int:
    match call.args:
        case ("power", "stayon", "true" | "usb"):
            call.device.settings["global", "stay_on_while_plugged_in"] = "7"
        case ("power", "stayon", "false"):
            call.device.settings["global", "stay_on_while_plugged_in"] = "0"
        case ("power", "reboot", *_):
            call.device.request_reboot()
        case ("wifi" | "data" | "bluetooth", "enable" | "disable"):
            pass
        case _:
            raise CommandError("Available commands: help, power, data, wifi, bluetooth")
    return 0


async def _am(call: Call) -> int:
    if call.args[:1] in {("force-stop",), ("kill-all",), ("kill",)}:
        return 0
    raise CommandError("Error: no activities on a virtual phone")


async def _wm(call: Call) -> int:
    text = {("size",): "Physical size: 1440x3120\n", ("density",): "Physical density: 512\n"}
    if call.args not in text:
        raise CommandError("Unknown command")
    await call.say(text[call.args])
    return 0


async def _silent(call: Call) -> int:  # noqa: ARG001 (every command takes its call)
    return 0


_SERVICE_COMMANDS: dict[str, Callable[[Call, tuple[str, ...]], Awaitable[int]]] = {
    "thermalservice": _cmd_thermal,
    "power": cmd_power,
    "battery": _cmd_battery,
    "connectivity": _cmd_connectivity,
    "package": _cmd_package,
}

COMMANDS = {
    "getprop": _getprop, "setprop": _setprop, "dumpsys": _dumpsys,
    "cmd": _cmd, "pm": _pm, "svc": _svc, "am": _am, "wm": _wm, "input": _silent, "logcat": _silent,
}  # fmt: skip
