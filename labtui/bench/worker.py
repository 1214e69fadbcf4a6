"""One device's share of a plan: lock, push, launches. Its failure ends nothing but itself."""

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from labtui.bench.alarms import Findings, Watchman
from labtui.bench.canary import Canary
from labtui.bench.enough import Enough
from labtui.bench.evaluation import Evaluation
from labtui.bench.gatekeeper import Gatekeeper
from labtui.bench.hygiene import hygiene
from labtui.bench.ids import new_uid
from labtui.bench.launch import Launch
from labtui.bench.requests import launch_request
from labtui.core.evalset import INPUTS
from labtui.core.events import (
    BenchEvent,
    DeviceEnded,
    LaunchStarted,
    Outcome,
    PushEnded,
    PushProgressed,
)
from labtui.core.model import DeviceId, Digest, LaunchUid, SessionUid
from labtui.core.plan import (
    LaunchSpec,
    Plan,
    Purpose,
    canary_of,
    eval_task,
    needed_eval_sets,
    needed_variants,
    schedule,
)
from labtui.core.request import LaunchRequest
from labtui.errors import BadOutputs, DeviceError, RunnerFailed
from labtui.failure import FailureCode
from labtui.ports import Clock, Device, DeviceBus, Locks, ScorerFactory


class DeviceWorker:
    """Runs the schedule of one device."""

    def __init__(
        self,
        session: SessionUid,
        plan: Plan,
        device: DeviceId,
        *,
        bus: DeviceBus,
        locks: Locks,
        clock: Clock,
        emit: Callable[[BenchEvent], None],
        watchman: Watchman,
        scorers: ScorerFactory,
    ) -> None:
        self._session = session
        self._plan = plan
        self._id = device
        self._bus = bus
        self._locks = locks
        self._clock = clock
        self._emit = emit
        self._watchman = watchman
        self._scorers = scorers
        self._launch: Launch | None = None
        self._is_stopping = False
        self._launched: set[int] = set()
        """Variant indices that had their first launch that measures."""
        self._failures: list[DeviceError] = []
        self._given_up: set[int] = set()
        """Indices of variants that cannot run on this device."""
        self._gatekeeper = Gatekeeper(plan.preset.gates, clock, emit)
        self._enough = Enough(plan, device, clock)
        self._canary = Canary(canary_of(plan, device), clock, emit)

    def stop(self) -> None:
        """End after the running launch, and ask that one to end now."""
        self._is_stopping = True
        self._gatekeeper.stop()
        self._canary.stop()
        if self._launch is not None:
            self._launch.stop()

    async def run(self) -> Outcome:
        """Do everything; device errors end here, only cancellation and bugs are raised."""
        end = DeviceEnded(self._id, Outcome.STOPPED, "")
        try:
            with self._locks.hold(self._id):
                await self._work(self._bus.device(self._id))
            end = self._verdict()
        except DeviceError as error:
            end = self._failure(error)
        except Exception as error:
            cause = f"A bug in labtui: {type(error).__name__}: {error}"
            end = DeviceEnded(self._id, Outcome.FAILED, cause)
            raise
        finally:
            self._emit(end)
        return end.outcome

    def _verdict(self) -> DeviceEnded:
        if self._is_stopping:
            return DeviceEnded(self._id, Outcome.STOPPED, "")
        if self._failures:
            return self._failure(self._failures[-1])
        return DeviceEnded(self._id, Outcome.DONE, "")

    def _failure(self, error: DeviceError) -> DeviceEnded:
        return DeviceEnded(self._id, Outcome.FAILED, str(error), error.code)

    async def _work(self, device: Device) -> None:
        await device.prepare(self._plan.tool)
        for path, digest, size_bytes in self._files():
            if not self._is_stopping:
                await self._push(device, path, digest, size_bytes)
        is_wanted = self._plan.hygiene and not self._is_stopping
        async with hygiene(device, self._emit, is_wanted=is_wanted):
            for spec in schedule(self._plan, self._id):
                if await self._may_launch(device, spec):
                    await self._run_launch(device, spec)
            await self._canary.listen(device, None)

    async def _may_launch(self, device: Device, spec: LaunchSpec) -> bool:
        """Return whether a launch is still wanted, once its block may begin."""
        if self._is_stopping or spec.variant_index in self._given_up:
            return False
        is_measuring = spec.purpose is Purpose.MEASURE
        if is_measuring and (told := self._enough.look(spec.block)):
            self._emit(told)
        if is_measuring and self._enough.is_reached:
            return False
        await self._canary.listen(device, spec)
        if is_measuring:
            await self._gatekeeper.admit(device, spec.block)
        return not self._is_stopping

    def _files(self) -> Iterator[tuple[Path, Digest, int]]:
        """Yield what the device's launches need: where it lies, its digest, its size in bytes."""
        for variant in needed_variants(self._plan, self._id):
            yield Path(variant.path), variant.digest, variant.size_bytes
        for eval_set in needed_eval_sets(self._plan, self._id):
            inputs = eval_set.inputs
            yield Path(eval_set.folder, INPUTS), inputs.sha256, inputs.size_bytes

    async def _push(self, device: Device, path: Path, digest: Digest, size_bytes: int) -> None:
        def progressed(sent_bytes: int, total_bytes: int) -> None:
            self._emit(PushProgressed(self._id, digest, sent_bytes, total_bytes))

        started_s = self._clock.monotonic_s()
        was_sent = await device.push(path, digest, progressed)
        seconds = self._clock.monotonic_s() - started_s
        self._emit(PushEnded(self._id, digest, size_bytes, seconds, was_there=not was_sent))

    async def _run_launch(self, device: Device, spec: LaunchSpec) -> None:
        """Run one launch; a variant that cannot run here is given up, the others go on."""
        request, findings = self._request(spec), Findings()

        def emit(event: BenchEvent) -> None:
            findings.see(event)
            self._emit(event)

        self._emit(
            LaunchStarted(request.launch, self._session, self._id, spec, self._clock.unix_us())
        )
        evaluation = self._evaluation(device, spec, request, emit)
        self._launch = Launch(
            device,
            request,
            reading_interval_s=self._plan.preset.reading_interval_s,
            clock=self._clock,
            emit=emit,
            evaluation=evaluation,
        )
        try:
            await self._launch.run()
        except (RunnerFailed, BadOutputs) as error:
            self._note(error, spec)
        finally:
            self._launch = None
        if evaluation is not None:
            await evaluation.drop()
        if spec.purpose is Purpose.MEASURE:
            self._enough.see(spec, findings.p50_ns)
        await self._watchman.judge(request, findings)

    def _note(self, error: RunnerFailed | BadOutputs, spec: LaunchSpec) -> None:
        """Give the variant up, unless it is only its eval set that does not fit."""
        self._failures.append(error)
        if error.code is not FailureCode.BAD_EVAL:
            self._given_up.add(spec.variant_index)

    def _request(self, spec: LaunchSpec) -> LaunchRequest:
        is_first = spec.purpose is Purpose.MEASURE and spec.variant_index not in self._launched
        if is_first:
            self._launched.add(spec.variant_index)
        return launch_request(self._plan, spec, LaunchUid(new_uid(self._clock)), is_first=is_first)

    def _evaluation(
        self,
        device: Device,
        spec: LaunchSpec,
        request: LaunchRequest,
        emit: Callable[[BenchEvent], None],
    ) -> Evaluation | None:
        task = eval_task(self._plan, spec)
        if task is None:
            return None
        model = self._plan.variants[spec.variant_index].variant.model
        make_scorer = partial(self._scorers, task.eval_set, model, task.items)
        return Evaluation(device, request.launch, task, make_scorer, emit)


async def finish(tasks: set[asyncio.Task[Outcome]], grace_s: float) -> None:
    """Give tasks `grace_s` to end by themselves, then cancel them and wait until they are gone."""
    if tasks:
        await asyncio.wait(tasks, timeout=grace_s)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
