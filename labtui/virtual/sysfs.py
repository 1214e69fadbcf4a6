"""Files in /proc and /sys that answer from a phone's state at the moment they are read."""

import errno
import fnmatch
import os
from collections.abc import Callable, Iterator
from functools import partial

from labtui.virtual.clock import boot_time_ns
from labtui.virtual.files import VirtualFiles
from labtui.virtual.power import Power
from labtui.virtual.profile import Cluster, Profile, Zone

Entry = tuple[str, Callable[[], str]]
_CPU = "/sys/devices/system/cpu"


def virtual_files(profile: Profile, power: Power, programs: tuple[str, ...]) -> VirtualFiles:
    """Return every computed file of a phone."""
    entries = (*_proc(profile), *_zones(profile, power), *_clocks(profile, power))
    files = {path: _guarded(path, read, profile.denied) for path, read in entries}
    return files | {f"/system/bin/{name}": lambda: b"\x7fELF" for name in programs}


def _guarded(path: str, read: Callable[[], str], denied: tuple[str, ...]) -> Callable[[], bytes]:
    if any(fnmatch.fnmatchcase(path, pattern) for pattern in denied):
        return partial(_refuse, path)
    return partial(_line, read)


def _line(read: Callable[[], str]) -> bytes:
    return f"{read()}\n".encode()


def _refuse(path: str) -> bytes:
    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)


def _proc(profile: Profile) -> Iterator[Entry]:
    yield "/proc/uptime", _uptime
    yield "/proc/meminfo", partial(_meminfo, profile.memory_kb)
    yield "/proc/cpuinfo", partial(_cpuinfo, profile)
    yield "/proc/version", lambda: f"Linux version {profile.kernel} (android-build)"
    yield "/proc/loadavg", lambda: "0.52 0.48 0.45 1/4321 12345"


def _uptime() -> str:
    hundredths = boot_time_ns() // 10_000_000
    return f"{hundredths // 100}.{hundredths % 100:02} {hundredths // 25}.00"


def _meminfo(memory_kb: int) -> str:
    rows = {"MemTotal": memory_kb, "MemFree": memory_kb // 12, "MemAvailable": memory_kb // 2}
    return "\n".join(f"{name + ':':<16}{kb:>8} kB" for name, kb in rows.items())


def _cpuinfo(profile: Profile) -> str:
    features = "fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp asimddp i8mm bf16"
    cores = (
        f"processor\t: {core}\nBogoMIPS\t: 49.15\nFeatures\t: {features}\n"
        "CPU implementer\t: 0x41\nCPU architecture: 8\n"
        for core in range(profile.core_count)
    )
    return "\n".join(cores) + f"\nHardware\t: {profile.properties['ro.hardware']}"


def _zones(profile: Profile, power: Power) -> Iterator[Entry]:
    for number, zone in enumerate(profile.zones):
        folder = f"/sys/class/thermal/thermal_zone{number}"
        yield f"{folder}/type", partial(str, zone.type)
        yield f"{folder}/temp", partial(_zone_temp, zone, power)


def _zone_temp(zone: Zone, power: Power) -> str:
    return str(round(power.now().temp_c(zone.node, zone.offset) * zone.per_degree))


def _clocks(profile: Profile, power: Power) -> Iterator[Entry]:
    highest = profile.core_count - 1
    for name in ("possible", "present", "online"):
        yield f"{_CPU}/{name}", lambda: f"0-{highest}"
    for cluster in profile.clusters:
        for folder in (f"cpufreq/policy{cluster.policy}", *_core_folders(cluster)):
            yield from _cluster_files(f"{_CPU}/{folder}", cluster, power)


def _core_folders(cluster: Cluster) -> Iterator[str]:
    for core in cluster.cores:
        yield f"cpu{core}/cpufreq"


def _cluster_files(folder: str, cluster: Cluster, power: Power) -> Iterator[Entry]:
    yield f"{folder}/related_cpus", lambda: " ".join(map(str, cluster.cores))
    yield f"{folder}/cpuinfo_max_freq", lambda: str(cluster.max_khz)
    yield f"{folder}/cpuinfo_min_freq", lambda: str(cluster.min_khz)
    yield f"{folder}/scaling_max_freq", lambda: str(power.limit_khz(cluster))
    yield f"{folder}/scaling_min_freq", lambda: str(cluster.min_khz)
    yield f"{folder}/scaling_cur_freq", lambda: str(power.clock_khz(cluster))
    yield f"{folder}/scaling_governor", lambda: "sched_pixel"
