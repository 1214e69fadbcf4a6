"""The one real program of a virtual phone: the runner, as a process of the host.

It is tied to its caller several times over: by signals when the host hangs up, by its stdin, and,
where a runner needs it, by a lifeline that closes when the bench itself is gone, however that went.
"""

import asyncio
import contextlib
import itertools
import os
import resource
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from labtui.virtual.home import ProgramHome
from labtui.virtual.hostile import MISDEEDS
from labtui.virtual.jobs import confined_job
from labtui.virtual.pace import PaceFile
from labtui.virtual.readings import PhoneReadings
from labtui.virtual.runners import RUNNER_NAME
from labtui.virtual.streams import ByteSink, ByteSource, Reader, StandardStreams
from labtui.virtual.tasks import uninterrupted

_GRACE_S = 1.5
"""Between a hang-up and the kill."""
_CHUNK_BYTES = 1 << 16
_numbers = itertools.count()


async def run_program(
    device: ProgramHome, cwd: str, args: tuple[str, ...], streams: StandardStreams
) -> int:
    """Run the runner in a folder of the phone until it ends; return its shell exit status."""
    if device.faults.runner:
        return await _misbehave(device.faults.runner, streams)
    if args:
        await streams.stderr.write(f"{RUNNER_NAME}: takes no arguments\n".encode())
        return 2
    with _pace(device) as path:
        process = await _spawn(device, cwd, path)
        device.processes.add(process.pid, RUNNER_NAME, lambda number: _signal(process, number))
        if device.files.storage.is_full:
            stop_writing(process.pid, is_stopped=True)
        readings = PhoneReadings(streams.stdout, device.profile, device.power)
        inner = StandardStreams(streams.stdin, readings, streams.stderr)
        try:
            await _converse(process, _confined(streams.stdin, device, cwd), inner)
            with contextlib.suppress(BrokenPipeError):
                await readings.end()
        finally:
            await uninterrupted(_retire(device, process))
    return _status(process)


async def _misbehave(fault: str, streams: StandardStreams) -> int:
    misdeed = MISDEEDS[fault]
    await streams.stdout.write(misdeed.stdout())
    await streams.stderr.write(misdeed.stderr)
    return misdeed.status


def stop_writing(pid: int, is_stopped: bool) -> None:
    """Let a program's files grow no further, as on a full disk, or let them grow again.

    Only Linux can do this to another process; elsewhere nothing happens.
    """
    if sys.platform == "linux":
        with contextlib.suppress(ProcessLookupError):
            limit = 0 if is_stopped else resource.RLIM_INFINITY
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))


@contextlib.contextmanager
def _pace(device: ProgramHome) -> Iterator[Path]:
    path = device.folder / f"pace-{next(_numbers)}"
    page = PaceFile.create(path, device.power.factor)
    device.power.attach(page)
    ticker = asyncio.get_running_loop().create_task(_tick(device))
    try:
        yield path
    finally:
        ticker.cancel()
        device.power.detach(page)
        page.close()
        path.unlink(missing_ok=True)


async def _tick(device: ProgramHome) -> None:
    """Keep the heat up to date while a runner works, so that its pace follows."""
    while True:
        device.power.now()
        await asyncio.sleep(0.1)


async def _spawn(device: ProgramHome, cwd: str, pace: Path) -> asyncio.subprocess.Process:
    start = device.runner.start(pace, device.lifeline_fd, device.faults)
    return await asyncio.create_subprocess_exec(
        *start.argv,
        cwd=device.files.host_path(cwd),
        env=start.environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
        pass_fds=start.kept_fds,
    )


async def _converse(
    process: asyncio.subprocess.Process, stdin: AsyncIterator[bytes], streams: StandardStreams
) -> None:
    """Carry the three streams until the program has closed its output."""
    assert process.stdin and process.stdout and process.stderr  # noqa: S101, PT018 (asked for)
    feeder = asyncio.create_task(_feed(stdin, process.stdin))
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_drain(process.stdout, streams.stdout))
            group.create_task(_drain(process.stderr, streams.stderr))
    except* BrokenPipeError:
        _signal(process, signal.SIGHUP)
    finally:
        feeder.cancel()
        await asyncio.gather(feeder, return_exceptions=True)


async def _confined(source: ByteSource, device: ProgramHome, cwd: str) -> AsyncIterator[bytes]:
    """Yield the program's input line by line, the first one (its job) with paths of the host."""
    is_first = True
    async for line in Reader(source).lines():
        yield confined_job(line, device, cwd) if is_first else line
        is_first = False


async def _feed(lines: AsyncIterator[bytes], stdin: asyncio.StreamWriter) -> None:
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        async for line in lines:
            stdin.write(line)
            await stdin.drain()
    stdin.close()


async def _drain(source: asyncio.StreamReader, sink: ByteSink) -> None:
    while data := await source.read(_CHUNK_BYTES):
        await sink.write(data)


async def _retire(device: ProgramHome, process: asyncio.subprocess.Process) -> None:
    await _ended(process)
    device.processes.remove(process.pid)


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Wait for the end of a program; hang up on one that goes on, then kill it."""
    if process.stdin is not None:
        process.stdin.close()
    for number in (signal.SIGHUP, signal.SIGKILL):
        if process.returncode is not None:
            return
        _signal(process, number)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.communicate(), _GRACE_S)


def _signal(process: asyncio.subprocess.Process, number: int) -> None:
    """Send a signal to the program and whatever it has started."""
    with contextlib.suppress(ProcessLookupError):
        if process.returncode is None:
            os.killpg(process.pid, number)


def _status(process: asyncio.subprocess.Process) -> int:
    code = process.returncode or 0
    return 128 - code if code < 0 else code
