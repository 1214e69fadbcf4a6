"""After a launch: alarms when its outputs, control run or history make it hard to believe."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from labtui.core.accuracy import Score
from labtui.core.events import (
    AlarmRaised,
    BenchEvent,
    LaunchEnded,
    Outcome,
    ReadingTaken,
    RunnerReported,
    Scored,
)
from labtui.core.model import DeviceId, SessionUid
from labtui.core.plausibility import Alarm, Past, control_alarm, history_alarm, outputs_alarm
from labtui.core.protocol import Control
from labtui.core.request import LaunchRequest
from labtui.errors import StoreError
from labtui.ports import History


@dataclass
class Findings:
    """What a launch is judged by, gathered while it runs."""

    p50_ns: float | None = None
    """None unless it was done and told its samples: totals are not compared with them."""
    control: Control | None = None
    was_throttled: bool | None = None
    score: Score | None = None

    def see(self, event: BenchEvent) -> None:
        """Take note of an event of the launch."""
        match event:
            case RunnerReported(event=Control() as control):
                self.control = control
            case ReadingTaken(reading=reading) if reading.is_throttled is not None:
                self.was_throttled = bool(self.was_throttled) or reading.is_throttled
            case Scored(score=score):
                self.score = score
            case LaunchEnded(outcome=Outcome.DONE, summary=summary) if summary is not None:
                self.p50_ns = summary.p50_ns


@dataclass(frozen=True, slots=True)
class Watchman:
    """Judges the launches of one device and raises alarms."""

    session: SessionUid
    device: DeviceId
    is_virtual: bool
    history: History | None
    """None = there is none to compare with."""
    emit: Callable[[BenchEvent], None]

    async def judge(self, request: LaunchRequest, findings: Findings) -> None:
        """Raise the alarms that a launch deserves."""
        alarms = []
        if findings.score is not None and (alarm := outputs_alarm(findings.score)):
            alarms.append(alarm)
        if findings.p50_ns is not None:
            past = await asyncio.to_thread(self._past, request)
            alarms += _alarms(findings.p50_ns, request, findings, past)
        for alarm in alarms:
            self.emit(AlarmRaised(request.launch, self.device, alarm.kind, alarm.text))

    def _past(self, request: LaunchRequest) -> Past:
        """Return what there is to compare with; a history that cannot be read fails no launch."""
        if self.history is None:
            return Past()
        try:
            return self.history.past(
                request.digest,
                request.engine,
                self.device,
                is_virtual=self.is_virtual,
                besides=self.session,
            )
        except StoreError:
            return Past()


def _alarms(
    p50_ns: float, request: LaunchRequest, findings: Findings, past: Past
) -> Iterator[Alarm]:
    if findings.control is not None and (
        alarm := control_alarm(p50_ns, request.engine.accelerator, findings.control)
    ):
        yield alarm
    if alarm := history_alarm(p50_ns, past, was_throttled=findings.was_throttled):
        yield alarm
