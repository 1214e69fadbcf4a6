"""Histories with many launches, recorded as a bench would."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from labtui.core.accuracy import Predictions
from labtui.core.events import BenchEvent
from labtui.core.model import Digest, LaunchUid, SessionUid
from labtui.core.placement import PlacedPart, Placement
from labtui.core.plan import LaunchSpec, PlannedVariant, Purpose
from labtui.core.protocol import Hello
from labtui.store import open_store
from tests.store import bench_events as bench

VARIANTS = [
    bench.variant(recipe, Digest(letter * 64))
    for recipe, letter in (("fp32", "a"), ("int8", "b"), ("int4", "c"))
]
ABBA = (0, 1, 1, 0, 1, 0, 0, 1)
HELLO = Hello(1, "labtui-runner", "0.1", "LiteRT", "2.3", 42, 5_000, 6_000)


def session(
    times_ms: Mapping[int, float],
    order: Sequence[int] = ABBA * 4,
    uid: str = "01S000",
    *,
    tags: tuple[str, ...] = (),
    variants: Sequence[PlannedVariant] = VARIANTS[:2],
    wrong: Mapping[int, int] | None = None,
    parts: tuple[PlacedPart, ...] = (PlacedPart("gpu", "GPU", 64),),
) -> list[BenchEvent]:
    """Return a session whose launches take their variant's time, each a bit of its own off."""
    name = SessionUid(uid)
    events: list[BenchEvent] = [bench.session_started(name, variants=variants, tags=tags)]
    for index, variant in enumerate(order):
        launch = LaunchUid(f"{uid}L{index:04}")
        spec = LaunchSpec(index, variant, index // (2 * len(variants)))
        off = 1 + 0.004 * ((index * 7919 % 101) / 50 - 1)
        events += [
            bench.launch_started(launch, name, spec=spec),
            bench.reported(HELLO, launch),
            bench.reported(Placement("gpu", parts), launch),
            bench.launch_ended([round(times_ms[variant] * 1e6 * off)] * 5, launch),
        ]
    events += _evaluations(uid, len(order), wrong or {})
    return [*events, bench.session_ended(name)]


def _evaluations(uid: str, first: int, wrong: Mapping[int, int]) -> Iterable[BenchEvent]:
    for index, (variant, count) in enumerate(wrong.items(), first):
        launch = LaunchUid(f"{uid}L{index:04}")
        ranks = (2,) * count + (1,) * (400 - count)
        predicted = tuple(int(rank > 1) for rank in ranks)
        spec = LaunchSpec(index, variant, index, Purpose.EVALUATE)
        yield bench.launch_started(launch, SessionUid(uid), spec=spec)
        yield bench.scored(launch, Predictions(predicted, ranks, (0.9,) * 400))
        yield bench.launch_ended([], launch)


def stored(path: Path, *sessions: Iterable[BenchEvent]) -> str:
    """Record sessions, one after the other, and return the history's path."""
    store = open_store(path)
    with store.recorder() as recorder:
        for events in sessions:
            for event in events:
                recorder.record(event)
    return str(path)
