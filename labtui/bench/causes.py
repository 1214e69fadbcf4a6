"""How a launch failed, from what its runner said last and how its process ended."""

import signal

from labtui.core.protocol import BrokenStream, End, RunnerError
from labtui.errors import RunnerFailed
from labtui.failure import FailureCode

_SIGNAL_BASE = 128
"""A shell reports a process that was ended by signal n with 128 + n."""
_NOT_EXECUTABLE, _NOT_FOUND = 126, 127
_KILLS = {
    signal.SIGKILL: "by SIGKILL: the system does that when memory is short, or somebody did",
    signal.SIGTERM: "by SIGTERM",
    signal.SIGHUP: "by SIGHUP: its cable or session went away",
}


def broken(violation: BrokenStream) -> RunnerFailed:
    """Return the failure of a runner that said something the protocol does not allow."""
    code = FailureCode.PROTOCOL_BROKEN
    if violation.is_mismatch:
        code = FailureCode.PROTOCOL_MISMATCH
    return RunnerFailed(code, f"{violation}.")


def failure(
    outcome: End | RunnerError | None, exit_code: int | None, diagnostics: str
) -> RunnerFailed | None:
    """Return what went wrong with a launch that nobody stopped; None when nothing did."""
    match outcome:
        case RunnerError():
            return RunnerFailed(outcome.code, outcome.text)
        case End(is_stopped=True):
            return RunnerFailed(
                FailureCode.RUNNER_STOPPED, "somebody sent it a signal or closed its input."
            )
        case None:
            return _silent_end(exit_code, diagnostics or "it said nothing")
    return None


def _silent_end(exit_code: int | None, diagnostics: str) -> RunnerFailed:
    """Tell apart the ways in which a runner ends without its last event."""
    if exit_code == _NOT_EXECUTABLE:
        return RunnerFailed(FailureCode.RUNNER_WRONG_ABI, f"{diagnostics}.")
    if exit_code == _NOT_FOUND:
        return RunnerFailed(FailureCode.RUNNER_MISSING, f"{diagnostics}.")
    number = (exit_code or 0) - _SIGNAL_BASE
    if number in _KILLS:
        return RunnerFailed(FailureCode.RUNNER_KILLED, f"{_KILLS[signal.Signals(number)]}.")
    return RunnerFailed(
        FailureCode.RUNNER_CRASHED, f"it ended without its last event ({diagnostics})."
    )
