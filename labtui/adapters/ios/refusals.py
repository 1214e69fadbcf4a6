"""Why a phone does not install an app: installd's codes in a user's words, with the cure."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from labtui.adapters.ios.helper import WorkerRefused
from labtui.adapters.ios.messages import Cause
from labtui.errors import DeviceError, DeviceFull


@dataclass(frozen=True, slots=True)
class _Refusal:
    """What to say to one of installd's codes."""

    sign: str
    """Pattern that finds the code in installd's text."""
    sentence: str
    kind: type[DeviceError] = DeviceError


_REFUSALS = (
    _Refusal(
        "0xe800801c|NoCodeSignature",
        "{name} takes no app that is not signed: sign it with your team's certificate "
        "(see runners/ios).",
    ),
    _Refusal(
        "ApplicationVerificationFailed|0xe8008015",
        "{name} does not accept the app's signature: add its UDID to your team's devices, sign the "
        "app anew, and check that its provisioning profile has not expired.",
    ),
    _Refusal(
        "MismatchedApplicationIdentifierEntitlement",
        "{name} has a runner app that another team has signed: delete that one on the phone, with "
        "its files, and install again.",
    ),
    _Refusal(
        "DeviceOSVersionTooLow",
        "The app needs a newer iOS than {name} has: update the phone, or build the app for an "
        "older iOS.",
    ),
    _Refusal(
        "DeviceFamilyNotSupported|IncorrectArchitecture",
        "The app is not made for {name}: build it for iOS devices, not for the simulator.",
    ),
    _Refusal(
        "PackageExtractionFailed|PackageInspectionFailed",
        "{name} cannot unpack the file: it is no .ipa, or damaged; export it again.",
    ),
    _Refusal(
        "NoSpace|InsufficientSpace|InsufficientStorage|0xe80000c0",
        "{name} has no room for the app: delete something on the phone.",
        DeviceFull,
    ),
)


@contextmanager
def explaining_refusals(name: str) -> Iterator[None]:
    """Say what installd of the phone `name` means, and name its code. Raises DeviceError."""
    try:
        yield
    except DeviceError as error:
        cause = error.__cause__
        if isinstance(cause, WorkerRefused) and cause.cause is Cause.REFUSED:
            raise _explained(name, error, str(cause)) from cause
        raise


def _explained(name: str, error: DeviceError, text: str) -> DeviceError:
    for refusal in _REFUSALS:
        if found := re.search(refusal.sign, text, re.IGNORECASE):
            return refusal.kind(f"{refusal.sentence.format(name=name)} ({found[0]})")
    return error
