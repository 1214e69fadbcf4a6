"""What lockdownd tells of a phone, by domain."""

from collections.abc import Callable

from labtui.virtual.ios.device import DEVELOPER_MODE_SINCE, Iphone
from labtui.virtual.ios.keys import public_key_pem
from labtui.virtual.ios.wire import Record

VIRTUAL_KEY = "LabtuiVirtual"
"""How labtui (and anybody) can tell a virtual iPhone from a real one: it is true."""

_Domain = Callable[[Iphone], Record]


def public_values(phone: Iphone) -> Record:
    """Return what anybody may know, paired or not."""
    profile = phone.profile
    return {
        "BoardId": profile.board_id,
        "BuildVersion": profile.build,
        "CPUArchitecture": profile.architecture,
        "ChipID": profile.chip_id,
        "DeviceClass": "iPhone",
        "DeviceName": phone.name,
        "DevicePublicKey": public_key_pem(),
        "HardwareModel": profile.hardware_model,
        "HardwarePlatform": f"t{profile.chip_id:x}",
        "HasSiDP": True,
        "ProductName": "iPhone OS",
        "ProductType": profile.product_type,
        "ProductVersion": profile.ios_version,
        "ProductionSOC": True,
        "ProtocolVersion": "2",
        "SupportedDeviceFamilies": [1],
        "UniqueChipID": phone.ecid,
        "UniqueDeviceID": phone.udid,
        "WiFiAddress": profile.wifi_address(phone.place.index),
        VIRTUAL_KEY: True,
    }


def domain_values(phone: Iphone, domain: str) -> Record:
    """Return what a paired host may know of a domain; nothing of an unknown one."""
    read = _DOMAINS.get(domain)
    return {} if read is None else read(phone)


def _all(phone: Iphone) -> Record:
    return public_values(phone) | {
        "ActivationState": "Activated",
        "PasswordProtected": phone.is_locked,
        "SerialNumber": phone.profile.serial(phone.place.index),
        "TimeZone": "Etc/GMT",
        "TrustedHostAttached": True,
        "Uses24HourClock": True,
    }


def _battery(phone: Iphone) -> Record:
    battery = phone.battery
    return {
        "BatteryCurrentCapacity": battery.level_percent,
        "BatteryIsCharging": battery.is_charging and battery.level_percent < 100,
        "ExternalChargeCapable": battery.is_charging,
        "ExternalConnected": battery.is_charging,
        "FullyCharged": battery.level_percent >= 100,
        "GasGaugeCapability": True,
        "HasBattery": True,
    }


def _disk_usage(phone: Iphone) -> Record:
    storage = phone.storage
    free_bytes = storage.free_bytes
    return {
        "AmountDataAvailable": free_bytes,
        "AmountDataReserved": 0,
        "TotalDataAvailable": free_bytes,
        "TotalDataCapacity": storage.size_bytes,
        "TotalDiskCapacity": storage.size_bytes,
        "TotalSystemAvailable": 0,
        "TotalSystemCapacity": 0,
    }


def _developer_mode(phone: Iphone) -> Record:
    has_it = phone.profile.ios >= DEVELOPER_MODE_SINCE
    return {"DeveloperModeStatus": phone.has_developer_mode} if has_it else {}


_DOMAINS: dict[str, _Domain] = {
    "": _all,
    "com.apple.mobile.battery": _battery,
    "com.apple.disk_usage": _disk_usage,
    "com.apple.security.mac.amfi": _developer_mode,
}
