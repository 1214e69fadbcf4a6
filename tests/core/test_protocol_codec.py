"""Events and jobs as lines: what is sent arrives, and what is not allowed does not."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.core.model import Digest, EngineOptions
from labtui.core.placement import Coverage, OpTime, PlacedPart, Placement
from labtui.core.protocol import (
    MAX_LINE_BYTES,
    Aggregate,
    Alive,
    Control,
    End,
    EvalJob,
    Evaluated,
    Hello,
    Job,
    Layout,
    Loaded,
    Log,
    Measure,
    Normalise,
    Output,
    OutputFile,
    Outputs,
    Profile,
    ProtocolMismatch,
    ProtocolViolation,
    RunnerError,
    RunnerEvent,
    RunnerReading,
    Samples,
    WarmUp,
    decode_event,
    decode_job,
    encode_event,
    encode_job,
)
from labtui.core.readings import ClusterClock, ThermalStatus
from labtui.core.text import clean
from labtui.failure import RUNNER_CODES, FailureCode

WHOLE = st.integers(0, (1 << 63) - 1)
MAYBE = st.none() | WHOLE
FINITE = st.floats(allow_nan=False, allow_infinity=False)


def words(limit: int) -> st.SearchStrategy[str]:
    """Texts that are clean already: hostile characters do not come back as they were."""
    return st.text(max_size=limit).map(lambda text: clean(text, limit))


def tuples_of(values: st.SearchStrategy[Any], limit: int) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(values, max_size=limit).map(tuple)


PARTS = st.builds(PlacedPart, words(32), words(64), MAYBE)
TIMES_NS = st.floats(0, 1e18)
MAYBE_TIMES_NS = st.none() | TIMES_NS
OP_TIMES = st.builds(OpTime, words(120), words(32), words(64), WHOLE, TIMES_NS)
OUTPUT_FILES = st.builds(OutputFile, words(120), words(200), words(64))
CLOCKS = st.builds(ClusterClock, words(32), MAYBE, MAYBE, MAYBE)
THERMAL_STATUSES = (
    ThermalStatus.NONE, ThermalStatus.LIGHT, ThermalStatus.MODERATE, ThermalStatus.CRITICAL,
)  # fmt: skip
OUTPUTS = st.builds(
    Output, words(120), words(32), tuples_of(WHOLE, 16), words(64), tuples_of(FINITE, 8)
)


@st.composite
def batches(draw: st.DrawFn) -> Samples:
    durations_ns = draw(tuples_of(WHOLE, 20))
    starts_us = st.lists(WHOLE, min_size=len(durations_ns), max_size=len(durations_ns))
    offsets_us = draw(st.none() | starts_us.map(tuple))
    return Samples(draw(WHOLE), draw(WHOLE), durations_ns, draw(st.booleans()), offsets_us)


EVENTS: st.SearchStrategy[RunnerEvent] = st.one_of(
    st.builds(Hello, WHOLE, words(120), words(120), words(120), words(120), WHOLE, WHOLE, WHOLE),
    st.builds(Loaded, WHOLE, WHOLE, WHOLE, MAYBE),
    st.builds(
        Placement, words(32), tuples_of(PARTS, 4), MAYBE, st.none() | st.sampled_from(Coverage)
    ),
    batches(),
    st.builds(Control, WHOLE, words(32), words(64), tuples_of(WHOLE, 20)),
    st.builds(Profile, WHOLE, tuples_of(OP_TIMES, 4)),
    st.builds(Evaluated, WHOLE, WHOLE, tuples_of(OUTPUT_FILES, 3)),
    st.builds(Aggregate, WHOLE, TIMES_NS, *[MAYBE_TIMES_NS] * 7, MAYBE, MAYBE_TIMES_NS),
    st.builds(
        RunnerReading,
        WHOLE,
        MAYBE,
        tuples_of(CLOCKS, 4),
        st.none() | st.sampled_from(THERMAL_STATUSES),
        st.none() | st.booleans(),
    ),
    st.builds(Outputs, tuples_of(OUTPUTS, 3)),
    st.builds(Log, words(16), words(400)),
    st.builds(Alive, WHOLE),
    st.builds(End, WHOLE, WHOLE, WHOLE, st.booleans()),
    st.builds(RunnerError, st.sampled_from(sorted(RUNNER_CODES)), words(400)),
)

RUNS = st.tuples(st.integers(0, 10_000_000), st.integers(0, 10_000_000)).map(sorted)
WARMUPS = st.builds(
    lambda runs, max_s, tolerance, min_s: WarmUp(runs[0], runs[1], max_s, tolerance, min_s),
    RUNS,
    st.floats(0, 86_400),
    st.floats(0, 1),
    st.floats(0, 86_400),
)
MEASURES = st.builds(Measure, st.integers(1, 10_000_000), st.none()) | st.builds(
    Measure, st.none(), st.floats(0, 86_400)
)
SHA256 = st.text("0123456789abcdef", min_size=64, max_size=64).map(Digest)
NUMBERS = st.floats(-1e300, 1e300)
SCALES = st.floats(-1e18, -1e-9) | st.floats(1e-9, 1e18)
NORMALISES = st.builds(
    Normalise,
    SCALES,
    st.lists(NUMBERS, min_size=1, max_size=3).map(tuple),
    st.lists(st.floats(1e-9, 1e300), min_size=1, max_size=3).map(tuple),
)
EVALS = st.builds(
    EvalJob,
    inputs=st.text(max_size=200),
    sha256=SHA256,
    outputs=st.text(max_size=200),
    layout=st.sampled_from(Layout),
    normalise=st.none() | NORMALISES,
    items=st.none() | st.integers(1, 10_000_000),
)
ENGINES = st.builds(
    EngineOptions,
    st.text(max_size=32),
    st.integers(1, 256),
    st.none() | st.integers(1, (1 << 63) - 1),
    st.booleans(),
)
JOBS = st.builds(
    Job,
    variant=st.text(max_size=200),
    sha256=SHA256,
    engine=ENGINES,
    seed=WHOLE,
    warmup=WARMUPS,
    measure=MEASURES,
    rate_hz=st.none() | st.floats(0.001, 100_000),
    raw_file=st.none() | st.text(max_size=200),
    library=st.none() | st.text(max_size=200),
    control_runs=st.integers(0, 10_000),
    profile_runs=st.integers(0, 10_000),
    eval=st.none() | EVALS,
)


@given(EVENTS)
def test_events_arrive_as_they_were_sent(event: RunnerEvent) -> None:
    line = encode_event(event)
    assert line.endswith(b"\n")
    assert 1 == line.count(b"\n")
    assert event == decode_event(line)


@given(JOBS)
def test_jobs_arrive_as_they_were_sent(job: Job) -> None:
    line = encode_job(job)
    assert 1 == line.count(b"\n")
    assert job == decode_job(line)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
KINDS = (
    "hello", "loaded", "placement", "samples", "control", "profile", "evaluated", "aggregate",
    "reading", "outputs", "log", "end", "error",
)  # fmt: skip
FIELDS = (
    "protocol", "runner", "pid", "mono_ns", "t", "init_ns", "asked", "parts", "partitions", "i",
    "ns", "off_us", "warmup", "clocks", "outputs", "level", "text", "code", "measured", "stopped",
    "unit", "delegate", "coverage", "ops", "runs", "files", "items", "mean_ns", "sd_ns", "p50_ns",
)  # fmt: skip


@given(st.sampled_from(KINDS), st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_no_field_raises_anything_but_a_violation(kind: str, fields: dict[str, Any]) -> None:
    try:
        event = decode_event(json.dumps({"ev": kind, **fields}).encode())
    except ProtocolViolation:
        return
    encode_event(event)


@given(st.dictionaries(st.sampled_from(sorted(json.loads(
    encode_job(Job("v", Digest("0" * 64), EngineOptions(), 1, WarmUp(), Measure(runs=1))))
)), JSON))  # fmt: skip
def test_no_job_field_raises_anything_but_a_violation(fields: dict[str, Any]) -> None:
    job = Job("v", Digest("0" * 64), EngineOptions(), 1, WarmUp(), Measure(runs=1))
    record = json.loads(encode_job(job)) | fields
    try:
        decode_job(json.dumps(record).encode())
    except ProtocolViolation:
        return


SAMPLES = '{"ev":"samples","i":0,"t":5,"ns":%s}'
OUTPUT = '{"ev":"outputs","outputs":[{"name":"y","dtype":"f","shape":[1],"sha256":"","head":[%s]}]}'
REFUSED = {
    "empty": "",
    "list": "[]",
    "no kind": "{}",
    "unknown kind": '{"ev":"weather"}',
    "kind is a list": '{"ev":["samples"]}',
    "nan": SAMPLES % "[1,NaN]",
    "infinity": SAMPLES % "[-Infinity]",
    "overflowing float": SAMPLES % "[1e999]",
    "negative": SAMPLES % "[1,-1]",
    "bool as whole": SAMPLES % "[true]",
    "float": SAMPLES % "[1.0]",
    "text": SAMPLES % '["1"]',
    "not a list": SAMPLES % "7",
    "2^63": SAMPLES % "[9223372036854775808]",
    "digits without end": SAMPLES % ("[" + "9" * 5000 + "]"),
    "bool time": '{"ev":"alive","t":true}',
    "negative time": '{"ev":"alive","t":-1}',
    "missing time": '{"ev":"alive"}',
    "null time": '{"ev":"alive","t":null}',
    "warmup is 1": '{"ev":"samples","i":0,"t":5,"ns":[1],"warmup":1}',
    "offsets of another length": '{"ev":"samples","i":0,"t":5,"ns":[1,2],"off_us":[0]}',
    "too many in a batch": SAMPLES % ("[" + "1," * 10_000 + "1]"),
    "nesting": SAMPLES % ("[" * 100_000 + "]" * 100_000),
    "unclosed nesting": '{"a":' * 100_000,
    "head of NaN": OUTPUT % "NaN",
    "head of 10^400": OUTPUT % ("1" + "0" * 400),
    "outputs is no list": '{"ev":"outputs","outputs":{"name":"y"}}',
    "long text": json.dumps({"ev": "log", "level": "info", "text": "x" * 5000}),
    "long line": " " * MAX_LINE_BYTES + "{}",
    "two objects": '{"ev":"alive","t":1}{"ev":"alive","t":2}',
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused_events(name: str) -> None:
    with pytest.raises(ProtocolViolation):
        decode_event(REFUSED[name].encode())


@pytest.mark.parametrize("line", [b"\xff\xfe{}", b'{"ev":"alive","t":1,"x":"\xc3"}', b"\x00"])
def test_bytes_that_are_no_text_are_refused(line: bytes) -> None:
    with pytest.raises(ProtocolViolation):
        decode_event(line)


@given(st.binary(max_size=300))
def test_arbitrary_lines_raise_nothing_but_a_violation(line: bytes) -> None:
    for decode in (decode_event, decode_job):
        try:
            decode(line)
        except ProtocolViolation:
            continue


def test_texts_arrive_clean() -> None:
    event = decode_event(
        rb'{"ev":"log","level":"info","text":"\u001b]52;c;aGk=\u0007[bold]\ud800\n"}'
    )
    assert Log("info", "\ufffd]52;c;aGk=\ufffd[bold]\ufffd\ufffd") == event


def test_unknown_error_codes_are_internal() -> None:
    event = decode_event(b'{"ev":"error","code":"brownout","text":"voltage fell"}')
    assert RunnerError(FailureCode.INTERNAL, "voltage fell") == event


def test_later_fields_are_skipped() -> None:
    assert Alive(1) == decode_event(b'{"ev":"alive","t":1,"mood":"fine"}')


def test_what_cannot_be_said_in_json_is_not_sent() -> None:
    outputs = Outputs((Output("y", "float32", (1,), "", (float("nan"),)),))
    with pytest.raises(ValueError, match="Out of range"):
        encode_event(outputs)


JOB: dict[str, Any] = json.loads(
    encode_job(Job("v.tflite", Digest("0" * 64), EngineOptions(), 1, WarmUp(), Measure(runs=5)))
)
EVAL: dict[str, Any] = {
    "inputs": "x.npy", "sha256": "0" * 64, "outputs": "out", "layout": "NCHW", "normalise": None,
    "items": None,
}  # fmt: skip
REFUSED_JOBS: dict[str, tuple[dict[str, Any], str]] = {
    "an event": ({"ev": "hello"}, "not a job"),
    "short digest": ({"sha256": "ab"}, "64 lower-case hex"),
    "upper-case digest": ({"sha256": "A" * 64}, "64 lower-case hex"),
    "protocol": ({"protocol": 2}, "another protocol"),
    "protocol as bool": ({"protocol": True}, "protocol"),
    "unknown field": ({"weather": 1}, "unknown job fields: weather"),
    "unknown engine field": (
        {"engine": {"accelerator": "cpu", "threads": 1, "warp": 9}}, "unknown job fields: warp"
    ),
    "affinity of no CPU": (
        {"engine": {"accelerator": "cpu", "threads": 1, "affinity": 0}}, "affinity"
    ),
    "xnnpack is 1": ({"engine": {"accelerator": "cpu", "threads": 1, "xnnpack": 1}}, "xnnpack"),
    "too long a profile": ({"profile_runs": 10_001}, "profile_runs"),
    "eval layout": ({"eval": EVAL | {"layout": "HWCN"}}, "layout"),
    "eval field": ({"eval": EVAL | {"labels": "y.npy"}}, "unknown job fields: labels"),
    "eval of nothing": ({"eval": EVAL | {"items": 0}}, "items"),
    "std of zero": (
        {"eval": EVAL | {"normalise": {"scale": 1, "mean": [0], "std": [0]}}}, "normalised"
    ),
    "no mean": ({"eval": EVAL | {"normalise": {"scale": 1, "mean": [], "std": [1]}}}, "normalised"),
    "threads": ({"engine": {"accelerator": "cpu", "threads": 0}}, "threads"),
    "engine": ({"engine": "cpu"}, "engine"),
    "seed": ({"seed": -1}, "seed"),
    "both": ({"measure": {"runs": 1, "seconds": 1}}, "either"),
    "neither": ({"measure": {}}, "either"),
    "no runs": ({"measure": {"runs": 0}}, "runs"),
    "rate of zero": ({"rate_hz": 0}, "rate_hz"),
    "rate as bool": ({"rate_hz": True}, "rate_hz"),
    "raw file": ({"raw_file": 5}, "raw_file"),
    "warm-up limits": (
        {"warmup": {"min_runs": 5, "max_runs": 4, "min_s": 0, "max_s": 1, "tolerance": 0.1}},
        "max_runs",
    ),
    "tolerance": (
        {"warmup": {"min_runs": 5, "max_runs": 5, "min_s": 0, "max_s": 1, "tolerance": 1.5}},
        "tolerance",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED_JOBS)
def test_refused_jobs(name: str) -> None:
    change, text = REFUSED_JOBS[name]
    with pytest.raises(ProtocolViolation, match=text):
        decode_job(json.dumps(JOB | change).encode())


OPTIONAL = {"rate_hz", "raw_file", "control_runs", "profile_runs", "eval"}


@pytest.mark.parametrize("key", sorted(JOB.keys() - OPTIONAL))
def test_every_other_field_of_a_job_is_needed(key: str) -> None:
    with pytest.raises(ProtocolViolation):
        decode_job(json.dumps({k: v for k, v in JOB.items() if k != key}).encode())


def test_what_may_be_missing_may_be_null_or_left_out() -> None:
    plain = decode_job(json.dumps({k: v for k, v in JOB.items() if k not in OPTIONAL}).encode())
    assert plain == decode_job(json.dumps(JOB | dict.fromkeys(OPTIONAL)).encode())
    engine = {"accelerator": "cpu", "threads": 2}
    assert (
        EngineOptions(threads=2) == decode_job(json.dumps(JOB | {"engine": engine}).encode()).engine
    )


def test_another_version_is_told_apart_from_a_bad_job() -> None:
    with pytest.raises(ProtocolMismatch):
        decode_job(json.dumps(JOB | {"protocol": 2}).encode())


@pytest.mark.parametrize("code", ["runner_killed", "device_gone", "protocol_broken"])
def test_a_runner_cannot_speak_for_the_bench(code: str) -> None:
    line = json.dumps({"ev": "error", "code": code, "text": ""}).encode()
    assert RunnerError(FailureCode.INTERNAL, "") == decode_event(line)


def test_an_unknown_thermal_state_is_unknown() -> None:
    line = b'{"ev":"reading","t":1,"clocks":[],"thermal_state":"molten"}'
    assert RunnerReading(1) == decode_event(line)


def test_an_unknown_coverage_is_no_coverage() -> None:
    line = b'{"ev":"placement","asked":"gpu","parts":[],"coverage":"most"}'
    assert Placement("gpu") == decode_event(line)
