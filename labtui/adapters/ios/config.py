"""Which usbmuxd to use, where keys lie, and what labtui may do about phones on the network."""

import importlib.util
import os
import shutil
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Self

from labtui.adapters.ios.usbmux import MuxAddress
from labtui.errors import BenchUnavailable

ADDRESS_VARIABLE = "USBMUXD_SOCKET_ADDRESS"
_LIBRARY = "pymobiledevice3"
_DAEMON_PATH = "/usr/sbin:/usr/local/sbin:/usr/bin"


@dataclass(frozen=True, slots=True)
class IosConfig:
    """Everything the adapter is told from outside."""

    records: Path
    """Folder of pair records; made private before anything is written there."""
    address: MuxAddress = field(default_factory=MuxAddress)
    may_leave_host: bool = False
    """Talk to a usbmuxd on another computer: its protocol knows no passwords."""
    may_use_wifi: bool = False
    """Show phones that are only reached over the network."""

    @classmethod
    def from_environment(
        cls, records: Path, *, may_leave_host: bool = False, may_use_wifi: bool = False
    ) -> Self:
        """Return the user's own usbmuxd. Raises UsageError for an address that is none."""
        address = MuxAddress.parse(os.environ.get(ADDRESS_VARIABLE, ""))
        return cls(records, address, may_leave_host, may_use_wifi)

    def check(self) -> None:
        """Raise BenchUnavailable for a usbmuxd that everybody on the network can reach."""
        if not self.address.is_local and not self.may_leave_host:
            raise BenchUnavailable(
                f"The usbmuxd {self.address} is on another computer, and its protocol is open to "
                "everybody on the network: forward its port through ssh, or set may_leave_host = "
                "true in the config file."
            )

    @property
    def missing_daemon(self) -> str:
        """Say what to do when no usbmuxd listens; empty when there is nothing to do.

        On Linux one that is installed is started when a phone is plugged in. Who has neither it nor
        the library does not work with iPhones.
        """
        is_default = self.address == MuxAddress()
        if is_default and (not has_library() or _finds_daemon()):
            return ""
        if not is_default:
            return f"No usbmuxd listens on {self.address}: start it, or unset {ADDRESS_VARIABLE}."
        return (
            "iPhones cannot be seen, for there is no usbmuxd on this computer: install your "
            "distribution's `usbmuxd` package (`apt install usbmuxd`)."
        )


@cache
def has_library() -> bool:
    """Tell whether pymobiledevice3 is installed, without loading it."""
    return importlib.util.find_spec(_LIBRARY) is not None


def _finds_daemon() -> bool:
    # It lies where only root's PATH leads.
    return sys.platform == "darwin" or bool(shutil.which("usbmuxd", path=_DAEMON_PATH))
