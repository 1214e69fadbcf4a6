"""What another tool measured -> a session of its own, whose labels cannot be missed."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from labtui.core.events import (
    BenchEvent,
    DeviceEnded,
    LaunchEnded,
    LaunchStarted,
    Outcome,
    RunnerReported,
    SessionEnded,
    SessionStarted,
)
from labtui.core.logs.benchmark_model import (
    HELLO_OF_A_LOG,
    BenchmarkLog,
    BenchmarkRun,
    RunStatus,
    runner_events,
)
from labtui.core.model import (
    DeviceFacts,
    DeviceId,
    DeviceSnapshot,
    DeviceState,
    Digest,
    EngineOptions,
    LaunchUid,
    Platform,
    SessionUid,
    Transport,
    TransportKind,
    Variant,
    VariantFormat,
)
from labtui.core.plan import LaunchSpec, Plan, PlannedVariant
from labtui.core.presets import Order, Preset
from labtui.core.protocol import Measure, RunnerError, WarmUp
from labtui.core.text import clean
from labtui.errors import RunnerFailed
from labtui.failure import FailureCode

UNKNOWN = "unknown"
_PRESET = Preset(
    "imported",
    "as another tool measured",
    WarmUp(min_runs=0, max_runs=0),
    Measure(),
    launches=1,
    order=Order.SEQUENTIAL,
    profile_runs=0,
)


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """Where imported results come from."""

    name: str
    sha256: Digest
    format: str
    tool: str
    tool_version: str
    """Empty when the file does not say."""
    imported_us: int


@dataclass(frozen=True, slots=True)
class ImportedAs:
    """What the file itself does not tell."""

    device_name: str
    tags: tuple[str, ...] = ()


def session_events(
    log: BenchmarkLog, file: ImportedFile, known: ImportedAs, new_uid: Callable[[], str]
) -> list[BenchEvent]:
    """Return a session of one launch for each run; its times are those of the import."""
    session, device = SessionUid(new_uid()), _device(known.device_name)
    launches = sorted(LaunchUid(new_uid()) for _ in log.runs)  # some are of the same instant
    planned = [_planned(run, file.sha256) for run in log.runs]
    variants = tuple(dict.fromkeys(planned))
    plan = Plan(file.name, variants, (device.id,), _PRESET, tags=known.tags)
    events: list[BenchEvent] = [SessionStarted(session, plan, (device,), file.imported_us)]
    ends: list[LaunchEnded] = []
    for index, (run, variant, launch) in enumerate(zip(log.runs, planned, launches, strict=True)):
        spec = LaunchSpec(index, variants.index(variant), index)
        events.append(LaunchStarted(launch, session, device.id, spec, file.imported_us))
        events += (
            RunnerReported(launch, device.id, event)
            for event in (HELLO_OF_A_LOG, *runner_events(run))
        )
        ends.append(_end(run, launch, device.id, file.imported_us))
        events.append(ends[-1])
    return [*events, *_session_end(session, device.id, ends, file.imported_us)]


def _device(name: str) -> DeviceSnapshot:
    """Return a device that is only a name: it is on no bench, and never one that is."""
    name = clean(name)
    transport = Transport(name, TransportKind.LOCAL, DeviceState.OFFLINE)
    facts = DeviceFacts(name, name, soc="", os_version="", build="", abi="", is_virtual=False)
    return DeviceSnapshot(
        DeviceId(f"{Platform.IMPORTED}:{name}"),
        Platform.IMPORTED,
        DeviceState.OFFLINE,
        (transport,),
        facts=facts,
    )


def _planned(run: BenchmarkRun, log_sha256: Digest) -> PlannedVariant:
    path = PurePosixPath(run.graph)
    model, _, recipe = path.name.removesuffix(path.suffix).partition(".")
    variant = Variant(
        path=run.graph,
        model=model or f"{UNKNOWN} model",
        recipe=recipe,
        format=VariantFormat.TFLITE,
        digest=_stand_in(run, log_sha256),
        size_bytes=run.model_bytes or 0,
        inputs=(),
        outputs=(),
        ops=(),
        weight_bytes=(),
        parameters=0,
    )
    return PlannedVariant(variant, _engine(run))


def _stand_in(run: BenchmarkRun, log_sha256: Digest) -> Digest:
    """Return what stands for the digest of a file that nobody has; it is none of any file.

    Files of the same name and size are taken for the same; nameless ones only within one log.
    """
    name = PurePosixPath(run.graph).name or log_sha256
    text = f"{name} {run.model_bytes or 0}"
    return Digest(f"{UNKNOWN}-{hashlib.sha256(text.encode()).hexdigest()[:16]}")


def _engine(run: BenchmarkRun) -> EngineOptions:
    options = {key.strip().lower(): value for key, value in run.parameters}
    return EngineOptions(
        accelerator=run.placement.asked or UNKNOWN,
        threads=run.threads or 0,
        xnnpack=options.get("use xnnpack", "1") not in ("0", "false"),
    )


def _end(run: BenchmarkRun, launch: LaunchUid, device: DeviceId, ended_us: int) -> LaunchEnded:
    outcome, cause, code = Outcome.DONE, "", None
    if run.status is RunStatus.INCOMPLETE:
        outcome, cause, code = Outcome.FAILED, run.cause, FailureCode.LOG_CUT
    elif run.status is RunStatus.FAILED:
        (said,) = (e for e in runner_events(run) if isinstance(e, RunnerError))
        outcome, code = Outcome.FAILED, said.code
        cause = str(RunnerFailed(said.code, f"{said.text}."))
    return LaunchEnded(launch, device, outcome, cause, None, ended_us, code)


def _session_end(
    session: SessionUid, device: DeviceId, ends: Sequence[LaunchEnded], ended_us: int
) -> tuple[DeviceEnded, SessionEnded]:
    last = next((end for end in reversed(ends) if end.outcome is Outcome.FAILED), ends[-1])
    return (
        DeviceEnded(device, last.outcome, last.cause, last.code),
        SessionEnded(session, last.outcome, ended_us),
    )
