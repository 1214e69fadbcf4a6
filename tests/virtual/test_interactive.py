"""`adb shell` without a command."""

import sys
from collections.abc import Iterator

import pexpect
import pytest

from labtui.virtual.adb_binary import find_adb
from labtui.virtual.device import Device
from labtui.virtual.shell.interactive import run_interactive
from labtui.virtual.streams import MemorySink, Pipe, StandardStreams
from tests.virtual.rig import Handset

TYPED = [
    (b"echo hi\recho ho\r", "$ echo hi\r\nhi\r\n$ echo ho\r\nho\r\n$ ", 0),
    (b"echo x\x7fy\r", "$ echo x\b \by\r\ny\r\n$ ", 0),
    (b"\x7fecho\r", "$ echo\r\n\r\n$ ", 0),
    (b"nope\x03false\r", "$ nope$ false\r\n$ ", 1),
    (b"a=5\recho $a\r", "$ a=5\r\n$ echo $a\r\n5\r\n$ ", 0),
    (b"cd /sys\rpwd\r", "$ cd /sys\r\n$ pwd\r\n/sys\r\n$ ", 0),
    (b"a &\r", "$ a &\r\nsh: syntax error: '&' unexpected\r\n$ ", 1),
    (b"exit 3\recho never\r", "$ exit 3\r\n", 3),
    (b"\x04echo never\r", "$ ", 0),
    (b"break\r", "$ break\r\n$ ", 0),
]


@pytest.mark.parametrize(("keys", "screen", "status"), TYPED)
async def test_a_terminal_shows_what_is_typed(
    device: Device, keys: bytes, screen: str, status: int
) -> None:
    stdin, out = Pipe(), MemorySink()
    await stdin.write(keys)
    await stdin.end()
    ended = await run_interactive(device, StandardStreams(stdin, out, MemorySink()), True)
    assert (status, screen) == (ended, out.data.decode().replace("cheetah:/ ", ""))


async def test_a_script_on_stdin_is_run_without_a_prompt(handset: Handset) -> None:
    ran = await handset.run("shell", stdin=b"x=1\necho $x; nope\nexit 4\n")
    assert (4, "1\n") == (ran.status, ran.text)
    assert b"sh: nope: inaccessible or not found\n" == ran.stderr


@pytest.fixture
def window(handset: Handset) -> Iterator["pexpect.spawn[str]"]:
    spawned = pexpect.spawn(
        str(find_adb()),
        ["-s", handset.phone.adb_serial, "shell"],
        env={**handset.bench.server.environment, "TERM": "xterm", "PATH": ""},
        encoding="utf-8",
        timeout=20,
    )
    yield spawned
    spawned.close(force=True)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pty")
async def test_a_real_terminal(window: "pexpect.spawn[str]") -> None:
    await window.expect_exact("cheetah:/ $ ", async_=True)
    window.send("getprop ro.soc.model\r")
    await window.expect_exact("Tensor G2\r\n", async_=True)
    window.send("exit\r")
    await window.expect(pexpect.EOF, async_=True)
