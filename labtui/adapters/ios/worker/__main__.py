"""`python -m labtui.adapters.ios.worker SERIAL USB|Network RECORDS`: serves stdin on stdout."""

import asyncio
import logging
import os
import resource
import sys
import tempfile
from pathlib import Path
from types import TracebackType

from labtui.adapters.ios.worker.keys import empty_scratch, make_private
from labtui.adapters.ios.worker.phone import Phone
from labtui.adapters.ios.worker.serve import serve


def main() -> None:
    """Serve one phone until stdin ends."""
    serial, transport, records = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Libraries log and print what they like, and what they like may be a key.
    logging.disable(logging.CRITICAL)
    sys.excepthook = _say_only_the_type
    answers_fd = os.dup(1)
    os.dup2(2, 1)
    make_private(records)
    tempfile.tempdir = str(empty_scratch(records, serial))
    asyncio.run(serve(Phone(serial, transport, records), answers_fd))


def _say_only_the_type(
    kind: type[BaseException], _error: BaseException, _traceback: TracebackType | None
) -> None:
    sys.stderr.write(f"{kind.__name__}\n")


if __name__ == "__main__":
    main()
