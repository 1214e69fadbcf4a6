"""Checks of what comes after measuring: control run, profiling pass; and of the raw file."""

from collections.abc import Iterator

from labtui.conformance.desk import Desk, Skipped, lines_of
from labtui.conformance.played import Played
from labtui.core.placement import Placement
from labtui.core.protocol import Control, Log, Profile, Samples

_CONTROL_RUNS, _PROFILE_RUNS = 6, 4


def control(desk: Desk) -> Iterator[str]:
    """Yield what is wrong with the control run. Raises Skipped for engines that cannot."""
    played = desk.done(desk.job(control_runs=_CONTROL_RUNS))
    events = played.all(Control)
    if not events:
        yield from _declined(played, "control")
    for event in events:
        if len(event.durations_ns) != _CONTROL_RUNS:
            yield f"{len(event.durations_ns)} inferences, not {_CONTROL_RUNS}"
        if event.unit != "cpu" or "XNNPACK" in event.delegate.upper():
            yield f"it ran on {event.unit} {event.delegate}, not on the CPU without XNNPACK"
        if played.inferences and event.t0_ns < played.inferences[-1].end_ns:
            yield "it began before the last sample had ended"
        if not all(event.durations_ns):
            yield "an inference took no time"
    yield from _placed_after_samples(played, Control)


def profile(desk: Desk) -> Iterator[str]:
    """Yield what is wrong with the profiling pass. Raises Skipped for engines that cannot."""
    played = desk.done(desk.job(profile_runs=_PROFILE_RUNS))
    events = played.all(Profile)
    if not events:
        yield from _declined(played, "profile")
    for event in events:
        if event.runs != _PROFILE_RUNS:
            yield f"runs is {event.runs}, not {_PROFILE_RUNS}"
        if not event.ops:
            yield "it names no ops"
        for op in event.ops:
            if not op.name or not op.unit or not op.count:
                yield f"the op {op.name!r} lacks a name, a unit or a count"
    yield from _placed_after_samples(played, Profile)


def _declined(played: Played, name: str) -> Iterator[str]:
    """Yield a missing event; raises Skipped when a log says why."""
    said = "; ".join(event.text for event in _after_samples(played) if isinstance(event, Log))
    if said:
        raise Skipped(f"the runner says: {said}")
    yield f"neither a {name} event nor a log that says why there is none"


def _after_samples(played: Played) -> list[object]:
    at = [i for i, event in enumerate(played.events) if isinstance(event, Samples)]
    return list(played.events[max(at, default=-1) + 1 :])


def _placed_after_samples(played: Played, kind: type) -> Iterator[str]:
    if played.broken_rule:
        yield played.broken_rule
    after = _after_samples(played)
    if len(played.all(kind)) != sum(isinstance(event, kind) for event in after):
        yield "it comes before the last samples"
    if len(played.all(Placement)) > 1 and kind is not Profile:
        yield "placement comes again without a profiling pass"


def raw_file(desk: Desk) -> Iterator[str]:
    """Yield how the raw file differs from stdout, `alive` left out."""
    raw = desk.folder / "raw.ndjson"
    raw.write_bytes(b"what was there before\n" * 10_000)
    played = desk.done(desk.job(raw_file=str(raw)))
    kinds = [line.data for line, event in played.read if type(event).__name__ != "Alive"]
    kept = lines_of(raw)
    if kept == kinds:
        return
    differing = next(
        (i for i, (a, b) in enumerate(zip(kept, kinds, strict=False)) if a != b),
        min(len(kept), len(kinds)),
    )
    yield f"{len(kept)} lines for {len(kinds)} events; they differ from line {differing + 1} on"
