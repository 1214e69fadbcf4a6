"""A virtual bench for any client: prints where it is and runs until it is told to end."""

import asyncio
import json
import os
import signal
import sys
import threading

from labtui.virtual.both import BothBenches
from labtui.virtual.control import control_socket, request_fault
from labtui.virtual.lists import parse_phone_list

__all__ = ["request_fault", "serve"]

_END_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


async def serve(phones: str, exit_on_eof: bool = False) -> int:
    """Run the listed phones until SIGTERM, SIGINT or SIGHUP, or the end of stdin if asked.

    Prints one JSON line when they are ready. Raises UsageError or BenchUnavailable.
    """
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _END_SIGNALS:
        loop.add_signal_handler(number, ended.set)
    if exit_on_eof:
        threading.Thread(target=_watch_stdin, args=(loop, ended), daemon=True).start()
    async with BothBenches(parse_phone_list(phones)) as bench, control_socket(bench) as control:
        sys.stdout.write(json.dumps(_address(bench, control)) + "\n")
        sys.stdout.flush()
        await ended.wait()
    return 0


def _watch_stdin(loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> None:
    while os.read(0, 4096):
        pass
    loop.call_soon_threadsafe(ended.set)


def _address(bench: BothBenches, control: str) -> dict[str, object]:
    android, iphones = bench.android, bench.iphones
    return {
        "adb_host": "127.0.0.1",
        "adb_port": android.adb_port,
        "adb_home": str(android.adb_home),
        "serials": [phone.serial for phone in android.phones],
        "adb_serials": [phone.adb_serial for phone in android.phones],
        "ports": [phone.port for phone in android.phones],
        "runner": android.runner.name,
        "runner_reason": android.runner.reason,
        "usbmux": iphones.address if iphones else None,
        "usbmux_socket": str(iphones.socket_path) if iphones else None,
        "udids": list(iphones.udids) if iphones else [],
        "control": control,
        "pid": os.getpid(),
    }
