"""One device's share of a plan: lock, push, launches. Its failure ends nothing but itself."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from labtui.bench.alarms import Findings, Watchman
from labtui.bench.ids import new_uid
from labtui.bench.launch import Launch
from labtui.core.events import (
    BenchEvent,
    DeviceEnded,
    LaunchStarted,
    Outcome,
    PushEnded,
    PushProgressed,
)
from labtui.core.model import DeviceId, LaunchUid, SessionUid, Variant
from labtui.core.plan import LaunchSpec, Plan, needed_variants, schedule
from labtui.errors import DeviceError, RunnerFailed
from labtui.ports import Clock, Device, DeviceBus, LaunchRequest, Locks


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
    ) -> None:
        self._session = session
        self._plan = plan
        self._id = device
        self._bus = bus
        self._locks = locks
        self._clock = clock
        self._emit = emit
        self._watchman = watchman
        self._launch: Launch | None = None
        self._is_stopping = False
        self._launched: set[int] = set()
        """Variant indices that had their first launch."""
        self._failed: dict[int, DeviceError] = {}
        """Variant index -> why its launches on this device were given up."""

    def stop(self) -> None:
        """End after the running launch, and ask that one to end now."""
        self._is_stopping = True
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
        if self._failed:
            return self._failure(list(self._failed.values())[-1])
        return DeviceEnded(self._id, Outcome.DONE, "")

    def _failure(self, error: DeviceError) -> DeviceEnded:
        return DeviceEnded(self._id, Outcome.FAILED, str(error), error.code)

    async def _work(self, device: Device) -> None:
        await device.prepare(self._plan.tool)
        for variant in needed_variants(self._plan, self._id):
            if not self._is_stopping:
                await self._push(device, variant)
        for spec in schedule(self._plan, self._id):
            if not self._is_stopping and spec.variant_index not in self._failed:
                await self._run_launch(device, spec)

    async def _push(self, device: Device, variant: Variant) -> None:
        def progressed(sent_bytes: int, total_bytes: int) -> None:
            self._emit(PushProgressed(self._id, variant.digest, sent_bytes, total_bytes))

        started_s = self._clock.monotonic_s()
        was_sent = await device.push(Path(variant.path), variant.digest, progressed)
        seconds = self._clock.monotonic_s() - started_s
        self._emit(
            PushEnded(self._id, variant.digest, variant.size_bytes, seconds, was_there=not was_sent)
        )

    async def _run_launch(self, device: Device, spec: LaunchSpec) -> None:
        """Run one launch; a variant that cannot run here is given up, the others go on."""
        request, findings = self._request(spec), Findings()

        def emit(event: BenchEvent) -> None:
            findings.see(event)
            self._emit(event)

        self._emit(
            LaunchStarted(request.launch, self._session, self._id, spec, self._clock.unix_us())
        )
        self._launch = Launch(
            device,
            request,
            reading_interval_s=self._plan.preset.reading_interval_s,
            clock=self._clock,
            emit=emit,
        )
        try:
            await self._launch.run()
        except RunnerFailed as error:
            self._failed[spec.variant_index] = error
        finally:
            self._launch = None
        await self._watchman.judge(request, findings)

    def _request(self, spec: LaunchSpec) -> LaunchRequest:
        planned, preset = self._plan.variants[spec.variant_index], self._plan.preset
        is_first = spec.variant_index not in self._launched
        self._launched.add(spec.variant_index)
        return LaunchRequest(
            launch=LaunchUid(new_uid(self._clock)),
            digest=planned.variant.digest,
            engine=planned.engine,
            seed=self._plan.seed,
            warmup=preset.warmup,
            measure=preset.measure,
            rate_hz=preset.rate_hz,
            control_runs=preset.control_runs if is_first else 0,
            profile_runs=preset.profile_runs if is_first else 0,
            tool=self._plan.tool.digest if self._plan.tool else None,
        )


async def finish(tasks: set[asyncio.Task[Outcome]], grace_s: float) -> None:
    """Give tasks `grace_s` to end by themselves, then cancel them and wait until they are gone."""
    if tasks:
        await asyncio.wait(tasks, timeout=grace_s)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
