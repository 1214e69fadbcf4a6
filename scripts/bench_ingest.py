"""How fast samples go from socket bytes to committed chunks; prints one JSON line a number."""

import asyncio
import gc
import json
import os
import resource
import socket
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from labtui.core.events import LaunchStarted, SamplesArrived, SessionStarted
from labtui.core.model import (
    DeviceFacts,
    DeviceId,
    DeviceSnapshot,
    DeviceState,
    Digest,
    EngineOptions,
    LaunchUid,
    Platform,
    SessionUid,
    Transport,
    TransportKind,
    Variant,
    VariantFormat,
)
from labtui.core.plan import LaunchSpec, Plan, PlannedVariant
from labtui.core.presets import preset
from labtui.core.protocol import RunnerStream, Samples, encode_event
from labtui.core.protocol.events import Hello
from labtui.ports import Recorder
from labtui.store import Store, open_store

BATCH = 100
RATE_TARGET = 1_500_000
RATIO_TARGET = 4.0
GROWTH_TARGET_MB = 16.0
_READ_BYTES = 1 << 16
_STEP = 500_000
_PHONE = DeviceId("host:bench")
_SESSION = SessionUid("01BENCH")


def measure() -> list[dict[str, object]]:
    """Return what this script measures, one entry a goal."""
    return [measure_rate(), measure_memory()]


def measure_rate(samples: int = 2_000_000, rounds: int = 5) -> dict[str, object]:
    """Return samples per second and their ratio to raw rows: medians of interleaved rounds."""
    chunked, raw = [], []
    with _one_core(), tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            chunked.append(samples / _ingest_s(Path(folder), number, samples))
            raw.append(samples // 4 / _rows_s(Path(folder), number, samples // 4))
    rate = statistics.median(chunked)
    ratio = statistics.median(c / r for c, r in zip(chunked, raw, strict=True))
    return {
        "name": "ingest: socket bytes to committed chunks",
        "value": round(rate),
        "unit": "samples/s",
        "target": RATE_TARGET,
        "ratio_to": "sqlite3.executemany of rows",
        "ratio": round(ratio, 2),
        "ok": rate >= RATE_TARGET and ratio >= RATIO_TARGET,
    }


def measure_memory(samples: int = 10_000_000) -> dict[str, object]:
    """Return how much the peak of a fresh process grows from the first samples to the last."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
        growth_mb = fresh.submit(_growth_mb, samples).result()
    return {
        "name": f"ingest: memory growth over {samples} samples",
        "value": round(growth_mb, 1),
        "unit": "MB",
        "target": GROWTH_TARGET_MB,
        "ratio_to": None,
        "ratio": None,
        "ok": growth_mb <= GROWTH_TARGET_MB,
    }


def _growth_mb(samples: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        _ingest_s(Path(folder), 0, samples // 5, step=_STEP)
        before_mb = _rss_mb()
        _ingest_s(Path(folder), 1, samples, step=_STEP)
        return _rss_mb() - before_mb


@contextmanager
def _one_core() -> Iterator[None]:
    """Keep this process, its threads included, on one core where the system lets us."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def _leave_core() -> None:
    """Move the sender to the cores that the receiver does not use."""
    if hasattr(os, "sched_setaffinity"):
        every = set(range(os.cpu_count() or 1))
        os.sched_setaffinity(0, every - os.sched_getaffinity(0) or every)


def _ingest_s(folder: Path, number: int, samples: int, step: int | None = None) -> float:
    """Return the seconds from the first byte until the last sample is committed.

    With `step`, wait for the disk after each so many samples, as phones, which are slower than
    any disk, do by themselves. Raises AssertionError unless every sample is stored.
    """
    store = open_store(folder / f"chunks{number}.db")
    ours, theirs = socket.socketpair()
    sender = get_context("fork").Process(target=_send, args=(theirs, samples))
    sender.start()
    theirs.close()
    launch = LaunchUid(f"01LAUNCH{number}")
    with ours, store.recorder() as recorder:
        recorder.record(_session_started())
        recorder.record(LaunchStarted(launch, _SESSION, _PHONE, LaunchSpec(0, 0, 0), 0))
        ours.recv(1, socket.MSG_PEEK)
        gc.collect()
        started_s = time.perf_counter()
        _receive(ours, recorder, launch, step or samples)
    elapsed_s = time.perf_counter() - started_s
    sender.join()
    _check(store, samples)
    return elapsed_s


def _receive(incoming: socket.socket, recorder: Recorder, launch: LaunchUid, step: int) -> None:
    stream = RunnerStream()
    next_stop = step
    while data := incoming.recv(_READ_BYTES):
        for event in stream.feed(data):
            if isinstance(event, Samples):
                recorder.record(SamplesArrived(launch, _PHONE, event))
                if event.first_index >= next_stop:
                    asyncio.run(recorder.flush())
                    next_stop += step


def _check(store: Store, samples: int) -> None:
    with closing(sqlite3.connect(store.path)) as connection:
        stored = connection.execute("select sum(n) from sample_chunk").fetchone()[0]
    assert stored == samples, f"{stored} of {samples} samples are stored"


def _send(out: socket.socket, samples: int) -> None:
    _leave_core()
    bodies = [
        ",".join(str(100_000_000 + 7_919 * i % 800_000_000) for i in range(first, first + BATCH))
        for first in range(0, 64 * BATCH, BATCH)
    ]
    spans_ns = [sum(map(int, body.split(","))) for body in bodies]
    out.sendall(encode_event(Hello(1, "bench", "1", "none", "1", 1, 0, 0)))
    t_ns, lines = 0, []
    for line in range(samples // BATCH):
        body = line % len(bodies)
        lines.append(f'{{"ev":"samples","i":{line * BATCH},"t":{t_ns},"ns":[{bodies[body]}]}}\n')
        t_ns += spans_ns[body]
        if len(lines) == 64:
            out.sendall("".join(lines).encode())
            lines.clear()
    out.sendall("".join(lines).encode())
    out.close()


def _rows_s(folder: Path, number: int, samples: int) -> float:
    """Return the seconds of the plain way: a row a sample, 10 000 rows in a transaction."""
    with closing(sqlite3.connect(folder / f"rows{number}.db", isolation_level=None)) as connection:
        connection.execute("pragma journal_mode = wal")
        connection.execute(
            "create table sample (launch integer, idx integer, t_ns integer, latency_ns integer,"
            " is_warmup integer, primary key (launch, idx)) without rowid"
        )
        gc.collect()
        started_s = time.perf_counter()
        for start in range(0, samples, 10_000):
            rows = [(1, i, i * 500_000, 100_000_000 + i, 0) for i in range(start, start + 10_000)]
            connection.execute("begin immediate")
            connection.executemany("insert into sample values (?, ?, ?, ?, ?)", rows)
            connection.execute("commit")
        return time.perf_counter() - started_s


def _session_started() -> SessionStarted:
    variant = Variant(
        "none", "none", "", VariantFormat.TFLITE, Digest("0" * 64), 0, (), (), (), (), 0
    )
    plan = Plan("bench", (PlannedVariant(variant, EngineOptions()),), (_PHONE,), preset("quick"))
    device = DeviceSnapshot(
        _PHONE,
        Platform.HOST,
        DeviceState.READY,
        (Transport("bench", TransportKind.LOCAL, DeviceState.READY),),
        facts=DeviceFacts("bench", "bench", "", "", "", "", is_virtual=True),
    )
    return SessionStarted(_SESSION, plan, (device,), 0)


def _rss_mb() -> float:
    """Return the peak of resident memory so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def main() -> None:
    """Print each number as a line of JSON."""
    for result in measure():
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
