"""Between blocks: whether a device has measured enough."""

from collections import Counter

from labtui.core.compare.pairs import Observation
from labtui.core.events import MeasuredEnough
from labtui.core.model import DeviceId
from labtui.core.plan import LaunchSpec, Plan, fitting_variants
from labtui.core.stopping import Until, is_decided, looks
from labtui.ports import Clock


class Enough:
    """Looks at what one device has measured, as often as its plan's stop rule says."""

    def __init__(self, plan: Plan, device: DeviceId, clock: Clock) -> None:
        self._stop = plan.preset.stop
        self._device = device
        self._clock = clock
        self._variants = fitting_variants(plan, device)
        self._looks = looks(plan.preset.launches) if _may_look(plan, device) else ()
        self._launches: list[Observation] = []
        self._block: int | None = None
        self._began_s: float | None = None
        self.is_reached = False

    def look(self, block: int) -> MeasuredEnough | None:
        """Return what is to be told when a block need not begin; it decides for all later ones."""
        if self._began_s is None:
            self._began_s = self._clock.monotonic_s()
        if self.is_reached or block == self._block:
            return None
        self._block = block
        decided = self._is_decided()
        self.is_reached = decided or self._is_late(self._began_s)
        return MeasuredEnough(self._device, self._rounds, decided) if self.is_reached else None

    def see(self, spec: LaunchSpec, p50_ns: float | None) -> None:
        """Take note of a launch that measured; None = it failed."""
        self._launches.append(Observation(spec.variant_index, spec.block, spec.index, p50_ns))

    @property
    def _rounds(self) -> int:
        counts = Counter(launch.variant for launch in self._launches)
        return max(counts.values(), default=0)

    def _is_late(self, began_s: float) -> bool:
        limit_s = self._stop.max_s
        return limit_s is not None and self._clock.monotonic_s() - began_s >= limit_s

    def _is_decided(self) -> bool:
        """Look, if it is time to; a variant that failed is not launched again, nor waited for."""
        if self._rounds not in self._looks:
            return False
        failed = {launch.variant for launch in self._launches if launch.value is None}
        baseline, *others = self._variants
        compared = [baseline, *(variant for variant in others if variant not in failed)]
        return is_decided(self._launches, compared, self._stop.margin)


def _may_look(plan: Plan, device: DeviceId) -> bool:
    """Whether looks are as planned: not if an earlier session did some, and looked, or not."""
    is_whole = all(launch.device != device for launch in plan.done)
    return plan.preset.stop.until is Until.DECIDED and is_whole
