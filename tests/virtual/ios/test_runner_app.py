"""The runner app: real inference behind the token, on the phone's own port."""

import asyncio
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from labtui.core.digests import folder_digest
from labtui.core.model import Digest
from labtui.core.protocol import End, Hello, Measure, RunnerEvent, Samples
from labtui.hostrunner.content import content_digest, content_files
from tests.mil import corpus
from tests.tiny_tflite import fully_connected
from tests.virtual.ios.rig import (
    PRO_13,
    PRO_17,
    TOKEN,
    Iphones,
    app_connection,
    auth_line,
    write_token,
)
from tests.virtual.launching import ENDLESS, job_line, read_events
from tests.virtual.rig import LIMIT_S, until

MODEL = fully_connected(256, 64)


@pytest.fixture
async def ready(iphones: Iphones) -> Iphones:
    """A phone with a token and a model."""
    await write_token(iphones)
    async with iphones.container() as files:
        await files.set_file_contents("/Documents/labtui/m.tflite", MODEL)
    return iphones


async def rest_of(reader: asyncio.StreamReader) -> bytes:
    """Return what still comes; a connection that is torn down has nothing more."""
    try:
        return await asyncio.wait_for(reader.read(), LIMIT_S)
    except ConnectionError:
        return b""


async def ask_digests(iphones: Iphones, paths: object) -> dict[str, Any]:
    async with app_connection(iphones) as (reader, writer):
        writer.write(auth_line() + json.dumps({"ev": "digest", "paths": paths}).encode() + b"\n")
        answer: dict[str, Any] = json.loads(await rest_of(reader))
        return answer


def has_samples(events: list[RunnerEvent]) -> bool:
    return any(isinstance(event, Samples) for event in events)


async def to_the_end(iphones: Iphones, measure: Measure, **changes: object) -> list[RunnerEvent]:
    async with app_connection(iphones) as (reader, writer):
        writer.write(auth_line() + job_line(MODEL, measure, **changes))
        return await read_events(reader, lambda _: False)


def measured(events: list[RunnerEvent]) -> list[int]:
    batches = [e for e in events if isinstance(e, Samples) and not e.is_warmup]
    return [duration for batch in batches for duration in batch.durations_ns]


async def test_a_job_runs_real_inference(ready: Iphones) -> None:
    events = await to_the_end(ready, Measure(runs=20), raw_file="raw.ndjson")
    assert isinstance(events[0], Hello)
    assert isinstance(events[-1], End)
    assert 20 == len(measured(events))
    async with ready.container() as files:
        assert b'"hello"' in await files.get_file_contents("/Documents/labtui/raw.ndjson")


@pytest.mark.parametrize(
    "first",
    [
        auth_line(b"f" * 64),
        auth_line(b""),
        auth_line(TOKEN[:-1]),
        TOKEN + b"\n",
        b"\n",
        b"x" * (2 << 20),
    ],
    ids=["wrong", "empty", "short", "no JSON", "nothing", "endless"],
)
async def test_without_the_token_the_connection_ends(ready: Iphones, first: bytes) -> None:
    async with app_connection(ready) as (reader, writer):
        writer.write(first + job_line(MODEL, Measure(runs=1)))
        assert b"" == await rest_of(reader)
    assert () == ready.phone.device.processes.programs()


@pytest.mark.parametrize("written", [None, b"", b"short", b"\xff" * 64])
async def test_without_a_proper_token_file_nobody_gets_in(
    iphones: Iphones, written: bytes | None
) -> None:
    if written is not None:
        await write_token(iphones, written)
    async with app_connection(iphones) as (reader, writer):
        writer.write(auth_line(b"") + b"{}\n")
        assert b"" == await rest_of(reader)


async def test_another_protocol_is_refused_by_name(ready: Iphones) -> None:
    async with app_connection(ready) as (reader, writer):
        writer.write(auth_line(protocol=2))
        assert b'"protocol_mismatch"' in await rest_of(reader)


