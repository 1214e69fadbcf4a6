"""The golden transcripts, each read whole, byte by byte and in odd pieces."""

import json
from pathlib import Path
from typing import TypeVar

import pytest

from labtui.core.placement import Placement
from labtui.core.protocol import (
    Aggregate,
    BrokenStream,
    Control,
    Evaluated,
    Outputs,
    Profile,
    RunnerError,
    RunnerEvent,
    RunnerStream,
    Samples,
    encode_event,
)
from labtui.resources import data

FOLDER = data("runners") / "transcripts"
Kind = TypeVar("Kind")
EXPECTED = json.loads((FOLDER / "expected.json").read_text())


def outcome_of(content: bytes, piece: int) -> tuple[str, list[RunnerEvent]]:
    stream = RunnerStream()
    events: list[RunnerEvent] = []
    try:
        for start in range(0, len(content), piece):
            events += stream.feed(content[start : start + piece])
    except BrokenStream as broken:
        return "broken", events + broken.events
    if stream.outcome is None:
        return "cut", events
    if isinstance(stream.outcome, RunnerError):
        return f"error {stream.outcome.code}", events
    return "stopped" if stream.outcome.is_stopped else "ended", events


def test_each_transcript_is_described_and_each_description_has_one() -> None:
    assert sorted(EXPECTED) == sorted(path.name for path in FOLDER.glob("*.ndjson"))


@pytest.mark.parametrize("piece", [1, 7, 1 << 20])
@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_transcripts_are_read_as_described(name: str, piece: int) -> None:
    outcome, events = outcome_of((FOLDER / name).read_bytes(), piece)
    samples = [event for event in events if isinstance(event, Samples)]
    found = {
        "outcome": outcome,
        "warmup": sum(len(batch.durations_ns) for batch in samples if batch.is_warmup),
        "measured": sum(len(batch.durations_ns) for batch in samples if not batch.is_warmup),
    }
    assert EXPECTED[name] == found


RECORDED = (
    "good", "rated", "stopped_in_warmup", "control_eval_no_profile", "stopped_in_eval", "bad_eval",
    "op_unsupported",
)  # fmt: skip


@pytest.mark.parametrize("name", RECORDED)
def test_encoding_gives_the_recorded_bytes_again(name: str) -> None:
    content = (FOLDER / f"{name}.ndjson").read_bytes()
    assert content == b"".join(map(encode_event, RunnerStream().feed(content)))


MEANING = ["aggregate.ndjson", "aggregate_alone.ndjson", "control_profile_eval.ndjson"]


@pytest.mark.parametrize("name", MEANING)
def test_encoding_keeps_the_meaning_of_what_others_wrote(name: str) -> None:
    events = RunnerStream().feed((FOLDER / name).read_bytes())
    assert events == RunnerStream().feed(b"".join(map(encode_event, events)))


def events_of(name: str, kind: type[Kind]) -> list[Kind]:
    events = RunnerStream().feed((FOLDER / name).read_bytes())
    return [event for event in events if isinstance(event, kind)]


def test_placement_comes_again_after_the_profiling_pass() -> None:
    placements = events_of("control_profile_eval.ndjson", Placement)
    (profile,) = events_of("control_profile_eval.ndjson", Profile)
    assert 2 == len(placements)
    assert {"XNNPACK", ""} == {op.delegate for op in profile.ops}
    assert [5] == [
        len(control.durations_ns) for control in events_of("control_profile_eval.ndjson", Control)
    ]


def test_two_runners_computed_the_same() -> None:
    """The native one and the reference, from one variant, one seed and one eval set."""
    names = ("control_profile_eval.ndjson", "control_eval_no_profile.ndjson")
    native, reference = (
        [output.sha256 for outputs in events_of(name, Outputs) for output in outputs.outputs]
        + [file.sha256 for evaluated in events_of(name, Evaluated) for file in evaluated.files]
        for name in names
    )
    assert 2 == len(native)
    assert native == reference


def test_an_aggregate_tells_what_it_knows() -> None:
    (alone,) = events_of("aggregate_alone.ndjson", Aggregate)
    assert Aggregate(3, 1200.0) == alone
    (full,) = events_of("aggregate.ndjson", Aggregate)
    assert (50, 12, 6_190_000.0) == (full.runs, full.warmup_runs, full.p50_ns)


def test_no_transcript_names_a_place_on_some_computer() -> None:
    for path in Path(FOLDER).iterdir():
        assert b"/home/" not in path.read_bytes()
        assert b"/tmp/" not in path.read_bytes()
