"""The writer: prompt, never blocking, honest about what it could not keep."""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from labtui.core.events import BenchEvent, DeviceEnded, Outcome, PushEnded, PushProgressed
from labtui.core.model import DeviceId, Digest, LaunchUid
from labtui.core.protocol import Alive, Loaded, Log, RunnerError
from labtui.errors import StoreError, StoreFull, StoreLocked
from labtui.failure import FailureCode
from labtui.store import Store, open_store
from labtui.store.keep_report import MAX_LOG_LINES
from labtui.store.writer import Writer
from tests.store.bench_events import (
    DIGEST,
    LAUNCH,
    PHONE,
    SESSION,
    launch_ended,
    launch_started,
    reading_taken,
    reported,
    samples,
    session_ended,
    session_started,
    whole_session,
)
from tests.store.conftest import Query

DEADLINE_S = 10.0


def eventually(is_true: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + DEADLINE_S
    while not is_true():
        assert time.monotonic() < deadline_s, "it never came true"
        time.sleep(0.005)


def stored(store: Store) -> int:
    with closing(sqlite3.connect(store.path)) as connection:
        (count,) = connection.execute("select coalesce(sum(n), 0) from sample_chunk").fetchone()
    return int(count)


def test_samples_are_on_disk_within_a_quarter_second(store: Store) -> None:
    with store.recorder() as recorder:
        recorder.record(session_started())
        recorder.record(launch_started())
        recorder.record(samples([1, 2, 3]))
        started_s = time.monotonic()
        eventually(lambda: stored(store) == 3)
    # The promise is 0.25 s; the rest is what a loaded test machine may add.
    assert time.monotonic() - started_s < 1.0


async def test_flush_returns_once_everything_is_on_disk(store: Store) -> None:
    with store.recorder() as recorder:
        for event in whole_session():
            recorder.record(event)
        await recorder.flush()
        assert 6 == stored(store)
        assert "" == recorder.trouble


async def test_flush_with_nothing_to_write_returns(store: Store) -> None:
    with store.recorder() as recorder:
        await recorder.flush()
        await asyncio.gather(recorder.flush(), recorder.flush())


async def test_flush_after_closing_is_refused(store: Store) -> None:
    recorder = store.recorder()
    recorder.close()
    recorder.close()
    with pytest.raises(StoreError, match="not being written any more"):
        await recorder.flush()


async def test_flush_says_when_the_file_cannot_even_be_opened(store: Store) -> None:
    hidden = store.path.rename(store.path.with_name("hidden.db"))
    recorder = store.recorder()
    recorder.record(session_started())
    with pytest.raises(StoreError, match="There is no history at"):
        await recorder.flush()
    hidden.rename(store.path)
    recorder.close()
    assert 1 == len(store.history.sessions())


async def test_a_flush_that_is_given_up_harms_nothing(store: Store) -> None:
    with store.recorder() as recorder:
        waiting = asyncio.ensure_future(recorder.flush())
        await asyncio.sleep(0)
        waiting.cancel()
        await recorder.flush()


def test_closing_writes_what_is_left(store: Store) -> None:
    recorder = store.recorder()
    for event in whole_session():
        recorder.record(event)
    recorder.close()
    assert 6 == stored(store)
    assert [Outcome.DONE] == [row.outcome for row in store.history.sessions()]


def test_batches_between_commits_share_a_chunk(store: Store, query: Query) -> None:
    with store.recorder() as recorder:
        recorder.record(session_started())
        recorder.record(launch_started())
        for index in range(50):
            recorder.record(samples([10], first_index=index, t0_ns=10 * index))
    assert query("select count(*) from sample_chunk")[0][0] <= 3


def test_everything_a_runner_says_has_its_place(store: Store, query: Query) -> None:
    with store.recorder() as recorder:
        for event in whole_session():
            recorder.record(event)
        recorder.record(reported(Alive(1)))
        recorder.record(reported(RunnerError(FailureCode.RUN_FAILED, "no")))
        recorder.record(PushProgressed(PHONE, DIGEST, 1, 2))
    assert [("host 0.1", 42, 5_000, 6_000, "run_failed", 1 << 20)] == query(
        "select runner, runner_pid, mono_ns, boot_ns, error_code, rss_bytes from launch"
    )
    assert [("warning", "half of it runs on the CPU")] == query("select level, text from log")
    assert [(SESSION, PHONE, DIGEST, 12_345, 0.25, 0)] == query(
        "select session, device, digest, total_bytes, seconds, was_there from push"
    )
    assert [("gpu",)] == query("select placement ->> '$.parts[0].unit' from launch")
    assert [("y",)] == query("select outputs ->> '$[0].name' from launch")
    assert [("nightly", "net")] == query(
        "select plan ->> '$.name', plan ->> '$.variants[0].variant.model' from session"
    )
    assert [(3,)] == query("select ops ->> '$.CONV_2D' from variant")


def test_log_lines_are_bounded_and_the_rest_counted(store: Store, query: Query) -> None:
    with store.recorder() as recorder:
        recorder.record(session_started())
        recorder.record(launch_started())
        for number in range(MAX_LOG_LINES + 3):
            recorder.record(reported(Log("info", f"line {number}")))
    assert [(MAX_LOG_LINES,)] == query("select count(*) from log")
    assert [(3,)] == query("select dropped_logs from launch")


@pytest.mark.parametrize(
    "event",
    [
        samples([1], launch=LaunchUid("unknown")),
        launch_ended([1], LaunchUid("unknown")),
        reading_taken(launch=LaunchUid("unknown")),
        PushEnded(DeviceId("android:unknown"), DIGEST, 1, 1.0, False),
        session_started(),
        samples([1], first_index=0),
        reported(Log("info", "half a pair: \ud800")),
        reported(Loaded(0, 1 << 64, 0)),
    ],
    ids=["samples", "end", "reading", "push", "session", "twice", "text", "number"],
)
def test_an_event_without_a_place_is_said_and_stops_no_other(
    store: Store, event: BenchEvent
) -> None:
    with store.recorder() as recorder:
        recorder.record(session_started())
        recorder.record(launch_started())
        recorder.record(samples([7]))
        eventually(lambda: stored(store) == 1)
        recorder.record(event)
        recorder.record(launch_ended([7]))
        eventually(lambda: recorder.trouble != "")
        assert recorder.trouble == "1 events did not fit into the history and were left out."
    assert [Outcome.DONE] == [row.outcome for row in store.history.launches()]


def test_pushes_of_anything_but_variants_are_not_kept(store: Store, query: Query) -> None:
    with store.recorder() as recorder:
        recorder.record(session_started())
        recorder.record(PushEnded(PHONE, Digest("e" * 64), 1, 1.0, False))
        recorder.record(PushEnded(PHONE, DIGEST, 2, 1.0, False))
        recorder.record(launch_started())
        eventually(lambda: len(list(query("select 1 from launch"))) == 1)
        assert "" == recorder.trouble
    assert [(DIGEST, 2)] == query("select digest, total_bytes from push")


def test_a_device_that_ends_without_a_session_harms_nothing(store: Store) -> None:
    with store.recorder() as recorder:
        recorder.record(DeviceEnded(PHONE, Outcome.FAILED, "gone"))
        recorder.record(session_started())
        recorder.record(session_ended())
    assert [Outcome.DONE] == [row.outcome for row in store.history.sessions()]


def test_a_lock_held_by_another_program_is_waited_for(store: Store) -> None:
    with store.recorder() as recorder:
        recorder.record(session_started())
        eventually(lambda: len(store.history.sessions()) == 1)
        with closing(sqlite3.connect(store.path, isolation_level=None)) as holder:
            holder.execute("begin immediate")
            recorder.record(launch_started())
            recorder.record(samples([1, 2, 3]))
            eventually(lambda: "Another program holds the history" in recorder.trouble)
        eventually(lambda: recorder.trouble == "")
        assert 3 == stored(store)


async def test_flush_says_when_it_cannot(store: Store) -> None:
    recorder = store.recorder()
    with closing(sqlite3.connect(store.path, isolation_level=None)) as holder:
        holder.execute("begin immediate")
        recorder.record(session_started())
        with pytest.raises(StoreLocked):
            await recorder.flush()
    await recorder.flush()
    recorder.close()


def test_beyond_its_room_samples_are_counted_as_dropped(store: Store, query: Query) -> None:
    recorder = Writer(store.path, held_limit_bytes=20_000)
    recorder.record(session_started())
    recorder.record(launch_started())
    eventually(lambda: len(list(store.history.launches())) == 1)
    with closing(sqlite3.connect(store.path, isolation_level=None)) as holder:
        holder.execute("begin immediate")
        for index in range(0, 1_000, 100):
            recorder.record(samples([1] * 100, first_index=index, t0_ns=index))
        recorder.record(reading_taken())
        recorder.record(reported(Log("info", "chatter")))
        recorder.record(launch_ended([1] * 400))
        eventually(lambda: "samples did not fit into memory" in recorder.trouble)
    recorder.close()
    ((kept, dropped),) = query("select measured_count, dropped_samples from launch")
    assert (1_000, kept) == (kept + dropped, stored(store))
    assert dropped > 0
    assert [("done",)] == query("select outcome from launch")
    assert f"{dropped} samples did not fit into memory and were lost." == recorder.trouble


def test_a_full_disk_is_said_and_waited_out(small_disk: Path) -> None:
    store = open_store(small_disk / "history.db")
    with store.recorder() as recorder:
        recorder.record(session_started())
        recorder.record(launch_started())
        eventually(lambda: len(list(store.history.launches())) == 1)
        filler = small_disk / "filler"
        with pytest.raises(OSError, match="No space"), filler.open("wb", 0) as file:  # noqa: PT012
            while True:
                file.write(bytes(1 << 12))
        for index in range(0, 100_000, 500):
            recorder.record(samples([123_456_789] * 500, index, 123_456_789 * index))
        eventually(lambda: "is full: free some space" in recorder.trouble)
        filler.unlink()
        eventually(lambda: recorder.trouble == "")
        eventually(lambda: stored(store) == 100_000)


def test_closing_on_a_full_disk_says_what_was_not_kept(small_disk: Path) -> None:
    store = open_store(small_disk / "history.db")
    recorder = store.recorder()
    with pytest.raises(OSError, match="No space"), (small_disk / "filler").open("wb", 0) as file:  # noqa: PT012
        while True:
            file.write(bytes(1 << 12))
    recorder.record(session_started())
    recorder.record(launch_started())
    for index in range(0, 100_000, 500):
        recorder.record(samples([123_456_789] * 500, index, 123_456_789 * index))
    with pytest.raises(StoreFull):
        recorder.close()


@pytest.mark.parametrize("act", ["delete", "replace"])
async def test_a_history_that_is_deleted_or_replaced_is_noticed(store: Store, act: str) -> None:
    recorder = store.recorder()
    recorder.record(session_started())
    await recorder.flush()
    if act == "delete":
        store.path.unlink()
    else:
        store.path.rename(store.path.with_name("moved.db"))
        store.path.write_text("something else")
    recorder.record(launch_started())
    with pytest.raises(StoreError, match="was deleted or replaced while labtui was writing"):
        await recorder.flush()
    assert "Restart labtui" in recorder.trouble
    with pytest.raises(StoreError, match="was deleted or replaced"):
        recorder.close()


def test_two_writers_share_a_history(store: Store) -> None:
    with store.recorder() as one, store.recorder() as other:
        one.record(session_started())
        eventually(lambda: len(store.history.sessions()) == 1)
        one.record(launch_started())
        other.record(samples([1]))  # has no place before the launch is there
        eventually(lambda: one.trouble != "" or len(list(store.history.launches())) == 1)
        assert () == open_store(store.path).interrupted
    assert LAUNCH == next(store.history.launches()).launch
