"""The clocks in a runner's readings: the runner sees those of this computer, not the phone's."""

from dataclasses import replace

from labtui.core.protocol import ProtocolViolation, RunnerReading, decode_event, encode_event
from labtui.core.readings import ClusterClock
from labtui.virtual.home import ProcessorProfile
from labtui.virtual.power import Power
from labtui.virtual.streams import ByteSink, Chunk

_READING = b'{"ev":"reading"'


class PhoneReadings:
    """Passes a runner's events on, and puts the phone's clocks into its readings."""

    def __init__(self, sink: ByteSink, profile: ProcessorProfile, power: Power) -> None:
        self._sink = sink
        self._profile = profile
        self._power = power
        self._tail = b""

    async def write(self, data: Chunk) -> None:
        """Pass whole lines on. Raises BrokenPipeError."""
        *lines, self._tail = (self._tail + bytes(data)).split(b"\n")
        if lines:
            await self._sink.write(b"".join(self._corrected(line + b"\n") for line in lines))

    async def end(self) -> None:
        """Pass the rest on: a line that was cut off. Raises BrokenPipeError."""
        await self._sink.write(self._tail)

    def _corrected(self, line: bytes) -> bytes:
        if not line.startswith(_READING):
            return line
        try:
            event = decode_event(line)
        except ProtocolViolation:
            return line
        if not isinstance(event, RunnerReading):
            return line
        return encode_event(replace(event, clocks=self._clocks()))

    def _clocks(self) -> tuple[ClusterClock, ...]:
        power = self._power
        return tuple(
            ClusterClock(
                name=f"policy{cluster.policy}",
                now_khz=power.clock_khz(cluster),
                limit_khz=power.limit_khz(cluster),
                max_khz=cluster.max_khz,
            )
            for cluster in self._profile.clusters
        )
