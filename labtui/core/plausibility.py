"""Is a latency believable? Alarms for results that something else than the variant explains."""

import statistics
from dataclasses import dataclass
from enum import StrEnum

from labtui.core.accuracy import Score
from labtui.core.accuracy.score import GOLDEN_MIN_SNR_DB
from labtui.core.protocol import Control
from labtui.core.stats import percentile

FAR_RATIO = 1.5
"""Heat alone slows phones by up to 1.4, launches of one variant differ by 1 or 2 %; a lost
delegate, a debug build or another program at work cost a factor of 1.5 or more."""
FEWEST_LAUNCHES = 3
"""Fewer earlier launches are no history: one of them may have been the strange one."""
CONTROL_MARGIN = 0.10
"""Control run and launch are minutes apart at most, and differ by less than this if they did
the same work."""


class AlarmKind(StrEnum):
    """What is strange about a launch."""

    SLOWER_THAN_HISTORY = "slower_than_history"
    FASTER_THAN_HISTORY = "faster_than_history"
    SLOWED_BY_THROTTLING = "slowed_by_throttling"
    """Far slower than usual, and the device said why."""
    LIKE_CONTROL = "like_control"
    """No faster than without the accelerator that was asked for."""
    BROKEN_OUTPUTS = "broken_outputs"
    """It computes something else than the float model, or nothing."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """What is strange, in one sentence with its numbers."""

    kind: AlarmKind
    text: str


@dataclass(frozen=True, slots=True)
class Past:
    """What earlier sessions measured of the same variant on the same device, same options."""

    session_p50s_ns: tuple[float, ...] = ()
    """For each session the median over its launches' medians."""
    launches: int = 0


def history_alarm(p50_ns: float, past: Past, *, was_throttled: bool | None) -> Alarm | None:
    """Compare a launch's median with its own history.

    It is far from it when it differs by more than `FAR_RATIO` from the median of the sessions'
    medians, and no earlier session was ever as far: a device whose results scatter that much has
    shown so before. At least `FEWEST_LAUNCHES` launches make a history. A launch during which the
    device throttled may be slow; that is said, since it is no result to compare either.
    """
    if past.launches < FEWEST_LAUNCHES or not past.session_p50s_ns:
        return None
    usual_ns = statistics.median(past.session_p50s_ns)
    usual = (
        f"the usual {_ms(usual_ns)} ({past.launches} launches in "
        f"{_count(len(past.session_p50s_ns), 'earlier session')})"
    )
    if p50_ns > max(FAR_RATIO * usual_ns, *past.session_p50s_ns):
        text = f"The median of {_ms(p50_ns)} is {p50_ns / usual_ns:.1f} times {usual}"
        if was_throttled:
            return Alarm(AlarmKind.SLOWED_BY_THROTTLING, f"{text}: the device was throttled.")
        return Alarm(AlarmKind.SLOWER_THAN_HISTORY, f"{text}.")
    if p50_ns < min(usual_ns / FAR_RATIO, *past.session_p50s_ns):
        share = f"only {100 * p50_ns / usual_ns:.0f} % of {usual}"
        return Alarm(AlarmKind.FASTER_THAN_HISTORY, f"The median of {_ms(p50_ns)} is {share}.")
    return None


def control_alarm(p50_ns: float, asked: str, control: Control) -> Alarm | None:
    """Compare a launch's median with the control run that did without the accelerator.

    An accelerator that works is faster than the CPU by more than `CONTROL_MARGIN`; one that is not
    did nothing, or is not worth asking for.
    """
    if asked == control.unit or not control.durations_ns:
        return None
    control_ns = percentile(sorted(control.durations_ns), 0.5)
    if p50_ns < (1 - CONTROL_MARGIN) * control_ns:
        return None
    text = (
        f"The {asked} was asked for, but the median of {_ms(p50_ns)} is no better than the "
        f"{_ms(control_ns)} of the control run on the {control.unit}: the {asked} did not do "
        "the work."
    )
    return Alarm(AlarmKind.LIKE_CONTROL, text)


def outputs_alarm(score: Score) -> Alarm | None:
    """Judge what a launch computed: the golden check, and whether outputs are any at all."""
    if not score.is_red:
        return None
    text = f"{score.health.sentence}: {_figures(score)}."
    return Alarm(AlarmKind.BROKEN_OUTPUTS, text)


def _figures(score: Score) -> str:
    """Return what shows it: the golden items where there are any, else the accuracy."""
    golden, tally = score.golden, score.tally
    if golden is None:
        return f"{tally.top1} of {_count(tally.items, 'item')} right"
    snr = "no SNR" if golden.snr_db is None else f"an SNR of {golden.snr_db:.1f} dB"
    agree = f"{golden.argmax_agrees} of {_count(golden.items, 'golden item')} predicted alike"
    return f"{snr} ({GOLDEN_MIN_SNR_DB:.0f} dB or more is sound), {agree}"


def _ms(duration_ns: float) -> str:
    return f"{duration_ns / 1e6:.3g} ms"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
