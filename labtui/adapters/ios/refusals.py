"""Why a phone does not take an app or an image: its codes in a user's words, with the cure."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from labtui.adapters.ios.helper import WorkerRefused
from labtui.adapters.ios.messages import Cause
from labtui.errors import DeviceError, DeviceFull


@dataclass(frozen=True, slots=True)
class Refusal:
    """What to say to one of a phone's codes."""

    sign: str
    """Pattern that finds the code in the phone's text."""
    sentence: str
    """With `{name}` for the phone's, and `{code}` for what the pattern has found."""
    kind: type[DeviceError] = DeviceError


INSTALL_REFUSALS = (
    Refusal(
        "0xe800801c|NoCodeSignature",
        "{name} takes no app that is not signed: sign it with your team's certificate "
        "(see runners/ios). ({code})",
    ),
    Refusal(
        "ApplicationVerificationFailed|0xe8008015",
        "{name} does not accept the app's signature: add its UDID to your team's devices, sign the "
        "app anew, and check that its provisioning profile has not expired. ({code})",
    ),
    Refusal(
        "MismatchedApplicationIdentifierEntitlement",
        "{name} has a runner app that another team has signed: delete that one on the phone, with "
        "its files, and install again. ({code})",
    ),
    Refusal(
        "DeviceOSVersionTooLow",
        "The app needs a newer iOS than {name} has: update the phone, or build the app for an "
        "older iOS. ({code})",
    ),
    Refusal(
        "DeviceFamilyNotSupported|IncorrectArchitecture",
        "The app is not made for {name}: build it for iOS devices, not for the simulator. ({code})",
    ),
    Refusal(
        "PackageExtractionFailed|PackageInspectionFailed",
        "{name} cannot unpack the file: it is no .ipa, or damaged; export it again. ({code})",
    ),
    Refusal(
        "NoSpace|InsufficientSpace|InsufficientStorage|0xe80000c0",
        "{name} has no room for the app: delete something on the phone. ({code})",
        DeviceFull,
    ),
)


@contextmanager
def explaining_refusals(
    name: str, refusals: Sequence[Refusal] = INSTALL_REFUSALS
) -> Iterator[None]:
    """Say what the phone `name` means, and name its code. Raises DeviceError."""
    try:
        yield
    except DeviceError as error:
        cause = error.__cause__
        if isinstance(cause, WorkerRefused) and cause.cause is Cause.REFUSED:
            raise _explained(name, refusals, error, str(cause)) from cause
        raise


def _explained(
    name: str, refusals: Sequence[Refusal], error: DeviceError, text: str
) -> DeviceError:
    for refusal in refusals:
        if found := re.search(refusal.sign, text, re.IGNORECASE):
            return refusal.kind(refusal.sentence.format(name=name, code=found[0]))
    return error
