"""Files that a phone runs: shell scripts, and nothing else."""

import asyncio
import posixpath
import re
from collections.abc import Coroutine
from typing import Any

from labtui.virtual.hostile import WRONG_ABI
from labtui.virtual.processes import ProcessTable
from labtui.virtual.shell.call import Call

NOT_EXECUTABLE, NOT_FOUND = 126, 127
_IS_SCRIPT = re.compile(r"#!\s*(/system)?/bin/sh\s")


class NotRunnable(Exception):
    """A file that cannot be run; the text and the exit status are the shell's."""

    def __init__(self, text: str, status: int = NOT_EXECUTABLE) -> None:
        super().__init__(text)
        self.status = status


async def run_file(call: Call) -> int:
    """Run the file that the first argument names, with the others as its arguments."""
    name = call.args[0]
    try:
        text = _script(call, name)
    except NotRunnable as error:
        await call.complain(f"{name}: {error}")
        return error.status
    run = call.shell.run_text(text, list(call.args), call.streams)
    return await _as_process(call.device.processes, posixpath.basename(name), run)


def _script(call: Call, name: str) -> str:
    path = call.path(name)
    if "/" not in name or not call.files.exists(path):
        raise NotRunnable("inaccessible or not found", NOT_FOUND)
    found = call.files.stat(path)
    if found.is_dir or not found.mode & 0o111:
        reason = "Is a directory" if found.is_dir else "Permission denied"
        raise NotRunnable(f"can't execute: {reason}")
    with call.files.open_read(path) as file:
        text = file.read().decode(errors="surrogateescape")
    if not _IS_SCRIPT.match(text):
        raise NotRunnable(WRONG_ABI)
    return text


async def _as_process(processes: ProcessTable, name: str, run: Coroutine[Any, Any, int]) -> int:
    """Let a script be listed and killed like a program while it runs."""
    task = asyncio.create_task(run)
    signals: list[int] = []

    def send_signal(number: int) -> None:
        if number:
            signals.append(number)
            task.cancel()

    pid = processes.new_pid()
    processes.add(pid, name, send_signal, is_simulated=True)
    try:
        return await task
    except asyncio.CancelledError:
        if not signals:
            raise
        return 128 + signals[0]
    finally:
        processes.remove(pid)
