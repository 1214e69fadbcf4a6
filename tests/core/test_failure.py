"""Every cause has a name, a sentence, and one side that may say it."""

import pytest

from labtui import errors
from labtui.failure import RUNNER_CODES, FailureCode


@pytest.mark.parametrize("code", FailureCode)
def test_every_code_has_a_sentence_to_which_a_detail_can_be_added(code: FailureCode) -> None:
    assert code.sentence[0].isupper()
    assert not code.sentence.endswith(".")


def test_runners_speak_of_themselves_only() -> None:
    assert FailureCode.OUT_OF_MEMORY in RUNNER_CODES
    assert not RUNNER_CODES & {
        FailureCode.RUNNER_KILLED, FailureCode.DEVICE_GONE, FailureCode.PROTOCOL_BROKEN,
        FailureCode.PUSH_FAILED,
    }  # fmt: skip


def test_every_error_of_a_device_has_its_code() -> None:
    kinds = (errors.DeviceGone, errors.DeviceHung, errors.DeviceBusy, errors.PushFailed)
    assert len(kinds) == len({kind.code for kind in kinds})
    failed = errors.RunnerFailed(FailureCode.ENGINE_TOO_OLD, "use 2.2 or newer.")
    assert FailureCode.ENGINE_TOO_OLD is failed.code
    assert "The engine on the device is too old: use 2.2 or newer." == str(failed)
