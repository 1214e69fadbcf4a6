"""What this computer is."""

import hashlib
import platform
import subprocess
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from labtui.core.model import DeviceFacts, VariantFormat
from labtui.core.text import clean
from labtui.hostrunner.sysfs import read_value

_SYSCTL_S = 2.0
_ENGINES = ("ai-edge-litert", "tflite-runtime")
"""In the order of `hostrunner.engines`."""


def host_facts(root: Path = Path("/")) -> DeviceFacts:
    """Read the facts from the files below `root`, and from the platform where there are none."""
    return DeviceFacts(
        hardware_id=_hardware_id(root),
        name=clean(_product(root)) or "This computer",
        soc=clean(_cpu(root)),
        os_version=clean(_os_version()),
        build=clean(platform.version()),
        abi=platform.machine(),
        is_virtual=False,
        formats=_formats(),
        engine=_engine(),
    )


def _formats() -> tuple[VariantFormat, ...]:
    """Return what the reference runner executes here: Core ML packages need coremltools."""
    has_core_ml = find_spec("coremltools") is not None
    return tuple(VariantFormat) if has_core_ml else (VariantFormat.TFLITE,)


def _engine() -> str:
    """Return the engine that the reference runner chooses for `.tflite` files; "" for none."""
    for name in _ENGINES:
        with suppress(PackageNotFoundError):
            return f"{name} {version(name)}"
    return ""


def _hardware_id(root: Path) -> str:
    """Return a digest: the id itself tells the computer's owner, and would enter exports."""
    machine = read_value(root / "etc/machine-id") or _sysctl("kern.uuid") or platform.node()
    return hashlib.sha256(f"labtui host {machine}".encode()).hexdigest()[:16]


def _product(root: Path) -> str:
    return read_value(root / "sys/class/dmi/id/product_name") or _sysctl("hw.model")


def _cpu(root: Path) -> str:
    try:
        cpuinfo = (root / "proc/cpuinfo").read_text(errors="replace")
    except OSError:
        return _sysctl("machdep.cpu.brand_string") or platform.processor()
    lines = (line.partition(":") for line in cpuinfo.splitlines())
    names = (value.strip() for key, _, value in lines if key.strip() in {"model name", "Hardware"})
    return next(names, "")


def _os_version() -> str:
    if mac_version := platform.mac_ver()[0]:
        return f"macOS {mac_version}"
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return f"{platform.system()} {platform.release()}"


def _sysctl(name: str) -> str:
    """Return one of macOS' figures; empty elsewhere."""
    if platform.system() != "Darwin":
        return ""
    try:
        output = subprocess.run(
            ["sysctl", "-n", name], capture_output=True, timeout=_SYSCTL_S, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
    return output.decode(errors="replace").strip()
