"""Speed and numbers: a full rack of phones, and round trips that do not wait for timers."""

import asyncio
import time

import pytest

from labtui.virtual.bench import VirtualBench
from tests.virtual.rig import PIXEL, TMP, Handset


async def test_32_phones_are_discovered_quickly_and_answer_together() -> None:
    start_s = time.monotonic()
    async with VirtualBench([PIXEL, "redmi-12c"] * 16) as bench:
        assert time.monotonic() - start_s < 1.5 * 3, "three times the goal, for a busy machine"
        line = f"echo hi > {TMP}/f; cat {TMP}/f; getprop ro.serialno"
        ran = await asyncio.gather(
            *(Handset(bench, phone).run("shell", line) for phone in bench.phones)
        )
        expected = {f"hi\n{phone.serial}\n" for phone in bench.phones}
        assert expected == {one.text for one in ran}
        assert 32 == len(expected)


@pytest.mark.slow
async def test_64_phones() -> None:
    async with VirtualBench([PIXEL] * 64) as bench:
        states = await asyncio.gather(*(Handset(bench, phone).state() for phone in bench.phones))
    assert ["device"] * 64 == states


async def round_trip_s(bench: VirtualBench) -> float:
    start_s = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", bench.adb_port)
    for request in (f"host:transport:{bench.phones[0].adb_serial}", "shell,v2,raw:true"):
        writer.write(f"{len(request):04x}{request}".encode())
        await reader.readexactly(4)
    await reader.read()
    writer.close()
    await writer.wait_closed()
    return time.monotonic() - start_s


async def test_a_command_does_not_wait_for_delayed_acknowledgements(bench: VirtualBench) -> None:
    assert min([await round_trip_s(bench) for _ in range(10)]) < 0.02
