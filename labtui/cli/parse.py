"""`labtui parse`: what a log or dump of another tool says, before anything is imported."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from labtui.cli.files import read_file
from labtui.cli.output import degrees, ms, plain, print_document, print_table, say
from labtui.cli.settings import Settings
from labtui.core.logs.adb_devices import AdbEntry
from labtui.core.logs.benchmark_model import BenchmarkLog, BenchmarkRun, op_times
from labtui.core.logs.coreml import OrtPartitionLog, PlannedOp, plan_placement
from labtui.core.logs.foreign import MAX_BYTES, Foreign, ThermalZones, parse_foreign
from labtui.core.logs.label_image import LabelImageLog
from labtui.core.logs.sniff import ForeignKind
from labtui.core.logs.thermalservice import ThermalDump
from labtui.core.logs.transcript import Transcript
from labtui.core.placement import Placement
from labtui.core.readings import Battery, ClusterClock
from labtui.errors import UsageError

Table: TypeAlias = tuple[str, Sequence[str], Sequence[Sequence[str]]]
"""Title, headers, rows."""

_KNOWN = (
    "a benchmark_model log, profile or result file, a runner's transcript, dumpsys thermalservice "
    "or battery, thermal zones, cpufreq, adb devices, Core ML partition lines"
)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print what the file says. Raises UsageError for what cannot be read."""
    found = _read(arguments.path)
    if settings.as_json:
        print_document("parsed", format=found.kind, content=_record(found.content))
        return 0
    for title, headers, rows in _tables(found):
        print_table(headers, rows, settings, title=title)
    for remark in _remarks(found):
        say(remark)
    return 0


def _read(path: Path) -> Foreign:
    found = parse_foreign(read_file(path, MAX_BYTES))
    if found is None:
        raise UsageError(f"{path} is of no kind that labtui reads: give it {_KNOWN}.")
    return found


def _record(content: Any) -> Any:
    """Return the content for JSON, with what follows from each placement."""
    record = plain(content)
    if isinstance(content, BenchmarkLog):
        for run, told in zip(content.runs, record["runs"], strict=True):
            told["placement"] |= _conclusions(run.placement)
    elif isinstance(content, LabelImageLog):
        record["placement"] |= _conclusions(content.placement)
    elif isinstance(content, OrtPartitionLog):
        for graph, told in zip(content.graphs, record["graphs"], strict=True):
            told["placement"] = plain(graph.placement) | _conclusions(graph.placement)
    return record


def _conclusions(placement: Placement) -> dict[str, Any]:
    return {"coverage": placement.coverage.value, "is_fallback": placement.is_fallback}


def _tables(found: Foreign) -> list[Table]:
    """Return the tables of a file, each with at least its headers."""
    make: Callable[[Any], list[Table]] = _MAKERS[found.kind]
    return make(found.content)


def _remarks(found: Foreign) -> list[str]:
    content = found.content
    if isinstance(content, BenchmarkLog):
        causes = [f"run {n}: {run.cause}" for n, run in enumerate(content.runs, 1) if run.cause]
        return [*causes, "benchmark_model gives aggregates of a whole run, no samples"]
    if isinstance(content, Transcript) and content.cause:
        return [content.cause]
    if isinstance(content, ThermalDump) and not content.temperatures:
        return ["the dump holds no current temperatures; cached ones are stale and not read"]
    return []


def _benchmark(log: BenchmarkLog) -> list[Table]:
    headers = (
        "run#", "status", "model", "mean ms", "median ms", "min ms", "max ms", "runs#", "init ms",
        "first ms", "asked", "ran on", "coverage",
    )  # fmt: skip
    runs = [(str(n), *_run_cells(run)) for n, run in enumerate(log.runs, 1)]
    tables: list[Table] = [("", headers, runs)]
    for n, run in enumerate(log.runs, 1):
        if rows := _op_rows(run):
            tables.append((f"profile of run {n}", ("op", "unit", "delegate", "n#", "ms"), rows))
    return tables


def _run_cells(run: BenchmarkRun) -> Sequence[str]:
    stats, placement = run.inference, run.placement
    spread = (stats.mean_ns, stats.median_ns, stats.min_ns, stats.max_ns) if stats else (None,) * 4
    return (
        run.status.value,
        run.graph.rsplit("/", 1)[-1] or "-",
        *map(ms, spread),
        _count(stats.count if stats else None),
        ms(run.init_ns),
        ms(run.first_inference_ns),
        placement.asked or "-",
        str(placement),
        placement.coverage.value,
    )


