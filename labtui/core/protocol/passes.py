"""Records of what comes beside samples: control run, profiling pass, eval set, totals."""

from dataclasses import asdict

from labtui.core.placement import OpTime
from labtui.core.protocol.events import (
    MAX_BATCH,
    Aggregate,
    Control,
    Evaluated,
    OutputFile,
    Profile,
)
from labtui.core.protocol.fields import (
    Record,
    clean_text,
    integer,
    integers,
    number,
    objects,
    opt_integer,
    opt_number,
    text,
)


def control(r: Record) -> Control:
    """Read the control run's record. Raises ProtocolViolation."""
    return Control(
        integer(r, "t"), clean_text(r, "unit", 32), clean_text(r, "delegate", 64),
        integers(r, "ns", MAX_BATCH),
    )  # fmt: skip


def control_record(e: Control) -> Record:
    """Return the fields of a control run."""
    return {"t": e.t0_ns, "unit": e.unit, "delegate": e.delegate, "ns": e.durations_ns}


def profile(r: Record) -> Profile:
    """Read the profiling pass's record. Raises ProtocolViolation."""
    ops = tuple(
        OpTime(
            clean_text(o, "name"), clean_text(o, "unit", 32), clean_text(o, "delegate", 64),
            integer(o, "count"), number(o, "ns"),
        )
        for o in objects(r, "ops", MAX_BATCH)
    )  # fmt: skip
    return Profile(integer(r, "runs"), ops)


def profile_record(e: Profile) -> Record:
    """Return the fields of a profiling pass."""
    ops = [
        {"name": o.name, "unit": o.unit, "delegate": o.delegate, "count": o.count, "ns": o.mean_ns}
        for o in e.ops
    ]
    return {"runs": e.runs, "ops": ops}


def evaluated(r: Record) -> Evaluated:
    """Read an eval set's record. Raises ProtocolViolation."""
    files = tuple(
        OutputFile(clean_text(f, "name"), text(f, "path"), clean_text(f, "sha256", 64))
        for f in objects(r, "files")
    )
    return Evaluated(integer(r, "items"), integer(r, "ns"), files)


def evaluated_record(e: Evaluated) -> Record:
    """Return the fields of an eval set that was run."""
    files = [{"name": f.name, "path": f.path, "sha256": f.sha256} for f in e.files]
    return {"items": e.items, "ns": e.busy_ns, "files": files}


def aggregate(r: Record) -> Aggregate:
    """Read a record of totals. Raises ProtocolViolation."""
    return Aggregate(
        runs=integer(r, "runs"),
        mean_ns=number(r, "mean_ns"),
        sd_ns=opt_number(r, "sd_ns"),
        min_ns=opt_number(r, "min_ns"),
        max_ns=opt_number(r, "max_ns"),
        p5_ns=opt_number(r, "p5_ns"),
        p50_ns=opt_number(r, "p50_ns"),
        p95_ns=opt_number(r, "p95_ns"),
        first_ns=opt_number(r, "first_ns"),
        warmup_runs=opt_integer(r, "warmup_runs"),
        warmup_mean_ns=opt_number(r, "warmup_mean_ns"),
    )


def aggregate_record(e: Aggregate) -> Record:
    """Return the fields of totals."""
    return asdict(e)
