"""Guards the bench's adb server and temporary folder; ends both when its stdin closes.

Run as a script with the standard library alone. It outlives a bench that is killed without
warning just long enough to clean up behind it.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading


def main(folder: str, command: list[str]) -> None:
    """Run the command until stdin ends, then delete the folder; end early if the command does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with open(os.devnull, "wb") as null:  # noqa: PTH123 (keeps the start short)
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=null, stderr=null)
    sys.stdout.write(f"{server.pid}\n")
    sys.stdout.flush()
    is_stopping = threading.Event()
    threading.Thread(target=_watch, args=(server, is_stopping), daemon=True).start()
    while os.read(0, 64):
        pass
    is_stopping.set()
    server.kill()
    server.wait()
    shutil.rmtree(folder, ignore_errors=True)


def _watch(server: "subprocess.Popen[bytes]", is_stopping: threading.Event) -> None:
    server.wait()
    if not is_stopping.is_set():
        os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