async def test_while_a_job_runs_another_is_refused(ready: Iphones) -> None:
    async with app_connection(ready) as (reader, writer):
        writer.write(auth_line() + job_line(MODEL, ENDLESS))
        await read_events(reader, has_samples)
        assert '"run_failed"' in str(await to_the_end(ready, Measure(runs=1))).replace("'", '"')
        assert (await ask_digests(ready, ["m.tflite"]))["files"]


async def test_digests_are_told_of_what_is_there(ready: Iphones) -> None:
    content = {"Manifest.json": b"1", "Data/b": b"two", "Data/a": b"three"}
    async with ready.container() as files:
        for name, data in content.items():
            await files.makedirs(f"/Documents/labtui/net.mlpackage/{name}".rpartition("/")[0])
            await files.set_file_contents(f"/Documents/labtui/net.mlpackage/{name}", data)
    answer = await ask_digests(ready, ["m.tflite", "net.mlpackage", "absent"])
    of_folder = folder_digest({n: Digest(sha256(d).hexdigest()) for n, d in content.items()})
    assert answer == {
        "ev": "digests",
        "files": [
            {"path": "m.tflite", "sha256": sha256(MODEL).hexdigest(), "bytes": len(MODEL)},
            {"path": "net.mlpackage", "sha256": of_folder, "bytes": 8},
        ],
    }


async def test_core_ml_variants_run_without_core_ml(ready: Iphones) -> None:
    net = corpus.package("cnn.fp16")
    async with ready.container() as files:
        for file in content_files(net):
            place = f"/Documents/labtui/net.mlpackage/{file.relative_to(net).as_posix()}"
            await files.makedirs(place.rpartition("/")[0])
            await files.set_file_contents(place, file.read_bytes())
    digest = content_digest(net)
    told = (await ask_digests(ready, ["net.mlpackage"]))["files"]
    assert [digest] == [file["sha256"] for file in told]
    events = await to_the_end(ready, Measure(runs=5), variant="net.mlpackage", sha256=digest)
    assert isinstance(events[0], Hello)
    assert "labtui-mil" == events[0].engine
    assert isinstance(events[-1], End)
    assert 5 == len(measured(events))


@pytest.mark.parametrize("paths", [["../x"], ["/etc/passwd"], ["a/../b"], [""], ["a\0"], "m", None])
async def test_digests_of_other_files_are_not_told(ready: Iphones, paths: object) -> None:
    answer = await ask_digests(ready, paths)
    assert ("error", "bad_job") == (answer["ev"], answer["code"])


async def test_the_job_stays_inside_the_app(ready: Iphones, tmp_path: Path) -> None:
    (tmp_path / "m.tflite").write_bytes(MODEL)
    outside = f"../../../../../../..{tmp_path}/m.tflite"
    events = await to_the_end(ready, Measure(runs=1), variant=outside)
    assert "model_missing" in str(events[-1])


@pytest.mark.parametrize("fault", ["unplug", "app=closed", "app=missing", "detach_at=1"])
async def test_what_ends_the_app_or_the_cable_ends_the_runner(ready: Iphones, fault: str) -> None:
    async with app_connection(ready) as (reader, writer):
        writer.write(auth_line() + job_line(MODEL, ENDLESS))
        await read_events(reader, has_samples)
        assert 1 == len(ready.phone.device.processes.programs())
        ready.bench.fault(ready.udid, fault)
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await asyncio.wait_for(reader.readexactly(1 << 30), LIMIT_S)
    await until(lambda: not ready.phone.device.processes.programs(), "the runner has ended")


@pytest.mark.parametrize("fault", ["app=suspended", "lock"])
async def test_an_app_that_leaves_the_front_ends_its_launch_as_stopped(
    ready: Iphones, fault: str
) -> None:
    async with app_connection(ready) as (reader, writer):
        writer.write(auth_line() + job_line(MODEL, ENDLESS))
        await read_events(reader, has_samples)
        ready.bench.fault(ready.udid, fault)
        last = json.loads((await rest_of(reader)).splitlines()[-1])
    assert ("end", True) == (last["ev"], last["stopped"])


