"""Between blocks: measure the canary, and tell how it stands to itself."""

from collections.abc import Callable
from statistics import median

from labtui.bench.ids import new_uid
from labtui.bench.launch import Launch
from labtui.core.events import BenchEvent, CanaryMeasured, LaunchEnded, Outcome
from labtui.core.model import EngineOptions, LaunchUid, Variant
from labtui.core.plan import LaunchSpec, Purpose
from labtui.core.protocol import Measure, WarmUp
from labtui.core.request import LaunchRequest
from labtui.errors import RunnerFailed
from labtui.ports import Clock, Device

_WARMUP = WarmUp(min_runs=5, max_runs=1_000, min_s=0.2, max_s=0.5)
_MEASURE = Measure(seconds=0.5)
_NO_READINGS_S = 3_600.0


class Canary:
    """The canary of one device; its launches are no part of the schedule, nor of the results."""

    def __init__(
        self, variant: Variant | None, clock: Clock, emit: Callable[[BenchEvent], None]
    ) -> None:
        """Take the parts; without a variant nothing is ever measured."""
        self._variant = variant
        self._clock = clock
        self._emit = emit
        self._launch: Launch | None = None
        self._is_stopping = False
        self._block: int | None = None
        self._earlier_ns: list[float] = []

    def stop(self) -> None:
        """Measure no more, and end what is being measured."""
        self._is_stopping = True
        if self._launch is not None:
            self._launch.stop()

    async def listen(self, device: Device, spec: LaunchSpec | None) -> None:
        """Measure if a block begins or has ended before a launch; None = there is none left."""
        block = spec.block if spec is not None and spec.purpose is Purpose.MEASURE else None
        ended, self._block = self._block, block
        if ended != block and self._variant is not None and not self._is_stopping:
            await self._measure(device, self._variant, ended)

    async def _measure(self, device: Device, variant: Variant, ended: int | None) -> None:
        """Launch the canary; one that fails is not tried again, and fails nothing else."""
        found: list[LaunchEnded] = []

        def see(event: BenchEvent) -> None:
            if isinstance(event, LaunchEnded):
                found.append(event)

        self._launch = Launch(
            device,
            self._request(variant),
            reading_interval_s=_NO_READINGS_S,
            clock=self._clock,
            emit=see,
        )
        try:
            await self._launch.run()
        except RunnerFailed:
            self._variant = None
        finally:
            self._launch = None
        self._judge(device, found[-1], ended)

    def _request(self, variant: Variant) -> LaunchRequest:
        return LaunchRequest(
            launch=LaunchUid(new_uid(self._clock)),
            digest=variant.digest,
            engine=EngineOptions(),
            seed=0,
            warmup=_WARMUP,
            measure=_MEASURE,
            rate_hz=None,
        )

    def _judge(self, device: Device, end: LaunchEnded, ended: int | None) -> None:
        if end.outcome is Outcome.STOPPED:
            return
        p50_ns = end.summary.p50_ns if end.summary else None
        ratio = p50_ns / median(self._earlier_ns) if p50_ns and self._earlier_ns else None
        self._emit(CanaryMeasured(device.id, ended, p50_ns, ratio, end.cause))
        if p50_ns:
            self._earlier_ns.append(p50_ns)
