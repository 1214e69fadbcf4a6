"""What a program needs of the phone it runs on, whatever kind of phone that is."""

from pathlib import Path
from typing import BinaryIO, Protocol

from labtui.virtual.power import Power
from labtui.virtual.processes import ProcessTable
from labtui.virtual.profile import Cluster
from labtui.virtual.program_faults import ProgramFaults
from labtui.virtual.runners import PhoneRunner
from labtui.virtual.storage import Storage


class ProcessorProfile(Protocol):
    """What a program can find out about a kind of phone's processor."""

    @property
    def core_count(self) -> int:
        """Number of CPU cores."""
        ...

    @property
    def clusters(self) -> tuple[Cluster, ...]:
        """The CPU clusters whose clocks can be read."""
        ...


class HomeFiles(Protocol):
    """Where a program's files lie."""

    @property
    def storage(self) -> Storage:
        """How much room there is."""
        ...

    def normalize(self, path: str, cwd: str = "/") -> str:
        """Return the absolute path meant by `path`."""
        ...

    def host_path(self, path: str) -> Path:
        """Return where a path really lies. Raises PermissionError for one that leads out."""
        ...

    def open_read(self, path: str) -> BinaryIO:
        """Open a file for reading. Raises OSError."""
        ...


class ProgramHome(Protocol):
    """A phone as its programs need it."""

    @property
    def profile(self) -> ProcessorProfile:
        """What kind of phone it is."""
        ...

    @property
    def folder(self) -> Path:
        """A folder of this computer that belongs to the phone alone."""
        ...

    @property
    def lifeline_fd(self) -> int:
        """Read end of a pipe that closes when the bench is gone; handed to every program."""
        ...

    @property
    def runner(self) -> PhoneRunner:
        """What its runner really is."""
        ...

    @property
    def power(self) -> Power:
        """Its heat, and the pace that comes of it."""
        ...

    @property
    def files(self) -> HomeFiles:
        """What its programs see."""
        ...

    @property
    def processes(self) -> ProcessTable:
        """What runs on it."""
        ...

    @property
    def faults(self) -> ProgramFaults:
        """What the next runners shall meet."""
        ...
