"""Any foreign file -> what it says, as the parser of its kind reads it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from labtui.core.logs.adb_devices import AdbEntry, parse_devices_l, parse_scrcpy_list
from labtui.core.logs.battery import parse_battery
from labtui.core.logs.benchmark_model import BenchmarkLog, parse_benchmark_model, parse_result_proto
from labtui.core.logs.coreml import (
    OrtPartitionLog,
    PlannedOp,
    parse_compute_plan,
    parse_ort_partitions,
)
from labtui.core.logs.cpu_table import parse_cpu_table
from labtui.core.logs.label_image import LabelImageLog, parse_label_image
from labtui.core.logs.sniff import ForeignKind, sniff
from labtui.core.logs.sysfs import parse_cpufreq, parse_zone_kinds, parse_zones
from labtui.core.logs.thermalservice import ThermalDump, parse_thermalservice
from labtui.core.logs.transcript import Transcript, parse_transcript
from labtui.core.logs.uevent import parse_uevent
from labtui.core.readings import Battery, ClusterClock, SensorKind, Temperature

MAX_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ThermalZones:
    """Zones of a kernel: all that are named, and the temperatures of those that can be read."""

    named: tuple[tuple[int, str, SensorKind], ...]
    temperatures: tuple[Temperature, ...]


Content: TypeAlias = (
    BenchmarkLog
    | LabelImageLog
    | Transcript
    | ThermalDump
    | Battery
    | ThermalZones
    | tuple[ClusterClock, ...]
    | tuple[AdbEntry, ...]
    | OrtPartitionLog
    | tuple[PlannedOp, ...]
)


@dataclass(frozen=True, slots=True)
class Foreign:
    """A file's kind and content."""

    kind: ForeignKind
    content: Content


def parse_foreign(data: bytes) -> Foreign | None:
    """Read a whole file; None when it is of no kind that labtui knows, or holds nothing.

    Numbers that the end of the file may have cut are not read.
    """
    kind = sniff(data)
    if kind is None or len(data) > MAX_BYTES:
        return None
    content = _read(kind, data)
    return Foreign(kind, content) if content and content not in _NOTHING else None


def _read(kind: ForeignKind, data: bytes) -> Content | None:
    if kind is ForeignKind.RESULT_PROTO:
        return BenchmarkLog((parse_result_proto(data),))
    if kind is ForeignKind.RUNNER_TRANSCRIPT:
        return parse_transcript(data)
    text = data.decode("utf-8", "replace")
    if reader := _TOLD_CUT.get(kind):
        return reader(text)
    return _WHOLE_LINES[kind](text[: text.rfind("\n") + 1])


def _zones(text: str) -> ThermalZones | None:
    zones = ThermalZones(parse_zone_kinds(text), parse_zones(text))
    return zones if zones.named or zones.temperatures else None


def _adb(text: str) -> tuple[AdbEntry, ...]:
    return parse_scrcpy_list(text) or parse_devices_l(text)


def _clocks(text: str) -> tuple[ClusterClock, ...]:
    return parse_cpufreq(text) or parse_cpu_table(text)


_NOTHING: tuple[Content, ...] = (
    BenchmarkLog(()),
    OrtPartitionLog((), ()),
    ThermalDump(None, ()),
)
_TOLD_CUT: dict[ForeignKind, Callable[[str], Content | None]] = {
    ForeignKind.BENCHMARK_MODEL: parse_benchmark_model,
    ForeignKind.LABEL_IMAGE: parse_label_image,
    ForeignKind.ORT_PARTITIONS: parse_ort_partitions,
}
"""Parsers that see for themselves where a text was cut."""
_WHOLE_LINES: dict[ForeignKind, Callable[[str], Content | None]] = {
    ForeignKind.THERMALSERVICE: parse_thermalservice,
    ForeignKind.BATTERY: parse_battery,
    ForeignKind.UEVENT: parse_uevent,
    ForeignKind.THERMAL_ZONES: _zones,
    ForeignKind.CPU_CLOCKS: _clocks,
    ForeignKind.ADB_DEVICES: _adb,
    ForeignKind.COMPUTE_PLAN: parse_compute_plan,
}
"""Parsers made for answers of a live device, which are whole."""
