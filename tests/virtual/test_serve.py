"""`serve` as a process: what it prints, what it takes, and that it leaves nothing behind."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pymobiledevice3 import usbmux

from labtui.errors import BenchUnavailable, UsageError
from labtui.virtual.runners import NATIVE_VARIABLE
from labtui.virtual.serve import request_fault
from labtui.virtual.server import ask
from tests.virtual.launching import RUNNERS, runner_called
from tests.virtual.rig import LIMIT_S, PIXEL, until

PROGRAM = (
    "import asyncio, sys; from labtui.virtual.serve import serve; "
    "sys.exit(asyncio.run(serve(sys.argv[1], exit_on_eof=True)))"
)


@dataclass
class Serving:
    process: asyncio.subprocess.Process
    address: dict[str, Any]

    @property
    def folder(self) -> Path:
        return Path(self.address["adb_home"]).parent

    async def iphones(self, address: str = "usbmux") -> list[str]:
        """Return who is attached, as an unmodified client sees it."""
        found = await usbmux.list_devices(usbmux_address=self.address[address])
        return [device.serial for device in found]

    async def states(self) -> list[str]:
        text = await ask(self.address["adb_port"], "host:devices")
        return [line.split("\t")[1] for line in text.splitlines()]

    async def wait_for(self, states: list[str]) -> None:
        async with asyncio.timeout(LIMIT_S):
            while await self.states() != states:  # noqa: ASYNC110 (another process)
                await asyncio.sleep(0.01)


@pytest.fixture
def short_tmp() -> Iterator[Path]:
    """Return a folder whose path leaves room for that of a socket."""
    with tempfile.TemporaryDirectory(prefix="t-") as folder:
        yield Path(folder)


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@contextlib.asynccontextmanager
async def serving(phones: str, **environment: str) -> AsyncIterator[Serving]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", "-c", PROGRAM, phones),
        env=os.environ | environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    try:
        line = await asyncio.wait_for(process.stdout.readline(), LIMIT_S)
        yield Serving(process, json.loads(line))
    finally:
        _, err = await asyncio.wait_for(process.communicate(b""), LIMIT_S)
        assert b"" == err


async def test_the_address_leads_to_the_phones() -> None:
    async with serving(f"{PIXEL},redmi-12c*2") as bench:
        assert ["device"] * 3 == await bench.states()
        assert 3 == len(set(bench.address["serials"])) == len(set(bench.address["ports"]))
        assert bench.process.pid == bench.address["pid"]
        assert not set(bench.address["ports"]) & set(range(5555, 5586))


async def test_iphones_are_behind_an_address_of_their_own() -> None:
    async with serving(f"{PIXEL},iphone-16,iphone-13-pro") as bench:
        assert ["device"] == await bench.states()
        udids = bench.address["udids"]
        assert 2 == len(set(udids))
        assert 1 == len(bench.address["serials"])
        for address in ("usbmux", "usbmux_socket"):
            assert udids == await bench.iphones(address)


async def test_a_bench_without_iphones_has_no_usbmuxd() -> None:
    async with serving(PIXEL) as bench:
        told = [bench.address[key] for key in ("usbmux", "usbmux_socket", "udids")]
        assert [None, None, []] == told


async def test_a_bench_without_androids_has_an_empty_adb_server() -> None:
    async with serving("iphone-16") as bench:
        assert [] == await bench.states()
        assert [] == bench.address["serials"]
        assert bench.address["udids"] == await bench.iphones()


@pytest.mark.parametrize("end", ["SIGTERM", "SIGINT", "SIGHUP", "eof", "SIGKILL"])
@pytest.mark.parametrize("phones", [PIXEL, "iphone-16"])
async def test_every_end_leaves_nothing_behind(end: str, phones: str, short_tmp: Path) -> None:
    async with serving(phones, TMPDIR=str(short_tmp)) as bench:
        assert {bench.folder.name} == names_in(short_tmp)
        if end == "eof":
            assert bench.process.stdin
            bench.process.stdin.close()
        else:
            bench.process.send_signal(signal.Signals[end])
        await asyncio.wait_for(bench.process.wait(), LIMIT_S)
        assert (-signal.SIGKILL if end == "SIGKILL" else 0) == bench.process.returncode
        await until(lambda: not names_in(short_tmp), "its files are gone")
        with pytest.raises(OSError, match="Connect"):
            await ask(bench.address["adb_port"], "host:devices")


async def test_faults_by_either_serial() -> None:
    async with serving(PIXEL) as bench:
        control = bench.address["control"]
        await request_fault(control, bench.address["serials"][0], "unplug")
        await bench.wait_for([])
        await request_fault(control, bench.address["adb_serials"][0], "plug")
        await bench.wait_for(["device"])


async def test_faults_that_are_refused() -> None:
    async with serving(PIXEL) as bench:
        control, serial = bench.address["control"], bench.address["serials"][0]
        with pytest.raises(UsageError, match="unknown fault 'explode'"):
            await request_fault(control, serial, "explode")
        with pytest.raises(UsageError, match="no such phone"):
            await request_fault(control, "nobody", "unplug")


async def test_faults_of_an_iphone() -> None:
    async with serving(f"{PIXEL},iphone-16") as bench:
        control, (udid,) = bench.address["control"], bench.address["udids"]
        await request_fault(control, udid, "unplug")
        assert [] == await bench.iphones()
        await request_fault(control, udid, "plug")
        assert [udid] == await bench.iphones()
        assert ["device"] == await bench.states()


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("unauthorized", "unknown fault or value 'unauthorized'; known are unplug"),
        ("app=melted", "'melted'; known are open, suspended"),
        ("stall_at=soon", "'soon' is not a number"),
        ("stall_at=-1", "not a number from 0 to"),
        ("skin=nan", "not a number from 0 to"),
    ],
)
async def test_faults_that_an_iphone_refuses(fault: str, sentence: str) -> None:
    async with serving("iphone-16") as bench:
        with pytest.raises(UsageError, match=sentence):
            await request_fault(bench.address["control"], bench.address["udids"][0], fault)


@pytest.mark.parametrize("line", [b"\n", b"[]\n", b"{}\n", b"\xff\n", b"[" * 9000 + b"\n",
                                  b'{"phone": 1, "fault": 2}\n'])  # fmt: skip
async def test_nonsense_gets_an_answer(line: bytes) -> None:
    async with serving(PIXEL) as bench:
        host, port = bench.address["control"].split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(line)
        answer = json.loads(await reader.readline())
        assert answer["ok"] is False
        assert answer["error"]
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize("control", ["127.0.0.1:1", "nowhere", "", "127.0.0.1:port"])
async def test_a_bench_that_is_not_there(control: str) -> None:
    with pytest.raises(BenchUnavailable, match="labtui virtual serve"):
        await request_fault(control, "phone", "unplug")


@pytest.mark.parametrize("name", RUNNERS)
async def test_runners_die_with_a_bench_that_is_killed(name: str) -> None:
    runner_called(name)
    chosen = {} if name == "native" else {NATIVE_VARIABLE: ""}
    async with serving(PIXEL, **chosen) as bench:
        assert name == bench.address["runner"]
        serial = bench.address["adb_serials"][0]
        reader, writer = await asyncio.open_connection("127.0.0.1", bench.address["adb_port"])
        for request in (f"host:transport:{serial}", "shell,v2,raw:exec labtui-runner"):
            writer.write(f"{len(request):04x}{request}".encode())
            assert b"OKAY" == await reader.readexactly(4)
        pid = await runner_pid(bench, serial)
        bench.process.kill()
        await bench.process.wait()
        await until(lambda: not Path(f"/proc/{pid}").exists(), "the runner has ended")
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def runner_pid(bench: Serving, serial: str) -> int:
    async with asyncio.timeout(LIMIT_S):
        while True:
            reader, writer = await asyncio.open_connection("127.0.0.1", bench.address["adb_port"])
            for request in (f"host:transport:{serial}", "exec:pidof labtui-runner"):
                writer.write(f"{len(request):04x}{request}".encode())
                assert b"OKAY" == await reader.readexactly(4)
            answer = await reader.read()
            writer.close()
            await writer.wait_closed()
            if answer:
                os.kill(int(answer), 0)
                return int(answer)
            await asyncio.sleep(0.01)
