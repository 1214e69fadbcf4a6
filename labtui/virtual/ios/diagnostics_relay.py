"""diagnostics_relay: the battery's registers, and the switch to restart."""

import time

from labtui.virtual.ios.device import Iphone
from labtui.virtual.ios.link import Link
from labtui.virtual.ios.wire import Record, text_of

_BATTERY_ENTRIES = {"AppleSmartBattery", "IOPMPowerSource"}
_SUCCESS: Record = {"Status": "Success"}
_CYCLES = 143
_CHARGING_MA, _IDLE_MA = 850, -320


async def serve_diagnostics(phone: Iphone, link: Link) -> None:
    """Answer requests until the client says goodbye or goes (EOFError)."""
    name = ""
    while name not in {"Goodbye", "Restart"}:
        request = await link.read_plist()
        name = text_of(request, "Request")
        await link.write_plist(_answer(phone, name, request))
    if name == "Restart":
        phone.request_reboot()


def _answer(phone: Iphone, name: str, request: Record) -> Record:
    if name in {"Goodbye", "Restart"}:
        return _SUCCESS
    if name == "IORegistry":
        wanted = {text_of(request, "EntryName"), text_of(request, "EntryClass")}
        is_battery = not wanted.isdisjoint(_BATTERY_ENTRIES)
        return _diagnostics({"IORegistry": battery_registers(phone)} if is_battery else {})
    if name in {"GasGauge", "All"}:
        return _diagnostics({"GasGauge": _gas_gauge(phone)})
    return {"Status": "UnknownRequest"}


def _diagnostics(record: Record) -> Record:
    return _SUCCESS | {"Diagnostics": record}


def battery_registers(phone: Iphone) -> Record:
    """Return what the battery's driver shows: temperatures in 1/100 °C, charge in mAh, mV, mA."""
    battery = phone.battery
    full_mah = phone.profile.battery_uah // 1000
    centi_c = round(battery.temp_c * 100)
    is_full = battery.level_percent >= 100
    return {
        "AppleRawCurrentCapacity": battery.charge_uah // 1000,
        "AppleRawMaxCapacity": full_mah,
        "CurrentCapacity": battery.level_percent,
        "CycleCount": _CYCLES,
        "DesignCapacity": full_mah,
        "ExternalConnected": battery.is_charging,
        "FullyCharged": is_full,
        "InstantAmperage": _CHARGING_MA if battery.is_charging and not is_full else _IDLE_MA,
        "IsCharging": battery.is_charging and not is_full,
        "MaxCapacity": 100,
        "Temperature": centi_c,
        "UpdateTime": int(time.time()),
        "VirtualTemperature": centi_c,
        "Voltage": battery.voltage_mv,
    }


def _gas_gauge(phone: Iphone) -> Record:
    full_mah = phone.profile.battery_uah // 1000
    return _SUCCESS | {
        "CycleCount": _CYCLES,
        "DesignCapacity": full_mah,
        "FullChargeCapacity": full_mah,
    }
