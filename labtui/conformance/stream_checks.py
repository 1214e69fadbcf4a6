"""Checks of good launches: order, indices, counts, times, batches."""

import re
from collections.abc import Iterator
from itertools import pairwise

from labtui.conformance.desk import NO_WARMUP, Desk
from labtui.conformance.played import Played, timed_of
from labtui.core.placement import Placement
from labtui.core.protocol import (
    Alive,
    Control,
    End,
    Evaluated,
    Hello,
    Loaded,
    Log,
    Measure,
    Outputs,
    Profile,
    RunnerEvent,
    RunnerReading,
    Samples,
)
from labtui.core.protocol.events import MAX_BATCH

BUSY_S = 0.3
"""Long enough for three batches; a quick runner makes a million samples a second."""
PACE_HZ = 50.0
SLACK_NS = 50_000_000
"""What a busy computer may hold a runner up by, without its doing."""
_BATCH_NS = 100_000_000
_OFFSET_NS = 2_000
"""Two starts rounded to whole µs."""
_LATE_S = 0.5
_ORDER = re.compile(r"hlpow*s+c?(fp?)?v?e")
_LETTERS: dict[type[RunnerEvent], str] = {
    Hello: "h", Loaded: "l", Placement: "p", Outputs: "o", Control: "c", Profile: "f",
    Evaluated: "v", End: "e", Alive: "", Log: "", RunnerReading: "",
}  # fmt: skip


def short(desk: Desk) -> Played:
    """Play a launch by runs, however it ends."""
    return desk.play(desk.job())


def busy(desk: Desk) -> Played:
    """Play a launch by time, back to back; raises Violated unless it ends well."""
    return desk.done(desk.job(warmup=NO_WARMUP, measure=Measure(seconds=BUSY_S)))


def paced(desk: Desk) -> Played:
    """Play a launch of a second, fifty inferences; raises Violated unless it ends well."""
    return desk.done(desk.job(measure=Measure(runs=50), rate_hz=PACE_HZ))


def stream(desk: Desk) -> Iterator[str]:
    """Yield what a host would end a launch for."""
    for played in (short(desk), busy(desk)):
        if played.broken_rule:
            yield played.broken_rule


def only_events(desk: Desk) -> Iterator[str]:
    """Yield lines on stdout that are no events."""
    for played in (short(desk), busy(desk)):
        yield from played.unreadable


def exit_code(desk: Desk) -> Iterator[str]:
    """Yield how a good launch ended, if it did not end well."""
    played = short(desk)
    if played.exit_code != 0 or not isinstance(played.last, End) or played.last.is_stopped:
        yield played.ending


def hello(desk: Desk) -> Iterator[str]:
    """Yield what is wrong with the greeting."""
    greetings = short(desk).all(Hello)
    if not greetings:
        yield "there is none"
    for said in greetings:
        for name in ("runner", "runner_version", "engine", "engine_version", "pid"):
            if not getattr(said, name):
                yield f"{name} is not given"
        if said.boot_ns < said.mono_ns:
            yield "boot_ns is before mono_ns, though it counts the device's sleep as well"


def order(desk: Desk) -> Iterator[str]:
    """Yield an order that is not that of PROTOCOL.md, and events that nobody asked for."""
    events = short(desk).events
    if not _ORDER.fullmatch("".join(map(_letter, events))):
        names = ", ".join(type(event).__name__.lower() for event in events)
        yield f"the events are {names[:400]}"
    for event in events:
        if isinstance(event, Control | Profile | Evaluated):
            yield f"{type(event).__name__.lower()} comes without having been asked for"


def _letter(event: RunnerEvent) -> str:
    if isinstance(event, Samples):
        return "w" if event.is_warmup else "s"
    return _LETTERS.get(type(event), "?")


def indices(desk: Desk) -> Iterator[str]:
    """Yield gaps and repetitions."""
    for played in (short(desk), busy(desk)):
        following = 0
        for batch in played.all(Samples):
            if batch.first_index != following:
                yield f"samples begin at {batch.first_index} where {following} is next"
            following = batch.first_index + len(batch.durations_ns)


def counts(desk: Desk) -> Iterator[str]:
    """Yield counts of `end` that are not those of the samples."""
    for played in (short(desk), busy(desk)):
        for end in played.all(End):
            sent = (len(played.warmup), len(played.measured))
            if sent != (end.warmup, end.measured):
                yield f"end counts {end.warmup} + {end.measured}, sent were {sent[0]} + {sent[1]}"