async def test_a_launch_is_stopped_by_a_line(ready: Iphones) -> None:
    async with app_connection(ready) as (reader, writer):
        writer.write(auth_line() + job_line(MODEL, ENDLESS))
        await read_events(reader, has_samples)
        writer.write(b'{"ev":"stop"}\n')
        last = json.loads((await rest_of(reader)).splitlines()[-1])
    assert ("end", True) == (last["ev"], last["stopped"])


async def test_the_end_of_one_direction_is_that_of_both(ready: Iphones) -> None:
    async with app_connection(ready) as (reader, writer):
        writer.write(auth_line() + job_line(MODEL, ENDLESS))
        await read_events(reader, has_samples)
        writer.write_eof()
        assert b'"end"' not in await rest_of(reader)
    await until(lambda: not ready.phone.device.processes.programs(), "the runner has ended")


async def test_readings_tell_the_thermal_state(ready: Iphones) -> None:
    for state in ("thermal=serious", "low_power=on"):
        ready.bench.fault(ready.udid, state)
    async with app_connection(ready) as (reader, writer):
        writer.write(auth_line() + job_line(MODEL, ENDLESS))
        line = b""
        while not line.startswith(b'{"ev":"reading"'):
            line = await asyncio.wait_for(reader.readline(), LIMIT_S)
    reading = json.loads(line)
    assert ("serious", True, []) == (
        reading["thermal_state"],
        reading["low_power"],
        reading["clocks"],
    )


async def test_a_host_that_hangs_up_ends_the_runner(ready: Iphones) -> None:
    async with app_connection(ready) as (reader, writer):
        writer.write(auth_line() + job_line(MODEL, ENDLESS))
        await read_events(reader, has_samples)
    await until(lambda: not ready.phone.device.processes.programs(), "the runner has ended")


async def test_a_hung_phone_goes_on_where_it_was(ready: Iphones) -> None:
    async with app_connection(ready) as (reader, writer):
        writer.write(auth_line() + job_line(MODEL, Measure(runs=300)))
        ready.bench.fault(ready.udid, "stall_at=2000")
        await until(lambda: not ready.phone.awake.is_set(), "the phone hangs")
        arrived = await asyncio.wait_for(reader.read(1 << 20), LIMIT_S)
        assert b'{"ev":"hello"' == arrived[:13]
        ready.bench.fault(ready.udid, "resume")
        rest = await asyncio.wait_for(reader.read(), LIMIT_S)
    assert b'"measured":300' in rest.replace(b" ", b"")


async def test_a_broken_runner_is_as_hostile_as_on_any_phone(ready: Iphones) -> None:
    ready.bench.fault(ready.udid, "runner=garbage")
    async with app_connection(ready) as (reader, writer):
        writer.write(auth_line() + job_line(MODEL, Measure(runs=1)))
        assert b"not a runner" in await asyncio.wait_for(reader.read(), LIMIT_S)


async def test_a_warm_phone_is_slower(ready: Iphones) -> None:
    device = ready.phone.device
    cool = device.power.factor
    ready.bench.fault(ready.udid, "thermal=critical")
    assert cool / 0.55 == pytest.approx(device.power.factor)


async def test_a_full_phone_keeps_no_raw_file(ready: Iphones) -> None:
    ready.bench.fault(ready.udid, "storage_full")
    events = await to_the_end(ready, Measure(runs=5), raw_file="raw.ndjson")
    assert "disk_full" in str(events[-1])


@pytest.mark.parametrize("profiles", [[PRO_13, PRO_17]])
async def test_what_happens_to_one_phone_is_nothing_to_another(ready: Iphones) -> None:
    one, other = ready.bench.phones
    assert one.device.power.factor > other.device.power.factor
    async with app_connection(ready) as (reader, writer):
        writer.write(auth_line() + job_line(MODEL, ENDLESS))
        await read_events(reader, has_samples)
        ready.bench.fault(other.udid, "unplug")
        for _ in range(3):
            assert await asyncio.wait_for(reader.read(1), LIMIT_S)
