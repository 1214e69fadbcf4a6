"""The bench service: runs a plan on any number of devices at once; events go out as they happen."""

import asyncio
from collections.abc import Callable, Sequence

from labtui.bench.alarms import Watchman
from labtui.bench.ids import new_uid
from labtui.bench.worker import DeviceWorker, finish
from labtui.core.evalset import EvalSet
from labtui.core.events import BenchEvent, Outcome, SessionEnded, SessionStarted
from labtui.core.model import DeviceSnapshot, SessionUid
from labtui.core.plan import Plan
from labtui.errors import UsageError
from labtui.ports import Clock, DeviceBus, History, Locks, Recorder, Scorer, ScorerFactory

STOP_GRACE_S = 1.2
"""Runners get this long to end cleanly, so that everything is over within 2 s."""


def _no_scorer(eval_set: EvalSet, _model: str, _items: int | None) -> Scorer:
    raise UsageError(f"This bench cannot score {eval_set.name}.")


class Bench:
    """Runs one plan at a time; the screen and the commands both drive it."""

    def __init__(
        self,
        bus: DeviceBus,
        recorder: Recorder,
        locks: Locks,
        clock: Clock,
        history: History | None = None,
        *,
        scorers: ScorerFactory = _no_scorer,
    ) -> None:
        """Take the parts; without a history no launch can be told to be unlike earlier ones."""
        self._bus = bus
        self._recorder = recorder
        self._locks = locks
        self._clock = clock
        self._history = history
        self._scorers = scorers
        self._workers: list[DeviceWorker] = []
        self._stopped = asyncio.Event()

    @property
    def is_running(self) -> bool:
        """Whether a plan is being run now."""
        return bool(self._workers)

    async def run(
        self,
        plan: Plan,
        devices: Sequence[DeviceSnapshot],
        observe: Callable[[BenchEvent], None],
    ) -> Outcome:
        """Run a plan to its end; `devices` are the plan's, as they are now.

        `observe` gets every event right after the recorder, on the event loop. Cancelling stops
        the devices and records the session as stopped. Raises UsageError when a plan runs already.
        """
        if self.is_running:
            raise UsageError("A plan is running already; stop it first.")

        def emit(event: BenchEvent) -> None:
            self._recorder.record(event)
            observe(event)

        session = SessionUid(new_uid(self._clock))
        emit(SessionStarted(session, plan, tuple(devices), self._clock.unix_us()))
        self._stopped.clear()
        virtual = {d.id for d in devices if d.facts is not None and d.facts.is_virtual}
        self._workers = [
            DeviceWorker(
                session,
                plan,
                device,
                bus=self._bus,
                locks=self._locks,
                clock=self._clock,
                emit=emit,
                watchman=Watchman(session, device, device in virtual, self._history, emit),
                scorers=self._scorers,
            )
            for device in plan.devices
        ]
        outcome = Outcome.STOPPED
        try:
            outcome = await self._run_workers()
        finally:
            self._workers = []
            emit(SessionEnded(session, outcome, self._clock.unix_us()))
        await self._recorder.flush()
        return outcome

    def stop(self) -> None:
        """Stop every device within 2 s; what was measured is kept."""
        self._stopped.set()
        for worker in self._workers:
            worker.stop()

    async def _run_workers(self) -> Outcome:
        tasks = {asyncio.create_task(worker.run()) for worker in self._workers}
        stopped = asyncio.create_task(self._stopped.wait())
        try:
            everyone = asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.wait((everyone, stopped), return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
            for worker in self._workers if self._stopped.is_set() else ():
                worker.stop()
            await finish(tasks, STOP_GRACE_S if self._stopped.is_set() else 0.0)
        return self._outcome([t for t in tasks if not t.cancelled()])

    def _outcome(self, tasks: Sequence[asyncio.Task[Outcome]]) -> Outcome:
        for task in tasks:
            if (error := task.exception()) is not None:
                raise error
        if self._stopped.is_set():
            return Outcome.STOPPED
        failed = any(task.result() is Outcome.FAILED for task in tasks)
        return Outcome.FAILED if failed else Outcome.DONE