def times(desk: Desk) -> Iterator[str]:
    """Yield times that run backwards or lie outside the launch."""
    for played in (short(desk), busy(desk)):
        yield from _backwards(played)
        yield from _outside(played)
        yield from _loading(played)


def _backwards(played: Played) -> Iterator[str]:
    for i, (before, after) in enumerate(pairwise(played.inferences)):
        if after.start_ns < before.end_ns - _OFFSET_NS:
            early_ns = before.end_ns - after.start_ns
            yield f"inference {i + 1} starts {early_ns} ns before the one before it has ended"


def _outside(played: Played) -> Iterator[str]:
    begin_ns = max((hello.mono_ns for hello in played.all(Hello)), default=0)
    ready_ns = max((loaded.t_ns for loaded in played.all(Loaded)), default=begin_ns)
    end_ns = min((end.t_ns for end in played.all(End)), default=ready_ns)
    if not begin_ns <= ready_ns <= end_ns:
        yield "hello, loaded and end do not follow each other in time"
    spoken_ns = [reading.t_ns for reading in played.all(RunnerReading)]
    spoken_ns += [alive.t_ns for alive in played.all(Alive)]
    if any(not begin_ns <= t_ns <= end_ns for t_ns in spoken_ns):
        yield "a reading or an alive lies outside the launch"
    for timed in (*played.inferences[:1], *played.inferences[-1:]):
        if timed.start_ns < ready_ns or timed.end_ns > end_ns + _OFFSET_NS:
            yield "samples lie outside the time between loaded and end"


def _loading(played: Played) -> Iterator[str]:
    for hello, loaded in zip(played.all(Hello), played.all(Loaded), strict=False):
        if loaded.init_ns + loaded.first_ns > loaded.t_ns - hello.mono_ns:
            yield "init_ns and first_ns are together longer than hello to loaded"
        if not loaded.init_ns or not loaded.first_ns:
            yield "loading or the first inference took no time"


def clock(desk: Desk) -> Iterator[str]:
    """Yield a clock that does not run in nanoseconds, seen from the host."""
    played = paced(desk)
    arrivals = {type(event): line.arrived_s for line, event in played.read}
    for first, last in zip(played.all(Hello), played.all(End), strict=False):
        device_s = (last.t_ns - first.mono_ns) / 1e9
        host_s = arrivals[End] - arrivals[Hello]
        if abs(device_s - host_s) > _LATE_S + 0.05 * host_s:
            yield f"hello to end took {device_s:.3f} s on its clock and {host_s:.3f} s here"
    busy_s = sum(timed.duration_ns for timed in busy(desk).measured) / 1e9
    if not busy_s >= 0.1 * BUSY_S:
        yield f"{BUSY_S} s of back-to-back measuring hold {busy_s:.3f} s of inferences"


def batches(desk: Desk) -> Iterator[str]:
    """Yield batches that are too large, or that held samples back."""
    for batch in (*busy(desk).all(Samples), *paced(desk).all(Samples)):
        inferences = list(timed_of(batch))
        if not inferences:
            yield "a samples event without a sample"
        elif len(inferences) > MAX_BATCH:
            yield f"{len(inferences)} samples in one event"
        elif inferences[-1].start_ns - inferences[0].end_ns > _BATCH_NS + SLACK_NS:
            waited_ms = (inferences[-1].start_ns - inferences[0].end_ns) / 1e6
            yield f"an inference began {waited_ms:.0f} ms after the first sample of its batch"


def punctual(desk: Desk) -> Iterator[str]:
    """Yield events that arrive long after what they tell of, compared with the promptest one."""
    lags_s = []
    for line, event in paced(desk).read:
        if isinstance(event, Hello):
            lags_s.append(line.arrived_s - event.mono_ns / 1e9)
        if isinstance(event, Samples) and event.durations_ns:
            lags_s.append(line.arrived_s - (event.t0_ns + event.durations_ns[0]) / 1e9)
    late_s = max(lags_s, default=0.0) - min(lags_s, default=0.0)
    if late_s > _LATE_S:
        yield f"samples arrived up to {late_s:.1f} s late: flush stdout after each event"
