"""Commands about processes, and the one real program of a virtual phone: its runner."""

import signal

from labtui.virtual.programs import run_program
from labtui.virtual.runners import RUNNER_NAME
from labtui.virtual.shell.call import Call, CommandError, options, whole


async def _runner(call: Call) -> int:
    return await run_program(call.device, call.shell.cwd, call.args, call.streams)


async def _ps(call: Call) -> int:
    flags, _ = options(call.args, "Aefo:")
    columns = flags.get("o", "USER,PID,PPID,NAME").upper().split(",")
    rows = [columns, *([_cell(process, column) for column in columns] for process in _all(call))]
    widths = [max(len(row[at]) for row in rows) for at in range(len(columns))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        await call.say(" ".join(cells).rstrip() + "\n")
    return 0


def _all(call: Call) -> list[tuple[int, str]]:
    return sorted(call.device.processes.running().items())


def _cell(process: tuple[int, str], column: str) -> str:
    pid, name = process
    values = {"PID": str(pid), "NAME": name, "ARGS": name, "CMD": name, "CMDLINE": name}
    fixed = {"USER": "shell", "PPID": "1", "S": "S"}
    return (values | fixed).get(column, "-")


async def _pidof(call: Call) -> int:
    pids = [str(pid) for pid, name in _all(call) if name in call.args]
    if pids:
        await call.say(" ".join(pids) + "\n")
    return int(not pids)


async def _kill(call: Call) -> int:
    words = list(call.args)
    wanted = words.pop(0).lstrip("-") if words and words[0].startswith("-") else "TERM"
    if wanted == "s" and words:
        wanted = words.pop(0)
    number = _signal_number(wanted)

    async def send(operand: str) -> None:
        call.device.processes.kill(whole(operand), number)

    return await call.each(words, send)


async def _pkill(call: Call) -> int:
    """`pkill [-SIGNAL] NAME`."""
    words = [word for word in call.args if not word.startswith("-")]
    flags = [word.lstrip("-") for word in call.args if word.startswith("-") and word != "-f"]
    number = _signal_number(flags[0] if flags else "TERM")
    hit = [pid for pid, name in _all(call) if words and words[0] in name]
    for pid in hit:
        call.device.processes.kill(pid, number)
    return int(not hit)


def _signal_number(text: str) -> int:
    if text.isdecimal():
        return int(text)
    name = "SIG" + text.upper().removeprefix("SIG")
    if name not in signal.Signals.__members__:
        raise CommandError(f"bad signal '{text}'")
    return signal.Signals[name].value


COMMANDS = {
    RUNNER_NAME: _runner, "ps": _ps, "pidof": _pidof, "pgrep": _pidof, "kill": _kill,
    "pkill": _pkill,
}  # fmt: skip
