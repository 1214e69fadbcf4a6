"""A launch's bytes: framing, order, completeness, and what it may cost to read them."""

import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.core.protocol import (
    MAX_LINE_BYTES,
    Aggregate,
    Alive,
    BrokenStream,
    Control,
    End,
    Evaluated,
    Hello,
    Loaded,
    Log,
    Profile,
    RunnerError,
    RunnerEvent,
    RunnerStream,
    Samples,
    encode_event,
)
from labtui.core.protocol.stream import MAX_STRAY_LINES
from labtui.failure import FailureCode

HELLO = Hello(1, "r", "1", "e", "2", 3, 4, 5)
WARM = Samples(0, 10, (1, 2), is_warmup=True)
MEASURED = Samples(2, 20, (3, 4, 5), is_warmup=False)
END = End(99, 2, 3, is_stopped=False)
GOOD: tuple[RunnerEvent, ...] = (HELLO, Loaded(6, 7, 8), WARM, Alive(12), MEASURED, END)
CONTROL, PROFILE, EVALUATED = Control(30, "cpu", "", (9,)), Profile(1, ()), Evaluated(1, 2, ())
AGGREGATE = Aggregate(50, 1.5)
ERROR = RunnerError(FailureCode.MODEL_MISSING, "gone")


def feed_all(stream: RunnerStream, content: bytes | memoryview, piece: int) -> None:
    for start in range(0, len(content), piece):
        stream.feed(bytes(content[start : start + piece]))


def lines(*events: RunnerEvent) -> bytes:
    return b"".join(map(encode_event, events))


@given(st.lists(st.integers(1, 60), min_size=1))
def test_pieces_of_any_size_give_the_same_events(sizes: list[int]) -> None:
    stream, content, events = RunnerStream(), lines(*GOOD), list[RunnerEvent]()
    while content:
        for size in sizes:
            events += stream.feed(content[:size])
            content = content[size:]
    assert list(GOOD) == events
    assert END == stream.outcome


ACCEPTED: dict[str, tuple[RunnerEvent, ...]] = {
    "error before hello": (ERROR,),
    "log before hello": (Log("info", "x"), HELLO, End(1, 0, 0, is_stopped=True)),
    "error in the middle": (HELLO, WARM, ERROR),
    "nothing measured": (HELLO, WARM, End(1, 2, 0, is_stopped=True)),
    "all that follows measuring": (
        HELLO,
        WARM,
        MEASURED,
        CONTROL,
        PROFILE,
        EVALUATED,
        END,
    ),
    "totals only": (HELLO, AGGREGATE, PROFILE, End(1, 0, 0, is_stopped=False)),
    "empty batch": (HELLO, Samples(0, 1, (), is_warmup=False), End(1, 0, 0, is_stopped=True)),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_orders_that_are_allowed(name: str) -> None:
    stream = RunnerStream()
    assert list(ACCEPTED[name]) == stream.feed(lines(*ACCEPTED[name]))
    assert ACCEPTED[name][-1] == stream.outcome


REFUSED: dict[str, tuple[tuple[RunnerEvent, ...], str]] = {
    "no hello": ((WARM,), "before hello"),
    "alive before hello": ((Alive(1),), "before hello"),
    "end before hello": ((End(1, 0, 0, is_stopped=True),), "before hello"),
    "second hello": ((HELLO, HELLO), "second hello"),
    "newer protocol": ((Hello(2, "r", "1", "e", "2", 3, 4, 5),), "protocol 2"),
    "gap": ((HELLO, WARM, Samples(3, 20, (1,), is_warmup=False)), "missing or repeated"),
    "repeat": ((HELLO, WARM, WARM), "missing or repeated"),
    "late warm-up": ((HELLO, WARM, MEASURED, Samples(5, 30, (1,), is_warmup=True)), "warm-up"),
    "wrong measured": ((HELLO, WARM, End(1, 2, 1, is_stopped=False)), "counts"),
    "wrong warm-up": ((HELLO, WARM, End(1, 1, 1, is_stopped=False)), "counts"),
    "samples after the control run": ((HELLO, WARM, CONTROL, MEASURED), "end of measuring"),
    "samples after totals": ((HELLO, AGGREGATE, WARM), "end of measuring"),
    "totals after samples": ((HELLO, WARM, AGGREGATE), "both samples"),
    "two profiles": ((HELLO, PROFILE, PROFILE), "profile comes twice"),
    "after end": ((*GOOD, Alive(1)), "after the last"),
    "two ends": ((*GOOD, END), "after the last"),
    "after error": ((HELLO, ERROR, END), "after the last"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_orders_that_break_the_stream_keep_what_came_before(name: str) -> None:
    events, text = REFUSED[name]
    with pytest.raises(BrokenStream, match=text) as caught:
        RunnerStream().feed(lines(*events))
    assert list(events[:-1]) == caught.value.events


def test_only_another_version_is_a_mismatch() -> None:
    for name in ("newer protocol", "gap"):
        with pytest.raises(BrokenStream) as caught:
            RunnerStream().feed(lines(*REFUSED[name][0]))
        assert (name == "newer protocol") == caught.value.is_mismatch


@given(st.lists(st.binary(max_size=200)))
def test_arbitrary_bytes_raise_nothing_but_a_broken_stream(chunks: list[bytes]) -> None:
    stream = RunnerStream()
    for chunk in chunks:
        try:
            stream.feed(chunk)
        except BrokenStream:
            return


@given(st.binary(min_size=1, max_size=40), st.integers(0, 400))
def test_damage_anywhere_in_a_good_stream_raises_nothing_else(damage: bytes, at: int) -> None:
    content = lines(*GOOD)
    with suppress(BrokenStream):
        RunnerStream().feed(content[:at] + damage + content[at + len(damage) :])


def test_stray_lines_become_log_lines_without_control_characters() -> None:
    events = RunnerStream().feed(b"\x1b[31mINFO\x1b[0m \xff\r\n \t\n" + lines(HELLO))
    assert [Log("stray", "\ufffd[31mINFO\ufffd[0m \ufffd\ufffd"), HELLO] == events


def test_a_program_that_only_chatters_is_no_runner() -> None:
    stream = RunnerStream()
    assert MAX_STRAY_LINES == len(stream.feed(b"hi\n" * MAX_STRAY_LINES))
    with pytest.raises(BrokenStream, match="something other"):
        stream.feed(b"hi\n")


@pytest.mark.parametrize("first", [b"x", b"{"], ids=["stray", "object"])
@pytest.mark.parametrize("piece", [65536, 20 << 20])
def test_a_line_of_ten_megabytes_breaks_the_stream_at_the_first(first: bytes, piece: int) -> None:
    content = first * (10 << 20) + b"\n"
    with pytest.raises(BrokenStream):
        feed_all(RunnerStream(), content, piece)


def test_never_more_than_a_line_is_held() -> None:
    stream, content = RunnerStream(), memoryview(b"{" * (10 << 20))
    tracemalloc.start()
    try:
        with pytest.raises(BrokenStream, match="a line of more than"):
            feed_all(stream, content, 4096)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 4 * MAX_LINE_BYTES


def test_a_stream_that_ends_early_has_no_outcome() -> None:
    stream = RunnerStream()
    stream.feed(lines(*GOOD[:-1]) + lines(END)[:-5])
    assert stream.outcome is None
