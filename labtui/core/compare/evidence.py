"""What the history has of one variant on one device: its launches and what belongs to them."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import TypeVar

from labtui.core.compare.standing import Stat, Timing, median_of
from labtui.core.conditions import Conditions, conditions_of
from labtui.core.events import Outcome
from labtui.core.history import LaunchRow, Numerics, ResultRow
from labtui.core.model import DeviceId, Digest, SessionUid
from labtui.core.placement import Coverage


@dataclass(frozen=True, slots=True)
class VariantKey:
    """A file and the options it runs under."""

    model: str
    recipe: str
    digest: Digest
    accelerator: str = "cpu"
    threads: int = 1
    affinity: int | None = None
    xnnpack: bool = True
    copy: int = 1
    """Which of several entries of a plan that are all the same (A/A)."""

    @property
    def name(self) -> str:
        """Model, recipe, and the options as far as they are not the usual ones."""
        options = [
            *((self.accelerator,) if self.accelerator not in ("cpu", "unknown") else ()),
            *((f"{self.threads} threads",) if self.threads > 1 else ()),
            *((f"CPUs {self.affinity:x}",) if self.affinity is not None else ()),
            *(() if self.xnnpack else ("no XNNPACK",)),
            *((f"copy {self.copy}",) if self.copy > 1 else ()),
        ]
        return f"{self.model} {self.recipe}".strip() + (f" ({', '.join(options)})" * bool(options))


@dataclass(frozen=True, slots=True)
class Evidence:
    """All launches of one variant on one device, failed ones too, and its results."""

    variant: VariantKey
    device: DeviceId
    device_name: str
    launches: tuple[LaunchRow, ...]
    """In order of session and position."""
    results: tuple[ResultRow, ...]
    """One for each session."""

    @property
    def rows(self) -> tuple[LaunchRow | ResultRow, ...]:
        """All that is known of it."""
        return (*self.launches, *self.results)

    @property
    def counted(self) -> tuple[LaunchRow, ...]:
        """Launches that came to their end and told durations."""
        return tuple(row for row in self.launches if _counts(row))

    @property
    def sessions(self) -> tuple[SessionUid, ...]:
        """In which it took part."""
        return tuple(dict.fromkeys(row.session for row in self.rows))

    @property
    def is_virtual(self) -> bool:
        """Whether the device is one of the virtual bench."""
        return any(row.is_virtual for row in self.rows)

    @property
    def is_imported(self) -> bool:
        """Whether another tool's log is all there is."""
        return any(row.is_imported for row in self.rows)

    @property
    def numerics(self) -> Numerics:
        """Broken once is broken."""
        found = {result.numerics for result in self.results}
        ranked = (Numerics.BROKEN, Numerics.OK)
        return next((one for one in ranked if one in found), Numerics.UNCHECKED)

    @property
    def size_bytes(self) -> int | None:
        """Of the file."""
        return next((r.size_bytes for r in self.results if r.size_bytes), None)

    @property
    def placement(self) -> str:
        """Where its ops ran, of the launch that fell back furthest; empty = nobody would say."""
        return next((r.placement for r in self.results if r.placement), "")

    @property
    def coverage(self) -> Coverage:
        """How much of it ran on the accelerator asked for, at worst."""
        found = {row.coverage for row in self.rows}
        ranked = (Coverage.NONE, Coverage.PARTIAL, Coverage.FULL)
        return next((one for one in ranked if one in found), Coverage.UNKNOWN)

    @property
    def was_throttled(self) -> bool | None:
        """True when any reading said so; None when no reading could tell."""
        told = {row.was_throttled for row in self.launches}
        return True if True in told else None if told <= {None} else False

    @property
    def conditions(self) -> Conditions | None:
        """Of the launches that count; None when none does."""
        return conditions_of(self.counted) if self.counted else None

    def median_ns(self, stat: Stat) -> float | None:
        """Return the median over launches."""
        return median_of([timing(row, 0) for row in self.counted], stat)

    @property
    def drift_ratio(self) -> float | None:
        """Median of the last third of the launches over that of the first; None below two."""
        times = [p50_ns for row in self.launches if _counts(row) and (p50_ns := _p50_ns(row))]
        if len(times) < 2:
            return None
        third = max(1, len(times) // 3)
        return median(times[-third:]) / median(times[:third])

    @property
    def left_out(self) -> tuple[str, ...]:
        """Why launches do not count, one sentence for each cause."""
        causes = Counter(_cause(row) for row in self.launches if not _counts(row))
        return tuple(f"{count} {cause}" for cause, count in causes.items())


def _counts(row: LaunchRow) -> bool:
    return row.outcome is Outcome.DONE and _p50_ns(row) is not None


def _p50_ns(row: LaunchRow) -> float | None:
    """Return the launch's median; where a program told totals only, its median or else its mean."""
    if row.summary is not None:
        return _duration(row.summary.p50_ns)
    if row.aggregate is not None:
        return _duration(row.aggregate.p50_ns or row.aggregate.mean_ns)
    return None


def _cause(row: LaunchRow) -> str:
    if row.outcome is Outcome.DONE:
        return "without a usable duration"
    words = (row.outcome.value, f"({row.code.value})" if row.code else "")
    return " ".join(word for word in words if word)


def timing(row: LaunchRow, variant: int) -> Timing:
    """Return a launch as comparisons see it; only one that is done has durations."""
    if row.outcome is not Outcome.DONE:
        return Timing(variant, row.block, row.index, None, None, None, row.session)
    p90_ns = row.summary.p90_ns if row.summary else None
    told = row.summary or row.aggregate
    mean_ns = told.mean_ns if told else None
    durations = (_p50_ns(row), _duration(p90_ns), _duration(mean_ns))
    return Timing(variant, row.block, row.index, *durations, row.session)


def _duration(value_ns: float | None) -> float | None:
    """Return what can be a duration: clocks that jump give others, too."""
    is_duration = value_ns is not None and math.isfinite(value_ns) and value_ns > 0
    return value_ns if is_duration else None


def evidence_of(
    launches: Iterable[LaunchRow], results: Iterable[ResultRow]
) -> tuple[tuple[Evidence, ...], ...]:
    """Sort what the history has by device, and by variant in the order of the plans."""
    rows, told = list(launches), list(results)
    keys = _keys([*told, *rows])
    launched, resulted = _by_variant(rows, keys), _by_variant(told, keys)
    order = {key: place for place, key in enumerate(dict.fromkeys(keys.values()))}
    devices: defaultdict[DeviceId, list[Evidence]] = defaultdict(list)
    for device, key in {**resulted, **launched}:
        found = _evidence(device, key, launched[device, key], resulted[device, key])
        devices[device].append(found)
    return tuple(
        tuple(sorted(found, key=lambda evidence: order[evidence.variant]))
        for found in devices.values()
    )


def _evidence(
    device: DeviceId, key: VariantKey, launches: list[LaunchRow], results: list[ResultRow]
) -> Evidence:
    name = launches[0].device_name if launches else results[0].device_name
    ordered = sorted(launches, key=lambda row: (row.session, row.index))
    return Evidence(key, device, name, _once(ordered), tuple(results))


_Row = TypeVar("_Row", LaunchRow, ResultRow)
_Keys = dict[tuple[str, int], VariantKey]
"""By session and position in its plan."""


def _by_variant(
    rows: Iterable[_Row], keys: _Keys
) -> defaultdict[tuple[DeviceId, VariantKey], list[_Row]]:
    groups: defaultdict[tuple[DeviceId, VariantKey], list[_Row]] = defaultdict(list)
    for row in rows:
        groups[row.device, keys[row.session, row.variant_position]].append(row)
    return groups


def _keys(rows: Iterable[LaunchRow | ResultRow]) -> _Keys:
    """Return the variant at each position of each session's plan, copies told apart."""
    plain = {(row.session, row.variant_position): _key(row) for row in rows}
    seen: Counter[tuple[str, VariantKey]] = Counter()
    keys: _Keys = {}
    for (session, position), key in sorted(plain.items(), key=lambda entry: entry[0]):
        seen[session, key] += 1
        keys[session, position] = replace(key, copy=seen[session, key])
    return keys


def _key(row: LaunchRow | ResultRow) -> VariantKey:
    file = (row.model, row.recipe, row.digest)
    return VariantKey(*file, row.accelerator_asked, row.threads, row.affinity, row.xnnpack)


def _once(rows: Sequence[LaunchRow]) -> tuple[LaunchRow, ...]:
    """Return one launch for each position: the one that counts, else the last attempt."""
    best: dict[tuple[str, int], LaunchRow] = {}
    for row in rows:
        place = (row.session, row.index)
        if place not in best or not _counts(best[place]):
            best[place] = row
    return tuple(best.values())
