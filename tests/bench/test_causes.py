"""How a launch failed, from what the runner said last and how its process ended."""

import pytest

from labtui.bench.causes import broken, failure
from labtui.core.protocol import BrokenStream, End, ProtocolMismatch, ProtocolViolation, RunnerError
from labtui.failure import FailureCode

DONE, STOPPED = End(1, 0, 5, is_stopped=False), End(1, 0, 5, is_stopped=True)
REFUSED = RunnerError(FailureCode.MODEL_REFUSED, "no op X")


@pytest.mark.parametrize(
    ("outcome", "exit_code", "code", "words"),
    [
        (REFUSED, 1, FailureCode.MODEL_REFUSED, "refused the variant: no op X"),
        (STOPPED, 0, FailureCode.RUNNER_STOPPED, "somebody"),
        (None, 126, FailureCode.RUNNER_WRONG_ABI, "not made for this device: its stderr"),
        (None, 127, FailureCode.RUNNER_MISSING, "its stderr"),
        (None, 137, FailureCode.RUNNER_KILLED, "SIGKILL"),
        (None, 143, FailureCode.RUNNER_KILLED, "SIGTERM"),
        (None, 129, FailureCode.RUNNER_KILLED, "SIGHUP"),
        (None, 139, FailureCode.RUNNER_CRASHED, "its stderr"),
        (None, 0, FailureCode.RUNNER_CRASHED, "without its last event"),
        (None, None, FailureCode.RUNNER_CRASHED, "without its last event"),
        (None, 300, FailureCode.RUNNER_CRASHED, "without its last event"),
    ],
)
def test_each_way_to_fail_has_its_name(
    outcome: End | RunnerError | None, exit_code: int | None, code: FailureCode, words: str
) -> None:
    failed = failure(outcome, exit_code, "its stderr")
    assert failed is not None
    assert code is failed.code
    assert words in str(failed)


def test_a_launch_that_went_well_has_no_failure() -> None:
    assert failure(DONE, 0, "") is None


def test_another_protocol_version_is_told_apart_from_nonsense() -> None:
    assert FailureCode.PROTOCOL_BROKEN is broken(BrokenStream(ProtocolViolation("x"), [])).code
    assert FailureCode.PROTOCOL_MISMATCH is broken(BrokenStream(ProtocolMismatch("x"), [])).code
