"""Commands about the phone as a Linux machine."""

from labtui.virtual.clock import boot_time_ns, now_utc
from labtui.virtual.shell.call import Call, CommandError

_GROUPS = "1004(input),1007(log),1011(adb),1015(sdcard_rw),1028(sdcard_r),3003(inet)"


async def _id(call: Call) -> int:
    if call.args == ("-u",):
        await call.say("2000\n")
    else:
        await call.say(
            f"uid=2000(shell) gid=2000(shell) groups=2000(shell),{_GROUPS} context=u:r:shell:s0\n"
        )
    return 0


async def _whoami(call: Call) -> int:
    await call.say("shell\n")
    return 0


async def _uname(call: Call) -> int:
    release, machine = call.device.profile.kernel, "aarch64"
    text = {
        (): "Linux", ("-s",): "Linux", ("-r",): release, ("-m",): machine, ("-n",): "localhost",
        ("-a",): f"Linux localhost {release} #1 SMP PREEMPT {machine} Toybox",
    }.get(call.args)  # fmt: skip
    if text is None:
        raise CommandError(f"Unknown option '{' '.join(call.args)}'")
    await call.say(text + "\n")
    return 0


async def _date(call: Call) -> int:
    now = now_utc()
    words = [word for word in call.args if word != "-u"]
    pattern = words[0] if words and words[0].startswith("+") else "+%a %b %e %H:%M:%S GMT %Y"
    nanoseconds = f"{now.microsecond * 1000:09d}"
    await call.say(now.strftime(pattern[1:].replace("%N", nanoseconds)) + "\n")
    return 0


async def _uptime(call: Call) -> int:
    minutes = boot_time_ns() // 60_000_000_000
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    length = f"{days} days, {hours:2}:{rest:02}" if days else f"{hours:2}:{rest:02}"
    clock = now_utc().strftime("%H:%M:%S")
    await call.say(f" {clock} up {length},  0 users,  load average: 0.52, 0.48, 0.45\n")
    return 0


async def _nproc(call: Call) -> int:
    await call.say(f"{call.device.profile.core_count}\n")
    return 0


async def _reboot(call: Call) -> int:
    call.device.request_reboot()
    return 0


async def _sync(call: Call) -> int:  # noqa: ARG001 (every command takes its call)
    return 0


COMMANDS = {
    "id": _id, "whoami": _whoami, "uname": _uname, "date": _date, "uptime": _uptime,
    "nproc": _nproc, "reboot": _reboot, "sync": _sync,
}  # fmt: skip
