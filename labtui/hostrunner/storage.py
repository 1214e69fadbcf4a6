"""Writing files so that a full disk is told from everything else."""

import errno
import os
from typing import BinaryIO

from labtui.failure import FailureCode
from labtui.hostrunner.engine import RunnerFailure

_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def write_whole(file: BinaryIO, data: bytes | memoryview) -> None:
    """Write to an unbuffered file. Raises OSError, for a disk that takes only a part as well."""
    if file.write(data) != len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def failure_of(error: OSError, otherwise: FailureCode, what: str) -> RunnerFailure:
    """Return `disk_full` where the disk is; else the code `otherwise`."""
    code = FailureCode.DISK_FULL if error.errno in _NO_SPACE else otherwise
    return RunnerFailure(code, f"{what} cannot be written: {error.strerror}")
