"""What a long launch says of heat: minutes, steadiness, and three signals of throttling."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import median

from labtui.core.heat import DriftCurve, Flip, Minute, flips, rankings
from labtui.core.history import ReadingRow, SampleRow
from labtui.core.readings import ThermalStatus
from labtui.core.steady import Steadiness, steadiness

MIN_LONG_S = 120.0
"""A shorter launch has no minutes to compare."""
_LEAST_MINUTE_S = 30.0
"""What is left of a last minute counts if it is at least as long."""
_MOST_STEP_S = 600.0
"""Between two inferences; more, or a step back, is a jump of the clock and no time."""
_MOST_S = 86_400.0
"""What comes after a day counts to its last second: no clock can make a report endless."""


class Told(StrEnum):
    """Whether a signal says that the device throttled."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    """Nobody would say: never the same as no."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One of the three signals."""

    told: Told
    after_s: float | None = None
    """When it first said so; None if it did not, or nobody knows when."""


_UNKNOWN = Signal(Told.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Timeline:
    """A launch's measured inferences, by minute and by second; never empty."""

    start_ns: int
    """Of the first measured inference, on the runner's clock."""
    length_s: float
    minutes: tuple[Minute, ...]
    second_p50s_ns: tuple[float, ...]
    """Median of each second; that of the one before where no inference began."""


@dataclass(frozen=True, slots=True)
class LaunchHeat:
    """What heat did to one launch."""

    length_s: float
    curve: DriftCurve
    steadiness: Steadiness | None
    """None when the launch is too short to tell."""
    by_latency: Signal
    """Change point: it left its best level for good."""
    by_status: Signal
    """The platform's thermal status."""
    by_clock: Signal
    """The upper limit of a clock, below what the hardware can do."""


def timeline(samples: Iterable[SampleRow]) -> Timeline | None:
    """Return the minutes of one launch from its samples in order, one minute in memory at a time.

    None when nothing was measured. Durations that are not above 0 are left out.
    """
    minutes, seconds = _Medians(60.0), _Medians(1.0)
    start_ns = last_ns = None
    elapsed_s = 0.0
    for sample in samples:
        if sample.is_warmup or sample.latency_ns <= 0:
            continue
        if last_ns is None:
            start_ns = sample.t_ns
        else:
            elapsed_s = min(elapsed_s + _step_s(sample.t_ns - last_ns), _MOST_S)
        last_ns = sample.t_ns
        minutes.add(elapsed_s, sample.latency_ns)
        seconds.add(elapsed_s, sample.latency_ns)
    if start_ns is None:
        return None
    return Timeline(
        start_ns, elapsed_s, _whole(minutes.found(), elapsed_s), _filled(seconds.found())
    )


def _step_s(step_ns: int) -> float:
    return step_ns / 1e9 if 0 <= step_ns <= _MOST_STEP_S * 1e9 else 0.0


class _Medians:
    """Medians of equal stretches of time, of which only the present one is held."""

    def __init__(self, length_s: float) -> None:
        self._length_s = length_s
        self._number = 0
        self._values: list[int] = []
        self._found: list[tuple[int, float]] = []

    def add(self, elapsed_s: float, latency_ns: int) -> None:
        """Take an inference that begins after all before it."""
        number = int(elapsed_s // self._length_s)
        if number != self._number:
            self._close()
            self._number = number
        self._values.append(latency_ns)

    def found(self) -> list[tuple[int, float]]:
        """Return (number from 0, median in ns) of the stretches in which something began."""
        self._close()
        return self._found

    def _close(self) -> None:
        if self._values:
            self._found.append((self._number, median(self._values)))
            self._values = []


def _whole(minutes: Sequence[tuple[int, float]], length_s: float) -> tuple[Minute, ...]:
    """Return the minutes without the last one, if hardly any of it was measured."""
    found = tuple(Minute(number + 1, float(p50_ns)) for number, p50_ns in minutes)
    rest_s = length_s - 60.0 * (found[-1].number - 1)
    return found[:-1] if rest_s < _LEAST_MINUTE_S and len(found) > 1 else found


def _filled(seconds: Sequence[tuple[int, float]]) -> tuple[float, ...]:
    """Return one value for each second up to the last one in which an inference began."""
    values: list[float] = []
    for number, p50_ns in seconds:
        values += [values[-1] if values else p50_ns] * (number - len(values))
        values.append(float(p50_ns))
    return tuple(values)


def launch_heat(found: Timeline, readings: Sequence[ReadingRow]) -> LaunchHeat:
    """Return what one launch and the readings taken during it say."""
    steady = steadiness(found.second_p50s_ns)
    return LaunchHeat(
        found.length_s,
        DriftCurve(tuple(_with_readings(minute, found, readings) for minute in found.minutes)),
        steady,
        _latency_signal(steady),
        _signal(found, readings, [_is_hot(reading) for reading in readings]),
        _signal(found, readings, [_is_limited(reading) for reading in readings]),
    )


def _with_readings(minute: Minute, found: Timeline, readings: Sequence[ReadingRow]) -> Minute:
    own = [reading for reading in readings if _minute_of(reading, found) == minute.number]
    temps = [reading.headline_c for reading in own if reading.headline_c is not None]
    told = [reading.thermal_status for reading in own if reading.thermal_status is not None]
    status = ThermalStatus(min(max(told), max(ThermalStatus))) if told else None
    return replace(minute, temp_c=temps[-1] if temps else None, status=status)


def _minute_of(reading: ReadingRow, found: Timeline) -> int | None:
    after_s = _after_s(reading, found)
    return None if after_s is None else int(after_s // 60) + 1


def _after_s(reading: ReadingRow, found: Timeline) -> float | None:
    return None if reading.t_ns is None else (reading.t_ns - found.start_ns) / 1e9


def _latency_signal(steady: Steadiness | None) -> Signal:
    if steady is None:
        return _UNKNOWN
    slow_s = steady.slowdown_s
    return Signal(Told.NO) if slow_s is None else Signal(Told.YES, slow_s)


def _is_hot(reading: ReadingRow) -> bool | None:
    status = reading.thermal_status
    return None if status is None else status > ThermalStatus.NONE


def _is_limited(reading: ReadingRow) -> bool | None:
    ratio = reading.clock_limit_ratio
    return None if ratio is None else ratio < 1.0


def _signal(found: Timeline, readings: Sequence[ReadingRow], says: Sequence[bool | None]) -> Signal:
    """Return what readings say; the time of the first that says so, from 0 on."""
    if all(said is None for said in says):
        return _UNKNOWN
    hot = [reading for reading, said in zip(readings, says, strict=True) if said]
    if not hot:
        return Signal(Told.NO)
    times = [after_s for reading in hot if (after_s := _after_s(reading, found)) is not None]
    return Signal(Told.YES, max(0.0, min(times)) if times else None)


@dataclass(frozen=True, slots=True)
class Race:
    """Variants on one device over the minutes."""

    ranking: Mapping[int, tuple[str, ...]]
    """Fastest first, at each milestone that all reached."""
    flips: tuple[Flip, ...]

    @property
    def only_cold(self) -> Flip | None:
        """Where the variant that led the first minute lost the lead for good; None if it kept it.

        The flip that took it over from it; `after` of the last flip leads at the end.
        """
        if not self.flips or self.flips[-1].after == self.flips[0].before:
            return None
        return next(flip for flip in reversed(self.flips) if flip.before == self.flips[0].before)


def race(curves: Mapping[str, DriftCurve], margin: float = 0.02) -> Race:
    """Rank the variants of one device by minute."""
    return Race(rankings(curves), flips(curves, margin))