def _op_rows(run: BenchmarkRun) -> list[Sequence[str]]:
    return [
        (op.name, op.unit, op.delegate or "-", str(op.count), ms(op.mean_ns))
        for op in op_times(run.profiles)
    ]


def _label_image(log: LabelImageLog) -> list[Table]:
    rows = [
        ("mean", f"{ms(log.mean_ns)} ms"),
        ("ran on", str(log.placement)),
        ("coverage", log.placement.coverage.value),
        *((f"label {item.index}", f"{item.score:g} {item.label}") for item in log.labels),
    ]
    return [("", ("property", "value"), rows)]


def _transcript(transcript: Transcript) -> list[Table]:
    rows = [
        ("runner", transcript.runner or "-"),
        ("engine", transcript.engine or "-"),
        ("whole", "yes" if transcript.is_whole else "no"),
        ("warm-up samples", str(transcript.warmup)),
        ("measured samples", str(transcript.measured)),
        *((f"events: {name}", str(count)) for name, count in transcript.events),
    ]
    return [("", ("property", "value"), rows)]


def _thermal(dump: ThermalDump) -> list[Table]:
    severe = {threshold.name: threshold.severe_c for threshold in dump.thresholds}
    rows = [
        (t.name, t.kind.value, degrees(t.temp_c), degrees(severe.get(t.name)))
        for t in dump.temperatures
    ]
    status = "unknown" if dump.status is None else dump.status.name.lower()
    return [(f"thermal status: {status}", ("sensor", "kind", "now °C", "severe °C"), rows)]


def _battery(battery: Battery) -> list[Table]:
    rows = [(name, _value(value)) for name, value in plain(battery).items()]
    return [("", ("property", "value"), rows)]


def _value(value: Any) -> str:
    if value is None:
        return "unknown"
    return ", ".join(map(str, value)) or "none" if isinstance(value, list) else str(value)


def _zones(zones: ThermalZones) -> list[Table]:
    named = [(str(number), name, kind.value) for number, name, kind in zones.named]
    read = [(t.name, t.kind.value, degrees(t.temp_c)) for t in zones.temperatures]
    tables: list[Table] = [("named", ("zone#", "sensor", "kind"), named)] if named else []
    return tables + ([("read", ("sensor", "kind", "now °C"), read)] if read else [])


def _clocks(clocks: Sequence[ClusterClock]) -> list[Table]:
    rows = [(c.name, _mhz(c.now_khz), _mhz(c.limit_khz), _mhz(c.max_khz)) for c in clocks]
    return [("", ("cluster", "now MHz#", "limit MHz#", "hardware MHz#"), rows)]


def _adb(entries: Sequence[AdbEntry]) -> list[Table]:
    rows = [
        (e.serial, e.state.value, e.link, e.usb or "-", e.model or "-", _count(e.transport_id))
        for e in entries
    ]
    return [("", ("serial", "state", "link", "usb", "model", "transport#"), rows)]


def _ort(log: OrtPartitionLog) -> list[Table]:
    rows = [
        (g.provider, str(g.partitions), str(g.supported), str(g.nodes), g.placement.coverage.value)
        for g in log.graphs
    ]
    return [("", ("provider", "partitions#", "supported#", "nodes#", "coverage"), rows)]


def _plan(ops: Sequence[PlannedOp]) -> list[Table]:
    placement = plan_placement(ops)
    rows = [(part.unit, _count(part.ops)) for part in placement.parts]
    return [(f"asked: {placement.asked}", ("preferred unit", "ops#"), rows)]


def _mhz(khz: int | None) -> str:
    return "-" if khz is None else f"{khz / 1000:.0f}"


def _count(count: int | None) -> str:
    return "-" if count is None else str(count)


_MAKERS: dict[ForeignKind, Callable[[Any], list[Table]]] = {
    ForeignKind.BENCHMARK_MODEL: _benchmark,
    ForeignKind.RESULT_PROTO: _benchmark,
    ForeignKind.LABEL_IMAGE: _label_image,
    ForeignKind.RUNNER_TRANSCRIPT: _transcript,
    ForeignKind.THERMALSERVICE: _thermal,
    ForeignKind.BATTERY: _battery,
    ForeignKind.UEVENT: _battery,
    ForeignKind.THERMAL_ZONES: _zones,
    ForeignKind.CPU_CLOCKS: _clocks,
    ForeignKind.ADB_DEVICES: _adb,
    ForeignKind.ORT_PARTITIONS: _ort,
    ForeignKind.COMPUTE_PLAN: _plan,
}
