"""Chunks hold batches without loss, whatever their sizes, and notice damage."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.core.model import LaunchUid
from labtui.core.protocol import Samples, decode_event, encode_event
from labtui.store.chunks import MAX_CHUNK, DamagedChunk, chunks, durations_ns, rows

LAUNCH = LaunchUid("01L")
Row = tuple[int, int, int, bool]


def expected_rows(batch: Samples) -> list[Row]:
    found, busy_ns = [], 0
    for i, duration_ns in enumerate(batch.durations_ns):
        offset_ns = busy_ns if batch.offsets_us is None else batch.offsets_us[i] * 1000
        found.append((batch.first_index + i, batch.t0_ns + offset_ns, duration_ns, batch.is_warmup))
        busy_ns += duration_ns
    return found


def stored_rows(batches: list[Samples]) -> list[Row]:
    return [
        (row.index, row.t_ns, row.latency_ns, row.is_warmup)
        for chunk in chunks(batches)
        for row in rows(LAUNCH, chunk)
    ]


@st.composite
def launches(draw: st.DrawFn) -> list[Samples]:
    """Batches of one launch: back to back, apart, paced, cut off, longer than a chunk."""
    batches: list[Samples] = []
    index, t0_ns = 0, draw(st.integers(0, 10**12)) * 1000
    for _ in range(draw(st.integers(0, 6))):
        size = draw(st.sampled_from([0, 1, 3, 40, MAX_CHUNK, MAX_CHUNK + 7, 3 * MAX_CHUNK]))
        duration_ns = draw(st.integers(0, 1 << 40))
        durations = tuple(duration_ns + i for i in range(size))
        paced = draw(st.booleans())
        offsets_us = tuple(i * 50 for i in range(size)) if paced else None
        batches.append(Samples(index, t0_ns, durations, draw(st.booleans()), offsets_us))
        index += size + draw(st.sampled_from([0, 0, 5]))
        t0_ns += sum(durations) if not paced else 50_000 * size
        t0_ns += draw(st.sampled_from([0, 0, 10**9]))
        t0_ns -= t0_ns % 1000
    return batches


@given(launches())
def test_every_sample_comes_back_with_its_start(batches: list[Samples]) -> None:
    expected = [row for batch in batches for row in expected_rows(batch)]
    found = stored_rows(batches)
    assert [(i, d, w) for i, _, d, w in expected] == [(i, d, w) for i, _, d, w in found]
    late_ns = [abs(e[1] - f[1]) for e, f in zip(expected, found, strict=True)]
    assert max(late_ns, default=0) <= 1_000_000


@given(launches())
def test_chunks_are_bounded_and_in_order(batches: list[Samples]) -> None:
    made = list(chunks(batches))
    assert all(0 < chunk.n <= MAX_CHUNK for chunk in made)
    assert sorted(chunk.seq0 for chunk in made) == [chunk.seq0 for chunk in made]


def test_batches_that_follow_each_other_share_a_chunk() -> None:
    (chunk,) = chunks([Samples(0, 0, (10, 20), False), Samples(2, 30, (5,), False)])
    assert (0, 3, 0, "[10,20,5]", None) == (
        chunk.seq0,
        chunk.n,
        chunk.t0_ns,
        chunk.latency_ns,
        chunk.offset_us,
    )


@pytest.mark.parametrize(
    "second",
    [
        Samples(3, 30, (5,), False),
        Samples(2, 30, (5,), True),
        Samples(2, 30, (5,), False, (0,)),
        Samples(2, 2_000_030, (5,), False),
    ],
    ids=["gap", "phase", "pacing", "pause"],
)
def test_batches_that_do_not_follow_each_other_have_their_own_chunks(second: Samples) -> None:
    assert 2 == len(list(chunks([Samples(0, 0, (10, 20), False), second])))


def test_the_runners_own_text_is_stored_as_it_came() -> None:
    line = encode_event(Samples(0, 0, (10, 20), False))
    event = decode_event(line)
    assert isinstance(event, Samples)
    assert "10,20" == event.durations_text
    assert [c.latency_ns for c in chunks([replace(event, durations_text="")])] == [
        c.latency_ns for c in chunks([event])
    ]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (b'{"ev":"samples","i":0,"t":0,"ns":[1,22]}', "1,22"),
        (b'{"ns":[1],"ev":"samples","i":0,"t":0,"off_us":[5]}', "1"),
        (b'{"ev":"samples","i":0,"t":0,"ns":[1, 22]}', ""),
        (b'{"ev":"samples","i":0,"t":0,"ns":[7],"ns":[1,22]}', ""),
        (b'{"ev":"samples","i":0,"t":0,"\\u006es":[7],"x":{"ns":[1,22]}}', ""),
        (b'{"ev":"samples","i":0,"t":0,"ns":[]}', ""),
    ],
)
def test_text_is_taken_from_the_line_only_where_it_cannot_be_anything_else(
    line: bytes, text: str
) -> None:
    event = decode_event(line)
    assert isinstance(event, Samples)
    assert text == event.durations_text


@given(st.binary(min_size=1, max_size=3), st.integers(0, 1 << 16))
def test_damage_inside_the_numbers_is_noticed(noise: bytes, place: int) -> None:
    (chunk,) = chunks([Samples(0, 0, tuple(range(100_000, 100_050)), False)])
    at = place % len(chunk.latency_ns)
    damaged = chunk.latency_ns[:at] + noise.decode("latin-1") + chunk.latency_ns[at + len(noise) :]
    if damaged != chunk.latency_ns:
        with pytest.raises(DamagedChunk, match="checksum"):
            durations_ns(replace(chunk, latency_ns=damaged))
