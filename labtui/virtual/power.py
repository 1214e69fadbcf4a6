"""A phone's heat and clocks over real time: the thermal model fed with the runners' work."""

import time
from typing import Protocol

from labtui.virtual.pace import PaceFile
from labtui.virtual.profile import Cluster, Heat
from labtui.virtual.thermal import ThermalModel

_CLOCK_STEP_KHZ = 1_000


class HeatProfile(Protocol):
    """What has to be known of a kind of phone to tell how warm it gets, and how slow."""

    @property
    def heat(self) -> Heat:
        """How it warms up and cools down."""
        ...

    @property
    def relative_cost(self) -> float:
        """How many times longer than on one core of this host an inference takes."""
        ...


class Power:
    """Brings the model up to date whenever somebody looks at it, and sets the runners' pace."""

    def __init__(self, profile: HeatProfile) -> None:
        self._profile = profile
        self._model = ThermalModel(profile.heat)
        self._updated_s = time.monotonic()
        self._paces: dict[PaceFile, int] = {}
        self._load = 0.0
        self._locked_temp_c: float | None = None

    @property
    def factor(self) -> float:
        """How many times longer than on this host an inference takes now."""
        return self._profile.relative_cost / self._model.clock_ratio

    def now(self) -> ThermalModel:
        """Return the model at this moment."""
        now_s = time.monotonic()
        elapsed_s = now_s - self._updated_s
        if elapsed_s > 0.01:
            self._updated_s = now_s
            self._load = self._busy_share(elapsed_s)
            self._model.advance(elapsed_s, self._load)
            if self._locked_temp_c is not None:
                self._model.set_skin(self._locked_temp_c)
            for pace in self._paces:
                pace.factor = self.factor
        return self._model

    def attach(self, pace: PaceFile) -> None:
        """Let a runner work on this phone."""
        self.now()
        self._paces[pace] = pace.busy_ns
        pace.factor = self.factor

    def detach(self, pace: PaceFile) -> None:
        """Take note that a runner has ended."""
        self.now()
        self._paces.pop(pace, None)

    def hold_skin(self, skin_c: float | None) -> None:
        """Fault: keep the skin at a temperature; None lets it go again."""
        self._locked_temp_c = skin_c
        if skin_c is not None:
            self._model.set_skin(skin_c)
        for pace in self._paces:
            pace.factor = self.factor

    def fix_performance(self, is_fixed: bool) -> None:
        """Take the boost away from the clocks, or give it back."""
        self.now().is_performance_fixed = is_fixed
        for pace in self._paces:
            pace.factor = self.factor

    def limit_khz(self, cluster: Cluster) -> int:
        """Return the present upper limit of a cluster's clock."""
        return _khz(cluster, self.now().limit_ratio)

    def clock_khz(self, cluster: Cluster) -> int:
        """Return a cluster's clock: at its limit under load, low when idle."""
        limit = _khz(cluster, self.now().clock_ratio)
        wanted = cluster.min_khz + (limit - cluster.min_khz) * min(1.0, 1.2 * self._load)
        return limit if self._load > 0.8 else int(wanted)

    def _busy_share(self, elapsed_s: float) -> float:
        busy_ns = 0
        for pace, seen_ns in self._paces.items():
            self._paces[pace] = pace.busy_ns
            busy_ns += self._paces[pace] - seen_ns
        return min(1.0, busy_ns / (elapsed_s * 1e9))


def _khz(cluster: Cluster, ratio: float) -> int:
    """Return what is left of a cluster's clock where the fastest one has `ratio` of its own."""
    lost = (1.0 - ratio) * cluster.cap_share
    clock = int(cluster.max_khz * (1.0 - lost))
    return clock if not lost else clock - clock % _CLOCK_STEP_KHZ
