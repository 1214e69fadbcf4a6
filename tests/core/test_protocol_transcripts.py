"""The golden transcripts, each read whole, byte by byte and in odd pieces."""

import json
from pathlib import Path

import pytest

from labtui.core.protocol import (
    BrokenStream,
    RunnerError,
    RunnerEvent,
    RunnerStream,
    Samples,
    encode_event,
)
from labtui.resources import data

FOLDER = data("runners") / "transcripts"
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


@pytest.mark.parametrize("name", ["good.ndjson", "rated.ndjson", "stopped_in_warmup.ndjson"])
def test_encoding_gives_the_recorded_bytes_again(name: str) -> None:
    content = (FOLDER / name).read_bytes()
    assert content == b"".join(map(encode_event, RunnerStream().feed(content)))


def test_no_transcript_names_a_place_on_some_computer() -> None:
    for path in Path(FOLDER).iterdir():
        assert b"/home/" not in path.read_bytes()
        assert b"/tmp/" not in path.read_bytes()
