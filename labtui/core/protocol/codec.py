"""Runner events <-> lines. Decoding trusts nothing; encoding is what runners in Python use."""

import json
from collections.abc import Callable
from typing import Any

from labtui.core.placement import Coverage, PlacedPart, Placement
from labtui.core.protocol import passes
from labtui.core.protocol.events import (
    MAX_BATCH,
    Aggregate,
    Alive,
    Control,
    End,
    Evaluated,
    Hello,
    Loaded,
    Log,
    Output,
    Outputs,
    Profile,
    RunnerError,
    RunnerEvent,
    RunnerReading,
    Samples,
)
from labtui.core.protocol.fields import (
    ProtocolViolation,
    Record,
    array_text,
    clean_text,
    flag,
    integer,
    integers,
    numbers,
    objects,
    opt_integer,
    opt_text,
    parse_object,
    text,
)
from labtui.core.readings import ClusterClock, ThermalStatus
from labtui.core.text import clean
from labtui.failure import RUNNER_CODES, FailureCode


def decode_event(line: bytes) -> RunnerEvent:
    """Read one event line. Raises ProtocolViolation; all texts in the result are clean."""
    record = parse_object(line)
    kind = record.get("ev")
    if kind == "samples":
        return _samples(record, line)
    decode = _DECODERS.get(kind) if isinstance(kind, str) else None
    if decode is None:
        raise ProtocolViolation(f"unknown event {clean(str(kind), 40)!r}")
    return decode(record)


