"""The runner program around any engine: a job comes in, events go out."""

import traceback
from pathlib import Path

from labtui.core.protocol import (
    ProtocolMismatch,
    ProtocolViolation,
    RunnerError,
    RunnerEvent,
    decode_job,
)
from labtui.core.text import clean
from labtui.failure import FailureCode
from labtui.hostrunner.control import Control
from labtui.hostrunner.engine import EngineFactory, RunnerFailure
from labtui.hostrunner.launch import Launch, opened_engine
from labtui.hostrunner.readings import ReadClocks
from labtui.hostrunner.reporter import Reporter
from labtui.hostrunner.sysfs import cluster_clocks

EXIT_DONE = 0
EXIT_ERROR = 1


def serve(
    stdin_fd: int,
    stdout_fd: int,
    open_engine: EngineFactory,
    read_clocks: ReadClocks = cluster_clocks,
) -> int:
    """Read a job from `stdin_fd`, write its events to `stdout_fd`, return the exit code.

    Call it from the main thread: SIGHUP, SIGINT and SIGTERM end the launch cleanly, as do the
    end of `stdin_fd` and a reader of `stdout_fd` that goes away.
    """
    control = Control(stdin_fd)
    with control.signals():
        reporter = Reporter(stdout_fd, on_lost=control.stop)
        control.watch()
        try:
            last = _last_event(control, reporter, open_engine, read_clocks)
            return _finish(reporter, last)
        finally:
            reporter.close()


def _last_event(
    control: Control, reporter: Reporter, open_engine: EngineFactory, read_clocks: ReadClocks
) -> RunnerEvent:
    """Carry out the job; whatever goes wrong comes back as the `error` event."""
    try:
        line = control.job_line()
        if line is None:
            return RunnerError(FailureCode.BAD_JOB, "told to stop before a job came")
        job = decode_job(line)
        if job.raw_file is not None:
            reporter.copy_to(job.raw_file)
        engine = opened_engine(job, open_engine)
        return Launch(job, engine, reporter.send, control, read_clocks).run(open_engine)
    except ProtocolViolation as error:
        is_mismatch = isinstance(error, ProtocolMismatch)
        return _error(FailureCode.PROTOCOL_MISMATCH if is_mismatch else FailureCode.BAD_JOB, error)
    except RunnerFailure as error:
        return _error(error.code, error)
    except MemoryError:
        return RunnerError(FailureCode.OUT_OF_MEMORY, "not enough memory for this variant")
    except Exception as error:  # noqa: BLE001 (the host must hear of every failure)
        traceback.print_exc()
        return _error(FailureCode.INTERNAL, error)


def _finish(reporter: Reporter, last: RunnerEvent) -> int:
    try:
        reporter.send(last)
    except RunnerFailure as failure:  # the copy did not take even the last event; the host did
        traceback.print_exception(failure)
        return EXIT_ERROR
    return EXIT_ERROR if isinstance(last, RunnerError) else EXIT_DONE


def _error(code: FailureCode, error: Exception) -> RunnerError:
    text = str(error) or type(error).__name__
    return RunnerError(code, clean(text.replace(f"{Path.cwd()}/", ""), 400))
