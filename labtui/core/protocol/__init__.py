"""The runner protocol: a job goes in, events come out (runners/PROTOCOL.md)."""

from labtui.core.protocol.codec import decode_event, encode_event
from labtui.core.protocol.events import (
    Alive,
    End,
    ErrorCode,
    Hello,
    Loaded,
    Log,
    Output,
    Outputs,
    PlacedPart,
    Placement,
    RunnerError,
    RunnerEvent,
    RunnerReading,
    Samples,
)
from labtui.core.protocol.fields import MAX_LINE_BYTES, ProtocolViolation
from labtui.core.protocol.job import (
    PROTOCOL_VERSION,
    Job,
    Measure,
    WarmUp,
    decode_job,
    encode_job,
)
from labtui.core.protocol.stream import BrokenStream, RunnerStream

__all__ = [
    "MAX_LINE_BYTES",
    "PROTOCOL_VERSION",
    "Alive",
    "BrokenStream",
    "End",
    "ErrorCode",
    "Hello",
    "Job",
    "Loaded",
    "Log",
    "Measure",
    "Output",
    "Outputs",
    "PlacedPart",
    "Placement",
    "ProtocolViolation",
    "RunnerError",
    "RunnerEvent",
    "RunnerReading",
    "RunnerStream",
    "Samples",
    "WarmUp",
    "decode_event",
    "decode_job",
    "encode_event",
    "encode_job",
]
