"""One tree of errors; every message says what happened and what to do.

LabtuiError                 exit 3
├── UsageError              exit 2   wrong words on the command line or in a plan
├── NothingMatched          exit 4   a selector that selects nothing
├── BadVariant              exit 2   a model file that cannot be used
├── BenchUnavailable        exit 3   adb is missing, its server is of another kind, …
├── DeviceError             exit 3   one device cannot go on; the others do
│   ├── DeviceGone                   cable pulled, phone rebooted, server killed
│   ├── DeviceHung                   silent for too long
│   ├── DeviceBusy                   another labtui holds it
│   ├── DeviceFull                   no room for the file
│   ├── PushFailed                   the file did not arrive as it was sent
│   ├── BadOutputs                   raw outputs of an eval set that cannot be scored
│   └── RunnerFailed                 the runner refused, crashed or broke the protocol
└── StoreError              exit 2   the history cannot be opened or written
    ├── NewerDatabase
    ├── ForeignDatabase
    ├── StoreLocked
    └── StoreFull
"""

from labtui.failure import FailureCode


class LabtuiError(Exception):
    """Anything labtui knows how to say in one sentence."""

    exit_code = 3


class UsageError(LabtuiError):
    """The command line, a plan or a config file asks for something that cannot be."""

    exit_code = 2


class NothingMatched(LabtuiError):
    """A selector or filter selects nothing."""

    exit_code = 4


class BadVariant(LabtuiError):
    """A model file is missing, broken, or not of a kind labtui can run."""

    exit_code = 2


class BenchUnavailable(LabtuiError):
    """The host side of the bench (adb, its server, an engine) is missing or unusable."""


class DeviceError(LabtuiError):
    """One device cannot go on. Becomes that device's state, never the app's end."""

    code = FailureCode.DEVICE_FAILED


class DeviceGone(DeviceError):
    """The device left: cable pulled, reboot, or its adb server ended."""

    code = FailureCode.DEVICE_GONE


class DeviceHung(DeviceError):
    """The device is attached but has not answered in time."""

    code = FailureCode.DEVICE_HUNG


class DeviceBusy(DeviceError):
    """Another labtui process holds the device."""

    code = FailureCode.DEVICE_BUSY


class DeviceFull(DeviceError):
    """The device has no room for what should be pushed."""

    code = FailureCode.DISK_FULL


class PushFailed(DeviceError):
    """A file did not arrive on the device as it was sent."""

    code = FailureCode.PUSH_FAILED


class BadOutputs(DeviceError):
    """The raw outputs of an eval set are cut, or of another shape than the set's classes."""

    code = FailureCode.BAD_EVAL


class RunnerFailed(DeviceError):
    """The runner refused its job, crashed, or broke the protocol; its `code` says which."""

    def __init__(self, code: FailureCode, detail: str) -> None:
        """Say what happened by its code, and what to do about it in `detail`."""
        super().__init__(f"{code.sentence}: {detail}")
        self.code = code


class StoreError(LabtuiError):
    """The history database cannot be opened, read or written."""

    exit_code = 2


class NewerDatabase(StoreError):
    """The database was written by a newer labtui; it is left untouched."""


class ForeignDatabase(StoreError):
    """The file is a database of some other program, or none at all; it is left untouched."""


class StoreLocked(StoreError):
    """Another process holds the database for longer than labtui waits."""


class StoreFull(StoreError):
    """The disk under the database is full."""
