"""What kind of foreign output a file holds, told by lines that no other tool prints."""

import re
from enum import StrEnum

from labtui.core.logs.benchmark_model.proto import MAX_BYTES as MAX_PROTO_BYTES
from labtui.core.logs.benchmark_model.proto import parse_result_proto
from labtui.core.logs.benchmark_model.runs import RunStatus

_HEAD_BYTES = 4096


class ForeignKind(StrEnum):
    """Kinds of text and bytes that labtui reads."""

    BENCHMARK_MODEL = "benchmark_model"
    RESULT_PROTO = "result_proto"
    LABEL_IMAGE = "label_image"
    RUNNER_TRANSCRIPT = "runner_transcript"
    THERMALSERVICE = "thermalservice"
    BATTERY = "battery"
    UEVENT = "uevent"
    THERMAL_ZONES = "thermal_zones"
    CPU_CLOCKS = "cpu_clocks"
    ADB_DEVICES = "adb_devices"
    ORT_PARTITIONS = "ort_partitions"
    COMPUTE_PLAN = "compute_plan"


def _line(pattern: str) -> re.Pattern[bytes]:
    return re.compile(pattern.encode(), re.MULTILINE)


_TRANSCRIPT = _line(r"\s{0,100}\{ ?\"ev\": ?\"\w")
_SIGNS = (
    (ForeignKind.LABEL_IMAGE, _line(r"average time: [\d.]{1,20} ms\b")),
    (
        ForeignKind.BENCHMARK_MODEL,
        _line(
            r"Inference timings in us:|inference timings in us:|BENCHMARK RESULTS"
            r"|Log parameter values verbosely|Running benchmark for at least \d"
            r"|Initialized session in \d|Benchmarking failed|count=\d{1,9} first=\d"
            r"|Number of nodes executed: \d|Running TensorFlow Lite benchmark with args"
            r"|Created (?:TensorFlow Lite |\d)|delegate is explicitly applied"
            r"|Explicitly applied \w|Replacing \d{1,9} out of \d|NN API returned error"
        ),
    ),
    (ForeignKind.ORT_PARTITIONS, _line(r"number\s{1,9}of\s{1,9}partitions\s{1,9}supported\s")),
    (ForeignKind.COMPUTE_PLAN, _line(r"op=[\w.]{1,80}\s{1,20}preferred=")),
    (
        ForeignKind.THERMALSERVICE,
        _line(r"^\s{0,40}(?:Thermal Status: \d|HAL Ready: |Current temperatures from HAL:)"),
    ),
    (ForeignKind.BATTERY, _line(r"Current Battery Service state:|^\s{0,9}AC powered: ")),
    (ForeignKind.UEVENT, _line(r"^(?:POWER_SUPPLY_)?CAPACITY=\d|^POWER_SUPPLY_NAME=")),
    (ForeignKind.THERMAL_ZONES, _line(r"thermal_zone\d{1,4}/(?:type|temp)\b")),
    (ForeignKind.CPU_CLOCKS, _line(r"/cpufreq/|^cpu\d{1,3} {0,9}\| {0,9}governor=")),
    (
        ForeignKind.ADB_DEVICES,
        _line(
            r"List of devices attached|^ERROR: {1,9}--> {1,9}\((?:usb|tcpip)\)"
            r"|^\S{1,100}\s{1,60}(?:device|offline|unauthorized)\s.{0,300}\btransport_id:\d"
        ),
    ),
)
"""Order matters where one tool's output may hold another's lines."""


def sniff(data: bytes) -> ForeignKind | None:
    """Return the kind of a file's content; None for what labtui cannot read."""
    if _TRANSCRIPT.match(data):
        return ForeignKind.RUNNER_TRANSCRIPT
    if _is_result_proto(data):
        return ForeignKind.RESULT_PROTO
    if b"\0" in data[:_HEAD_BYTES]:
        return None
    return next((kind for kind, sign in _SIGNS if sign.search(data)), None)


def _is_result_proto(data: bytes) -> bool:
    """Tell a result file: it starts with its name or its latencies, and decodes to its end."""
    if data[:1] not in (b"\x0a", b"\x12") or len(data) > MAX_PROTO_BYTES:
        return False
    return parse_result_proto(data).status is RunStatus.OK