def encode_event(event: RunnerEvent) -> bytes:
    """Return one event as a line with its newline."""
    record = {"ev": _NAMES[type(event)], **_ENCODERS[type(event)](event)}
    return json.dumps(record, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def _hello(r: Record) -> Hello:
    return Hello(
        integer(r, "protocol"), clean_text(r, "runner"), clean_text(r, "runner_version"),
        clean_text(r, "engine"), clean_text(r, "engine_version"),
        integer(r, "pid"), integer(r, "mono_ns"), integer(r, "boot_ns"),
    )  # fmt: skip


def _hello_record(e: Hello) -> Record:
    return {
        "protocol": e.protocol, "runner": e.runner, "runner_version": e.runner_version,
        "engine": e.engine, "engine_version": e.engine_version, "pid": e.pid,
        "mono_ns": e.mono_ns, "boot_ns": e.boot_ns,
    }  # fmt: skip


def _loaded(r: Record) -> Loaded:
    return Loaded(
        integer(r, "t"), integer(r, "init_ns"), integer(r, "first_ns"), opt_integer(r, "rss_bytes")
    )


def _loaded_record(e: Loaded) -> Record:
    return {"t": e.t_ns, "init_ns": e.init_ns, "first_ns": e.first_ns, "rss_bytes": e.rss_bytes}


def _placement(r: Record) -> Placement:
    parts = tuple(
        PlacedPart(clean_text(p, "unit", 32), clean_text(p, "delegate", 64), opt_integer(p, "ops"))
        for p in objects(r, "parts")
    )
    asked = clean_text(r, "asked", 32)
    return Placement(asked, parts, opt_integer(r, "partitions"), _coverage(r))


def _coverage(r: Record) -> Coverage | None:
    if r.get("coverage") is None:
        return None
    stated = text(r, "coverage", 16)
    return Coverage(stated) if stated in set(Coverage) else None


def _placement_record(e: Placement) -> Record:
    parts = [{"unit": p.unit, "delegate": p.delegate, "ops": p.ops} for p in e.parts]
    record: Record = {"asked": e.asked, "parts": parts, "partitions": e.partitions}
    if e.stated is not None:
        record["coverage"] = e.stated.value
    return record


def _samples(r: Record, line: bytes = b"") -> Samples:
    durations_text = array_text(line, b'"ns"')
    durations_ns = integers(r, "ns", MAX_BATCH, durations_text)
    offsets_us = integers(r, "off_us", MAX_BATCH) if "off_us" in r else None
    if offsets_us is not None and len(offsets_us) != len(durations_ns):
        raise ProtocolViolation("off_us and ns differ in length")
    return Samples(
        integer(r, "i"), integer(r, "t"), durations_ns, flag(r, "warmup", default=False),
        offsets_us, durations_text.decode(),
    )  # fmt: skip


def _samples_record(e: Samples) -> Record:
    record: Record = {"i": e.first_index, "t": e.t0_ns, "ns": e.durations_ns}
    if e.is_warmup:
        record["warmup"] = True
    if e.offsets_us is not None:
        record["off_us"] = e.offsets_us
    return record


_THERMAL_STATES = {
    "nominal": ThermalStatus.NONE,
    "fair": ThermalStatus.LIGHT,
    "serious": ThermalStatus.MODERATE,
    "critical": ThermalStatus.CRITICAL,
}
"""iOS's `ProcessInfo.ThermalState`."""


def _reading(r: Record) -> RunnerReading:
    clocks = tuple(
        ClusterClock(
            clean_text(c, "name", 32), opt_integer(c, "now_khz"), opt_integer(c, "limit_khz"),
            opt_integer(c, "max_khz"),
        )
        for c in objects(r, "clocks")
    )  # fmt: skip
    status = _THERMAL_STATES.get(opt_text(r, "thermal_state") or "")
    low_power = None if r.get("low_power") is None else flag(r, "low_power", default=False)
    return RunnerReading(integer(r, "t"), opt_integer(r, "rss_bytes"), clocks, status, low_power)


def _reading_record(e: RunnerReading) -> Record:
    clocks = [
        {"name": c.name, "now_khz": c.now_khz, "limit_khz": c.limit_khz, "max_khz": c.max_khz}
        for c in e.clocks
    ]
    record: Record = {"t": e.t_ns, "rss_bytes": e.rss_bytes, "clocks": clocks}
    if e.thermal_status is not None:
        names = {status: name for name, status in _THERMAL_STATES.items()}
        record["thermal_state"] = names[e.thermal_status]
    if e.is_low_power is not None:
        record["low_power"] = e.is_low_power
    return record


def _outputs(r: Record) -> Outputs:
    return Outputs(
        tuple(
            Output(
                clean_text(o, "name"), clean_text(o, "dtype", 32), integers(o, "shape", 16),
                clean_text(o, "sha256", 64), numbers(o, "head", 8),
            )
            for o in objects(r, "outputs")
        )
    )  # fmt: skip


def _outputs_record(e: Outputs) -> Record:
    return {
        "outputs": [
            {"name": o.name, "dtype": o.dtype, "shape": o.shape, "sha256": o.sha256, "head": o.head}
            for o in e.outputs
        ]
    }


def _error(r: Record) -> RunnerError:
    code = text(r, "code")
    known = FailureCode(code) if code in RUNNER_CODES else FailureCode.INTERNAL
    return RunnerError(known, clean_text(r, "text", 400))


def _error_record(e: RunnerError) -> Record:
    return {"code": e.code.value, "text": e.text}


def _log(r: Record) -> Log:
    return Log(clean_text(r, "level", 16), clean_text(r, "text", 400))


def _log_record(e: Log) -> Record:
    return {"level": e.level, "text": e.text}


def _alive(r: Record) -> Alive:
    return Alive(integer(r, "t"))


def _alive_record(e: Alive) -> Record:
    return {"t": e.t_ns}


def _end(r: Record) -> End:
    return End(
        integer(r, "t"),
        integer(r, "warmup"),
        integer(r, "measured"),
        flag(r, "stopped", default=False),
    )


def _end_record(e: End) -> Record:
    return {"t": e.t_ns, "warmup": e.warmup, "measured": e.measured, "stopped": e.is_stopped}


_Codec = tuple[str, type[Any], Callable[[Record], RunnerEvent], Callable[[Any], Record]]
_CODECS: tuple[_Codec, ...] = (
    ("samples", Samples, _samples, _samples_record),
    ("hello", Hello, _hello, _hello_record),
    ("loaded", Loaded, _loaded, _loaded_record),
    ("placement", Placement, _placement, _placement_record),
    ("control", Control, passes.control, passes.control_record),
    ("profile", Profile, passes.profile, passes.profile_record),
    ("evaluated", Evaluated, passes.evaluated, passes.evaluated_record),
    ("aggregate", Aggregate, passes.aggregate, passes.aggregate_record),
    ("reading", RunnerReading, _reading, _reading_record),
    ("outputs", Outputs, _outputs, _outputs_record),
    ("log", Log, _log, _log_record),
    ("alive", Alive, _alive, _alive_record),
    ("end", End, _end, _end_record),
    ("error", RunnerError, _error, _error_record),
)
_DECODERS = {name: decode for name, _, decode, _ in _CODECS}
_NAMES = {kind: name for name, kind, _, _ in _CODECS}
_ENCODERS = {kind: encode for _, kind, _, encode in _CODECS}
