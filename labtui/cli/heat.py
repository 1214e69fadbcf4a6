"""`labtui heat`: what heat did to variants over the minutes of a long run."""

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from labtui.cli.chosen import find_session, pick_devices
from labtui.cli.columns import MEDIUM, Column, print_columns, print_wrapped
from labtui.cli.compose import open_history
from labtui.cli.output import ms, print_document
from labtui.cli.settings import Settings
from labtui.core.compare.evidence import Evidence, evidence_of
from labtui.core.conditions import conditions_of, differences
from labtui.core.heat import MILESTONES, DriftCurve
from labtui.core.heat_report import (
    MIN_LONG_S,
    LaunchHeat,
    Race,
    Signal,
    Told,
    launch_heat,
    timeline,
)
from labtui.core.heat_report import race as race_of
from labtui.core.history import LaunchRow, ReadingRow
from labtui.core.model import LaunchUid, SessionUid
from labtui.errors import NothingMatched
from labtui.ports import History

_LEAST_FOR_SLOPE = 5


@dataclass(frozen=True, slots=True)
class _Long:
    """A launch that was long enough to have minutes."""

    variant: str
    launch: LaunchRow
    heat: LaunchHeat


@dataclass(frozen=True, slots=True)
class _Group:
    """The long launches of one model on one device."""

    name: str
    launches: tuple[_Long, ...]
    race: Race
    cautions: tuple[str, ...]
    """What else differed between those that are ranked."""


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print the heat figures of a session. Raises NothingMatched where no launch was long."""
    history = open_history(settings)
    session = find_session(history, arguments.session)
    devices = evidence_of(history.launches([session]), history.results(session))
    picked = pick_devices(devices, arguments.device)
    launches = [launch for peers in picked for one in peers for launch in one.launches]
    heats = _heats(history, session) if any(map(_may_be_long, launches)) else {}
    groups = [group for peers in picked for group in _groups(peers, heats)]
    if not groups:
        raise NothingMatched(
            f"No launch of session {session} measured for {MIN_LONG_S:.0f} s: heat needs a long "
            "run, e.g. `labtui run --preset sustained-5m`."
        )
    if settings.as_json:
        print_document("heat", session=session, groups=[_record(group) for group in groups])
        return 0
    for group in groups:
        _print_group(group, settings)
    return 0


def _may_be_long(launch: LaunchRow) -> bool:
    """Tell whether it is worth while to look at its samples; not sure to be right, but cheap."""
    if launch.ended_us is None or launch.ended_us - launch.started_us >= MIN_LONG_S * 1e6:
        return True
    summary = launch.summary
    return summary is not None and summary.count * summary.mean_ns >= MIN_LONG_S * 1e9


def _heats(history: History, session: SessionUid) -> dict[LaunchUid, LaunchHeat]:
    """Return the figures of all long launches: one pass over the samples, a minute in memory."""
    readings = _Readings(history.readings([session]))
    heats: dict[LaunchUid, LaunchHeat] = {}
    samples = history.samples([session])
    for launch, own in groupby(samples, key=lambda sample: sample.launch):
        found = timeline(own)
        if found is not None and found.length_s >= MIN_LONG_S:
            heats[launch] = launch_heat(found, readings.of(launch))
    return heats


class _Readings:
    """Readings in order of launch, given out launch by launch."""

    def __init__(self, rows: Iterable[ReadingRow]) -> None:
        self._groups: Iterator[tuple[LaunchUid, Iterator[ReadingRow]]]
        self._groups = groupby(rows, key=lambda row: row.launch)
        self._next = self._advance()

    def of(self, launch: LaunchUid) -> list[ReadingRow]:
        """Return those of a launch that is later than the one asked for before."""
        while self._next is not None and self._next[0] < launch:
            self._next = self._advance()
        if self._next is None or self._next[0] != launch:
            return []
        return self._next[1]

    def _advance(self) -> tuple[LaunchUid, list[ReadingRow]] | None:
        found = next(self._groups, None)
        return None if found is None else (found[0], list(found[1]))


def _groups(peers: Sequence[Evidence], heats: dict[LaunchUid, LaunchHeat]) -> list[_Group]:
    by_model: defaultdict[str, list[_Long]] = defaultdict(list)
    for evidence in peers:
        by_model[evidence.variant.model] += [
            _Long(evidence.variant.name, launch, heats[launch.launch])
            for launch in evidence.launches
            if launch.launch in heats
        ]
    return [_group(found) for found in by_model.values() if found]


def _group(launches: list[_Long]) -> _Group:
    longest: dict[str, _Long] = {}
    for one in launches:
        known = longest.get(one.variant)
        if known is None or one.heat.length_s > known.heat.length_s:
            longest[one.variant] = one
    curves = {name: one.heat.curve for name, one in longest.items()}
    row = launches[0].launch
    name = f"{row.device_name}{' (virtual)' if row.is_virtual else ''}: {row.model}"
    cautions = tuple(_cautions([one.launch for one in longest.values()]))
    return _Group(name, tuple(launches), race_of(curves), cautions)


def _cautions(launches: Sequence[LaunchRow]) -> Iterator[str]:
    """Yield what differs from the first of those that are ranked, and is no option of theirs."""
    first = conditions_of(launches[:1])
    for launch in launches[1:]:
        for found in differences(first, conditions_of([launch])):
            if found.what not in ("options", "throttled"):
                yield f"{launches[0].recipe} and {launch.recipe}: {found.text}"


def _print_group(group: _Group, settings: Settings) -> None:
    print_columns(_COLUMNS, group.launches, settings, group.name)
    print_wrapped(_sentences(group), settings)


def _slope(curve: DriftCurve) -> float | None:
    """Return the latency per °C; None where the minutes are too few to draw a line through."""
    return curve.per_degree if len(curve.minutes) >= _LEAST_FOR_SLOPE else None


def _ratio(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.2f}"


def _signal(signal: Signal) -> str:
    """Return when a signal first said that the device throttles."""
    if signal.told is Told.YES:
        return "yes" if signal.after_s is None else f"{signal.after_s:.0f} s"
    return signal.told.value


def _minute_text(number: int) -> Callable[[_Long], str]:
    return lambda one: _ratio(one.heat.curve.ratio(number))


def _slope_text(one: _Long) -> str:
    slope = _slope(one.heat.curve)
    return "-" if slope is None else f"{100 * slope:+.2f}"


def _shape(one: _Long) -> str:
    steady = one.heat.steadiness
    return "too short to tell" if steady is None else steady.shape.value


_COLUMNS: tuple[Column[_Long], ...] = (
    Column("variant", lambda one: one.variant),
    Column("minutes#", lambda one: str(len(one.heat.curve.minutes)), MEDIUM),
    Column("min 1 ms", lambda one: ms(one.heat.curve.minutes[0].p50_ns)),
    *(Column(f"x by {number}", _minute_text(number), MEDIUM) for number in MILESTONES[1:]),
    Column("sustained x", lambda one: _ratio(one.heat.curve.sustained_ratio)),
    Column("per °C %", _slope_text, MEDIUM),
    Column("slower at", lambda one: _signal(one.heat.by_latency)),
    Column("status at", lambda one: _signal(one.heat.by_status)),
    Column("clock limit at", lambda one: _signal(one.heat.by_clock)),
    Column("shape", _shape),
)


def _sentences(group: _Group) -> Iterator[str]:
    for one in group.launches:
        ratios = (one.heat.curve.ratio(minute.number) for minute in one.heat.curve.minutes)
        yield f"{one.variant}, minute by minute: {' '.join(map(_ratio, ratios))}"
    ranking = group.race.ranking if len(_names(group)) > 1 else {}
    for minute, names in ranking.items():
        yield f"Fastest first in minute {minute}: {', '.join(names)}."
    for flip in group.race.flips:
        yield f"From minute {flip.minute} on {flip.after} is faster than {flip.before}."
    if (cold := group.race.only_cold) is not None:
        yield f"{cold.before} only wins while the device is cold: until minute {cold.minute - 1}."
    yield from (f"Not the same for both, {caution}." for caution in group.cautions)
    yield ""


def _names(group: _Group) -> set[str]:
    return {one.variant for one in group.launches}


def _record(group: _Group) -> dict[str, Any]:
    return {
        "device": group.launches[0].launch.device,
        "device_name": group.launches[0].launch.device_name,
        "virtual": group.launches[0].launch.is_virtual,
        "model": group.launches[0].launch.model,
        "launches": [_launch_record(one) for one in group.launches],
        "ranking": dict(group.race.ranking),
        "flips": group.race.flips,
        "only_while_cold": group.race.only_cold.before if group.race.only_cold else None,
        "cautions": group.cautions,
    }


def _launch_record(one: _Long) -> dict[str, Any]:
    heat, curve = one.heat, one.heat.curve
    return {
        "launch": one.launch.launch,
        "variant": one.variant,
        "conditions": conditions_of([one.launch]),
        "length_s": heat.length_s,
        "minutes": _minutes(curve),
        "sustained_ratio": curve.sustained_ratio,
        "last_ratio": curve.last_ratio,
        "per_degree": _slope(curve),
        "first_slow_minute": curve.first_slow_minute,
        "throttled": {
            "by_latency": heat.by_latency,
            "by_status": heat.by_status,
            "by_clock": heat.by_clock,
        },
        "steadiness": heat.steadiness,
    }


def _minutes(curve: DriftCurve) -> list[dict[str, Any]]:
    return [
        {
            "number": minute.number,
            "p50_ns": minute.p50_ns,
            "ratio": curve.ratio(minute.number),
            "temp_c": minute.temp_c,
            "status": None if minute.status is None else minute.status.name.lower(),
        }
        for minute in curve.minutes
    ]
