"""The reports of Android's services, in the formats of the phones' makers."""

from collections.abc import Callable, Iterable

from labtui.virtual.device import Device
from labtui.virtual.thermal import ThermalModel

_STALE_C = 7.5
"""The cached block is from warmer times: whoever reads it gets wrong temperatures."""


def battery(device: Device) -> str:
    """`dumpsys battery`."""
    state = device.battery
    rows = {
        "AC powered": "false",
        "USB powered": str(state.is_charging).lower(),
        "Wireless powered": "false",
        "Max charging current": 500_000 if state.is_charging else 0,
        "Max charging voltage": 5_000_000 if state.is_charging else 0,
        "Charge counter": state.charge_uah,
        "status": state.status,
        "health": 2,
        "present": "true",
        "level": state.level_percent,
        "scale": 100,
        "voltage": state.voltage_mv,
        "temperature": round(state.temp_c * 10),
        "technology": "Li-ion",
    }
    lines = "".join(f"  {name}: {value}\n" for name, value in rows.items())
    return "Current Battery Service state:\n" + lines + device.profile.battery_extras.lstrip("\n")


def thermalservice(device: Device) -> str:
    """`dumpsys thermalservice`."""
    profile, model = device.profile, device.power.now()
    is_forced = str(model.forced_status is not None).lower()
    head = (
        f"IsStatusOverride: {is_forced}\nThermalEventListeners:\n\tcallbacks: 2\n\tkilled: false\n"
        "\tbroadcasts count: -1\nThermalStatusListeners:\n\tcallbacks: 4\n\tkilled: false\n"
        f"\tbroadcasts count: -1\nThermal Status: {_visible_status(device)}\nCached temperatures:\n"
    )
    if not profile.hal:
        return head + "HAL Ready: false\nHAL connection:\n"
    return "".join((
        head,
        *_temperatures(device, _STALE_C),
        f"HAL Ready: true\nHAL connection:\n\t{profile.hal}\n",
        "Current temperatures from HAL:\n",
        *_temperatures(device, 0.0),
        "Current cooling devices from HAL:\n",
        *_cooling(device, model),
        "Temperature static thresholds from HAL:\n",
        *_thresholds(device),
    ))  # fmt: skip


def _visible_status(device: Device) -> int:
    """Without a HAL the service knows nothing but an override."""
    model = device.power.now()
    return model.status if device.profile.hal else model.forced_status or 0


def _temperatures(device: Device, offset_c: float) -> Iterable[str]:
    model = device.power.now()
    for sensor in device.profile.sensors:
        is_fixed = sensor.node == "fixed"
        value = model.temp_c(sensor.node, sensor.offset) + (0.0 if is_fixed else offset_c)
        status = model.status if sensor.type == 3 and not offset_c else 0
        shown = f"{value:.6f}".rstrip("0")
        shown += "0" if shown.endswith(".") else ""
        yield (
            f"\tTemperature{{mValue={shown}, mType={sensor.type}, mName={sensor.name}, "
            f"mStatus={status}}}\n"
        )


def _cooling(device: Device, model: ThermalModel) -> Iterable[str]:
    level = round((1.0 - model.limit_ratio) * 20)
    for name in device.profile.cooling_devices:
        value = level if "cpufreq" in name else 0
        yield f"\tCoolingDevice{{mValue={value}, mType=2, mName={name}}}\n"


def _thresholds(device: Device) -> Iterable[str]:
    by_status = {step.status: str(step.skin_c) for step in device.profile.heat.steps}
    hot = ", ".join(by_status.get(status, "NaN") for status in range(7))
    cold = ", ".join(["NaN"] * 7)
    for sensor in device.profile.sensors:
        if sensor.type == 3:
            yield (
                f"\tTemperatureThreshold{{mType=3, mName={sensor.name}, "
                f"mHotThrottlingThresholds=[{hot}], mColdThrottlingThresholds=[{cold}]}}\n"
            )


def power(device: Device) -> str:
    """`dumpsys power`, the lines that matter."""
    stays_on = device.settings.get(("global", "stay_on_while_plugged_in"), "0")
    return (
        "POWER MANAGER (dumpsys power)\n\nPower Manager State:\n"
        f"  mIsPowered={str(device.battery.is_charging).lower()}\n  mPlugType=2\n"
        f"  mBatteryLevel={device.battery.level_percent}\n"
        f"  mStayOn={str(stays_on != '0').lower()}\n"
        "  mWakefulness=Awake\n\nDisplay Power: state=ON\n"
    )


def display(device: Device) -> str:
    """`dumpsys display`, the lines that matter."""
    brightness = int(device.settings.get(("system", "screen_brightness"), "102")) / 255
    return (
        f"DISPLAY MANAGER (dumpsys display)\n  mScreenState=ON\n  mScreenBrightness={brightness}\n"
    )


SERVICES: dict[str, Callable[[Device], str]] = {
    "battery": battery,
    "thermalservice": thermalservice,
    "power": power,
    "display": display,
}
