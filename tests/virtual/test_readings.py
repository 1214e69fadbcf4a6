"""A runner's events on their way through the phone."""

import pytest

from labtui.core.protocol import Alive, RunnerReading, decode_event, encode_event
from labtui.virtual.device import Device
from labtui.virtual.readings import PhoneReadings
from labtui.virtual.streams import MemorySink

READING = encode_event(RunnerReading(t_ns=5, rss_bytes=7, clocks=()))
OTHERS = [encode_event(Alive(5)), b"stray\n", b'{"ev":"reading","t":-1}\n', b'{"ev":"reading"\n',
          b'{"ev":"reading_of_another_kind"}\n', b"\xff\n", b"\n"]  # fmt: skip


@pytest.mark.parametrize("size", [1, 7, 1000])
async def test_only_clocks_are_changed_however_the_stream_is_cut(device: Device, size: int) -> None:
    sink = MemorySink()
    readings = PhoneReadings(sink, device.profile, device.power)
    stream = b"".join(OTHERS) + READING + b"cut"
    for at in range(0, len(stream), size):
        await readings.write(stream[at : at + size])
    await readings.end()
    before, _, after = bytes(sink.data).partition(b'{"ev":"reading","t":5')
    assert (b"".join(OTHERS), b"cut") == (before, after.partition(b"\n")[2])
    reading = decode_event(b'{"ev":"reading","t":5' + after.partition(b"\n")[0])
    assert isinstance(reading, RunnerReading)
    assert 7 == reading.rss_bytes
    assert [f"policy{one.policy}" for one in device.profile.clusters] == [
        clock.name for clock in reading.clocks
    ]
