"""installd's codes become one sentence with the cure."""

import pytest

from labtui.adapters.ios.helper import WorkerRefused
from labtui.adapters.ios.messages import Cause, Failed
from labtui.adapters.ios.refusals import explaining_refusals
from labtui.errors import DeviceError, DeviceFull

CASES = [
    ("ApplicationVerificationFailed: Failed to verify code signature", "add its UDID"),
    ("ApplicationVerificationFailed: 0xe8008015 (A valid provisioning profile", "add its UDID"),
    ("ApplicationVerificationFailed: 0xe800801c (No code signature found.)", "is not signed"),
    ("MismatchedApplicationIdentifierEntitlement: Upgrade's", "another team has signed"),
    ("DeviceOSVersionTooLow: None", "needs a newer iOS than Phone {0} has"),
    ("DeviceFamilyNotSupported: x", "not for the simulator"),
    ("PackageExtractionFailed: Could not extract", "it is no .ipa, or damaged"),
]


def refuse(cause: Cause, text: str) -> None:
    with explaining_refusals("Phone {0}"):
        raise DeviceError(f"refused: {text}") from WorkerRefused(Failed(cause, text))


@pytest.mark.parametrize(("text", "told"), CASES)
def test_a_code_is_explained_and_named(text: str, told: str) -> None:
    with pytest.raises(DeviceError) as caught:
        refuse(Cause.REFUSED, text)
    assert told in str(caught.value)
    assert "Phone {0}" in str(caught.value)
    assert str(caught.value).endswith(")")
    assert isinstance(caught.value.__cause__, WorkerRefused)


def test_a_phone_without_room_is_full() -> None:
    with pytest.raises(DeviceFull, match="no room for the app"):
        refuse(Cause.REFUSED, "kAMDNoSpaceError")


@pytest.mark.parametrize("cause", [Cause.REFUSED, Cause.LOCKED])
def test_what_is_not_known_stays_as_it_was_said(cause: Cause) -> None:
    with pytest.raises(DeviceError, match=r"^refused: SomethingNew$"):
        refuse(cause, "SomethingNew")


def test_other_failures_pass() -> None:
    with pytest.raises(DeviceError, match="has left"), explaining_refusals("Phone"):
        raise DeviceError("The phone has left.")
