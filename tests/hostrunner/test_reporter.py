"""The writer: nothing waits for the host, nothing is lost, nothing grows for ever."""

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from labtui.core.protocol import Alive, Log, RunnerStream, Samples, decode_event, encode_event
from labtui.failure import FailureCode
from labtui.hostrunner import reporter as module
from labtui.hostrunner.engine import RunnerFailure
from labtui.hostrunner.reporter import Reporter

LINE = Log("info", "x")


@dataclass
class Pipe:
    reader: int
    writer: int
    is_read: bool = True

    def leave(self) -> None:
        """Close the reading end, as a host does that is gone."""
        if self.is_read:
            os.close(self.reader)
        self.is_read = False


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    pipe = Pipe(*os.pipe())
    yield pipe
    pipe.leave()
    os.close(pipe.writer)


def test_events_arrive_in_order(pipe: Pipe) -> None:
    reporter = Reporter(pipe.writer, on_lost=lambda: None)
    for number in range(100):
        reporter.send(Log("info", str(number)))
    reporter.close()
    events = RunnerStream().feed(os.read(pipe.reader, 65536))
    assert [Log("info", str(number)) for number in range(100)] == events


def test_silence_is_filled_with_alive_but_only_after_the_first_event(
    pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ALIVE_S", 0.01)
    reporter = Reporter(pipe.writer, on_lost=lambda: None)
    reporter.send(LINE)
    assert encode_event(LINE) == os.read(pipe.reader, len(encode_event(LINE)))
    assert os.read(pipe.reader, 65536).startswith(b'{"ev":"alive"')
    reporter.close()


def test_sending_does_not_wait_for_a_host_that_does_not_read(
    pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_BACKLOG_BYTES", 200_000)
    monkeypatch.setattr(module, "CLOSE_S", 0.01)
    reporter = Reporter(pipe.writer, on_lost=lambda: None)
    batch = Samples(0, 0, (123_456,) * 5_000, is_warmup=False)
    failure = send_until_failure(reporter, batch)
    assert (FailureCode.RUN_FAILED, True) == (failure.code, "stopped reading" in str(failure))
    reporter.close()  # gives up on the host as well
    pipe.leave()  # ends the writer
    join_writers()


def send_until_failure(reporter: Reporter, batch: Samples) -> RunnerFailure:
    for _ in range(100):
        try:
            reporter.send(batch)
        except RunnerFailure as failure:
            return failure
    raise AssertionError("nothing bounds what waits")


def join_writers() -> None:
    for thread in threading.enumerate():
        if thread.name == "events":
            thread.join(10)
            assert not thread.is_alive()


def test_a_lost_reader_is_told_once_and_the_copy_goes_on(pipe: Pipe, tmp_path: Path) -> None:
    lost = threading.Event()
    reporter = Reporter(pipe.writer, on_lost=lost.set)
    reporter.copy_to(str(tmp_path / "raw"))
    pipe.leave()
    reporter.send(LINE)
    assert lost.wait(10)
    reporter.send(LINE)
    reporter.close()
    assert encode_event(LINE) * 2 == (tmp_path / "raw").read_bytes()


def test_a_full_disk_fails_the_send_but_not_the_host(pipe: Pipe) -> None:
    reporter = Reporter(pipe.writer, on_lost=lambda: None)
    reporter.copy_to("/dev/full")
    with pytest.raises(RunnerFailure) as caught:
        reporter.send(LINE)
    assert FailureCode.DISK_FULL is caught.value.code
    reporter.send(Log("info", "still here"))
    reporter.close()
    assert [LINE, Log("info", "still here")] == RunnerStream().feed(os.read(pipe.reader, 65536))


@pytest.mark.parametrize("path", ["/nonexistent/raw", "a\0b"])
def test_a_copy_that_cannot_be_made(pipe: Pipe, path: str) -> None:
    reporter = Reporter(pipe.writer, on_lost=lambda: None)
    with pytest.raises(RunnerFailure) as caught:
        reporter.copy_to(path)
    reporter.close()
    assert FailureCode.BAD_JOB is caught.value.code


def test_alive_is_not_in_the_copy(
    pipe: Pipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ALIVE_S", 0.01)
    reporter = Reporter(pipe.writer, on_lost=lambda: None)
    reporter.copy_to(str(tmp_path / "raw"))
    reporter.send(LINE)
    os.read(pipe.reader, len(encode_event(LINE)))
    assert isinstance(decode_event(os.read(pipe.reader, 65536).split(b"\n")[0]), Alive)
    reporter.close()
    assert encode_event(LINE) == (tmp_path / "raw").read_bytes()
