"""Writers in processes of their own: kill -9 at any moment, and files that may not grow."""

import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from labtui.core.events import Outcome
from labtui.store import Store, open_store
from tests.store.bench_events import LAUNCH

_WRITER = """
import asyncio, sys, time
from pathlib import Path
from labtui.core.model import LaunchUid, SessionUid
from labtui.store import open_store
from tests.store.bench_events import launch_started, samples, session_started

async def write(path, number):
    recorder = open_store(Path(path)).recorder()
    session, launch = SessionUid(f"01S{number}"), LaunchUid(f"01L{number}")
    recorder.record(session_started(session))
    recorder.record(launch_started(launch, session))
    index = 0
    while True:
        for _ in range(20):
            recorder.record(samples([1_000_000] * 10, index, 1_000_000 * index, launch))
            index += 10
            await asyncio.sleep(0.0005)
        print("sent", index, time.monotonic_ns(), flush=True)
        if index % 1000 == 0:
            await recorder.flush()
            print("kept", index, time.monotonic_ns(), flush=True)

asyncio.run(write(sys.argv[1], sys.argv[2]))
"""


_CRAMPED = """
import asyncio, resource, sys, time
from pathlib import Path
from labtui.store import open_store
from tests.store.bench_events import launch_started, samples, session_started

async def write(path):
    recorder = open_store(Path(path)).recorder()
    recorder.record(session_started())
    recorder.record(launch_started())
    await recorder.flush()
    resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, resource.RLIM_INFINITY))
    for index in range(0, 100_000, 500):
        recorder.record(samples([123_456_789] * 500, index, 123_456_789 * index))
    deadline = time.monotonic() + 10
    while not recorder.trouble and time.monotonic() < deadline:
        await asyncio.sleep(0.01)
    print(recorder.trouble)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await recorder.flush()
    recorder.close()

asyncio.run(write(sys.argv[1]))
"""


def test_a_file_that_may_not_grow_is_said_and_waited_out(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    done = subprocess.run(
        [sys.executable, "-c", _CRAMPED, str(path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert f"The history {path} cannot be used: disk I/O error." == done.stdout.strip()
    assert list(range(100_000)) == kept_indexes(open_store(path), LAUNCH)


def run_and_kill(path: Path, number: int, after_s: float) -> tuple[list[tuple[str, int, int]], int]:
    """Return what a writer said before it was killed, and when it was (monotonic ns)."""
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(path), f"{number:03d}"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
    ) as writer:
        assert writer.stdout is not None
        said = [writer.stdout.readline()]
        time.sleep(after_s)  # the moment of death is the thing under test
        killed_ns = time.monotonic_ns()
        writer.kill()
        said += writer.stdout.readlines()
    words = [line.split() for line in said if line.endswith("\n")]
    return [(kind, int(index), int(at_ns)) for kind, index, at_ns in words], killed_ns


def kept_indexes(store: Store, launch: str) -> list[int]:
    with closing(sqlite3.connect(store.path)) as connection:
        rows = connection.execute("select idx from sample where launch = ? order by idx", (launch,))
        return [index for (index,) in rows]


@pytest.mark.slow
def test_a_writer_that_is_killed_loses_a_quarter_second_at_most(tmp_path: Path) -> None:
    path, rng = tmp_path / "history.db", random.Random(20)
    open_store(path)
    for number in range(20):
        said, killed_ns = run_and_kill(path, number, rng.uniform(0.0, 0.6))
        store = open_store(path)
        assert 1 == len(store.interrupted)
        kept = kept_indexes(store, f"01L{number:03d}")
        assert list(range(len(kept))) == kept
        acknowledged = max((i for kind, i, _ in said if kind == "kept"), default=0)
        # A loaded machine may delay the writer's thread; the promise itself is 250 ms.
        old = [i for kind, i, at_ns in said if kind == "sent" and killed_ns - at_ns > 500_000_000]
        assert len(kept) >= max([acknowledged, *old])
    with closing(sqlite3.connect(path)) as connection:
        assert ("ok",) == connection.execute("pragma integrity_check").fetchone()
    outcomes = {row.outcome for row in open_store(path).history.sessions()}
    assert {Outcome.INTERRUPTED} == outcomes
