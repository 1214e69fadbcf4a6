"""pymobiledevice3's exceptions as causes; their text only where it cannot hold a secret."""

from pymobiledevice3 import exceptions as pmd

from labtui.adapters.ios.messages import Cause, Failed
from labtui.core.text import clean

_NO_SPACE_LEFT = 18
_CAUSES: tuple[tuple[type[Exception] | tuple[type[Exception], ...], Cause], ...] = (
    (pmd.PairingDialogResponsePendingError, Cause.TRUST_PENDING),
    (pmd.UserDeniedPairingError, Cause.DENIED),
    ((pmd.PasswordRequiredError, pmd.PasscodeRequiredError), Cause.LOCKED),
    ((pmd.NotPairedError, pmd.InvalidHostIDError, pmd.FatalPairingError), Cause.NOT_PAIRED),
    (
        (
            pmd.DeviceNotFoundError,
            pmd.NoDeviceConnectedError,
            pmd.ConnectionTerminatedError,
            pmd.MuxException,
            ConnectionError,
            EOFError,
        ),
        Cause.GONE,
    ),
    (pmd.AppNotInstalledError, Cause.APP_MISSING),
    (pmd.AfcFileNotFoundError, Cause.NO_FILE),
)
_HARMLESS = (pmd.AfcException, pmd.AppInstallError, pmd.StartServiceError, pmd.MuxException)
"""Their texts name files, services and installd's codes."""


class LocalFileFailed(Exception):
    """A file on this computer cannot be read or written; the message says which."""


class Refused(Exception):
    """The phone said no; the message is its own words, which hold no secret."""


class Cannot(Exception):
    """It is not possible with this phone; the message says why."""


def translate(error: Exception) -> Failed:
    """Return an exception as an answer that may be logged and shown."""
    if isinstance(error, LocalFileFailed):
        return Failed(Cause.LOCAL_FILE, clean(str(error), 300))
    if isinstance(error, Refused):
        return Failed(Cause.REFUSED, clean(str(error), 300))
    if isinstance(error, Cannot):
        return Failed(Cause.CANNOT, clean(str(error), 300))
    return Failed(_cause(error), _text(error))


def _cause(error: Exception) -> Cause:
    if isinstance(error, pmd.AfcException) and error.status == _NO_SPACE_LEFT:
        return Cause.DISK_FULL
    for kinds, cause in _CAUSES:
        if isinstance(error, kinds):
            return cause
    return Cause.REFUSED if isinstance(error, _HARMLESS) else Cause.UNEXPECTED


def _text(error: Exception) -> str:
    """Return the first line of a harmless text, else only what kind of error it is."""
    if not isinstance(error, _HARMLESS):
        return type(error).__name__
    return clean(str(error).partition("\n")[0], 200) or type(error).__name__
