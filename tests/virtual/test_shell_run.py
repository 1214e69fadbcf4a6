import asyncio

import pytest

from labtui.virtual.device import Device
from tests.virtual.rig import TMP, shell

LINES = [
    ("echo a  b", "a b\n"),
    ("echo -n a; echo 'b  c'", "ab  c\n"),
    ("printf '%s=%d\\n' a 5", "a=5\n"),
    ("false; echo $?", "1\n"),
    ("false || echo no && echo yes", "no\nyes\n"),
    ("! false; echo $?", "0\n"),
    ("(exit 3); echo $?", "3\n"),
    ("a=1; (a=2); echo $a", "1\n"),
    ("a=1; { a=2; }; echo $a", "2\n"),
    ("a='x y'; for w in $a \"$a\"; do echo [$w]; done", "[x]\n[y]\n[x y]\n"),
    ("for i in 1 2 3; do if [ $i = 2 ]; then continue; fi; echo $i; done", "1\n3\n"),
    ("for i in 1 2 3; do [ $i -ge 2 ] && break; echo $i; done", "1\n"),
    ("if false; then echo a; elif true; then echo b; else echo c; fi", "b\n"),
    ('echo $(echo a; echo b) "$(echo a; echo b)"', "a b a\nb\n"),
    ("x=$(false); echo $?", "1\n"),
    ("echo ${nothing:-default} ${HOME:-x}", "default /\n"),
    ("printf 'b\\na\\n' | grep a | wc -l", "1\n"),
    ("yes=1; cd /system && pwd; cd ..; pwd", "/system\n/\n"),
    ("cd /; echo d*t* [x]*", "data [x]*\n"),
    ("echo '*' \"*\" \\*", "* * *\n"),
    ("exec echo done; echo never", "done\n"),
    (f"cd {TMP}; echo a > f; echo b >> f; cat < f", "a\nb\n"),
    (f"cd {TMP}; {{ echo out; cat x; }} > f 2>&1; cat f",
     "out\ncat: x: No such file or directory\n"),
    (f"cd {TMP}; while ! test -e f; do touch f; done; ls", "f\n"),
    ("env A=b true; taskset f0 echo pinned; nice -n 5 echo nice", "pinned\nnice\n"),
    ("which nothing ls; command -v getprop", "/system/bin/ls\n/system/bin/getprop\n"),
    ("echo $0 $# $PWD", "sh 0 /\n"),
    ("echo gone 2>/dev/null >/dev/null", ""),
]  # fmt: skip


@pytest.mark.parametrize(("line", "expected"), LINES)
async def test_output_of_a_line(device: Device, line: str, expected: str) -> None:
    assert expected == (await shell(device, line)).text


FAILURES = [
    ("nope", 127, "sh: nope: inaccessible or not found\n"),
    ("./nope", 127, "sh: ./nope: inaccessible or not found\n"),
    ("exit 9", 9, ""),
    ("a &", 1, "sh: syntax error: '&' unexpected\n"),
    ("cat /nope", 1, "cat: /nope: No such file or directory\n"),
    ("cat < /nope", 1, "sh: can't open /nope: No such file or directory\n"),
    ("echo a > /x", 1, "sh: can't create /x: Permission denied\n"),
    ("echo a > /system/x", 1, "sh: can't create /system/x: Read-only file system\n"),
    ("cd /nope", 1, "cd: /nope: No such file or directory\n"),
    (f"touch {TMP}/f; chmod 755 {TMP}/f; {TMP}/f", 126,
     f"sh: {TMP}/f: not executable: 64-bit ELF file\n"),
    ("ls -?", 1, "ls: Unknown option '?'\n"),
    ("sleep x", 1, "sleep: bad number 'x'\n"),
    ("sleep nan", 1, "sleep: bad number 'nan'\n"),
    ("sleep", 1, "sleep: needs 1 argument\n"),
    ("timeout 1", 1, "timeout: needs 2 arguments\n"),
    ("touch -d @999999999999999 x", 1, "touch: bad date '@999999999999999'\n"),
    ("nice", 1, "nice: needs a command\n"),
    ("cat a\0b", 1, "cat: a\0b: No such file or directory\n"),
    ("[ 1 -eq 1", 1, "[: missing ]\n"),
    ("taskset 0 true", 1, "taskset: failed to set affinity: Invalid argument\n"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "status", "complaint"), FAILURES)
async def test_failure_of_a_line(device: Device, line: str, status: int, complaint: str) -> None:
    ran = await shell(device, line)
    assert (status, complaint) == (ran.status, ran.stderr.decode())


async def test_stdin_reaches_the_first_command_of_a_pipe(device: Device) -> None:
    assert "2\n" == (await shell(device, "cat | wc -l", b"a\nb\n")).text


async def test_a_command_that_stops_reading_breaks_the_pipe(device: Device) -> None:
    ran = await shell(device, "while true; do echo y; done | head -n 2")
    assert (0, "y\ny\n") == (ran.status, ran.text)


async def test_a_cancelled_line_ends(device: Device) -> None:
    task = asyncio.create_task(shell(device, "sleep 1000 | cat"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_timeout_command(device: Device) -> None:
    assert 124 == (await shell(device, "timeout 0.01 sleep 1000")).status


async def test_bytes_pass_unchanged(device: Device) -> None:
    data = bytes(range(256)) * 300
    await shell(device, f"cat > {TMP}/f", data)
    assert data == (await shell(device, f"cat {TMP}/f")).stdout
