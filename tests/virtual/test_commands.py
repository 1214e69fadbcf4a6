import asyncio
import hashlib
import re
import time

import pytest

from labtui.virtual.device import Device
from tests.virtual.rig import TMP, shell, until


async def lines(device: Device, line: str) -> list[str]:
    ran = await shell(device, line)
    assert (0, b"") == (ran.status, ran.stderr)
    return ran.text.splitlines()


@pytest.fixture
async def tree(device: Device) -> Device:
    await shell(device, f"cd {TMP}; mkdir -p d/e; echo one > a; echo two > d/b; echo three > d/e/c")
    return device


async def test_ls(tree: Device) -> None:
    assert ["a", "d"] == await lines(tree, f"ls {TMP}")
    long = await lines(tree, f"ls -l {TMP}")
    assert re.fullmatch(r"-rw-r--r-- 1 shell shell +4 \d{4}-\d\d-\d\d \d\d:\d\d a", long[1])
    assert [f"{TMP}/d"] == await lines(tree, f"ls -d {TMP}/d")


async def test_find(tree: Device) -> None:
    assert ["./a", "./d/b", "./d/e/c"] == await lines(tree, f"cd {TMP}; find . -type f")
    assert ["d/e"] == await lines(tree, f"cd {TMP}; find d -mindepth 1 -type d -name 'e*'")
    await shell(tree, f"touch -d @1000 {TMP}/a; find {TMP} -type f -mtime +3 -delete")
    assert ["d"] == await lines(tree, f"ls {TMP}")


async def test_remove_copy_move(tree: Device) -> None:
    assert ["one"] == await lines(tree, f"cd {TMP}; cp a x; cat x")
    assert b"cp: 'no' not directory\n" == (await shell(tree, f"cp a d {TMP}/no")).stderr.replace(
        TMP.encode() + b"/", b""
    )
    assert ["two"] == await lines(tree, f"cd {TMP}; cp -r d y; mv y/b z; cat z")
    assert 1 == (await shell(tree, f"rm {TMP}/d")).status
    assert 0 == (await shell(tree, f"rm -f {TMP}/nope; rm -rf {TMP}/d {TMP}/y")).status
    assert ["a", "x", "z"] == await lines(tree, f"ls {TMP}")


async def test_what_remains_when_everything_is_removed(tree: Device) -> None:
    ran = await shell(tree, f"rm -rf / {TMP}")
    assert 1 == ran.status
    assert [] == await lines(tree, f"ls {TMP}")


async def test_mkdir(device: Device) -> None:
    assert 1 == (await shell(device, f"mkdir {TMP}/a/b")).status
    assert 0 == (await shell(device, f"mkdir -p {TMP}/a/b; mkdir -p {TMP}/a/b")).status
    assert 1 == (await shell(device, f"mkdir {TMP}/a")).status


async def test_modes_and_times(device: Device) -> None:
    line = f"cd {TMP}; touch -d @1234567890 f; chmod 750 f; stat -c '%n %a %Y %s %F %U' f"
    assert ["f 750 1234567890 0 regular file shell"] == await lines(device, line)
    assert ["751"] == await lines(device, f"cd {TMP}; chmod +x f; stat -c %a f")


@pytest.mark.parametrize("command", ["md5sum", "sha1sum", "sha256sum", "sha512sum"])
async def test_digests(device: Device, command: str) -> None:
    digest = hashlib.new(command.removesuffix("sum"), b"abc").hexdigest()
    assert f"{digest}  f\n" == (await shell(device, f"cd {TMP}; printf abc > f; {command} f")).text
    assert f"{digest}  -\n" == (await shell(device, command, b"abc")).text
    assert f"{digest}\n" == (await shell(device, f"{command} -b", b"abc")).text


TEXT = [
    ("head -n 1", "a\n"),
    ("head -1", "a\n"),
    ("head -c 2", "a\n"),
    ("tail -n 1", "c"),
    ("tail -n +2", "bb\nc"),
    ("tail -c 3", "b\nc"),
    ("wc -l", "2\n"),
    ("wc", "2 3 6\n"),
    ("grep -v b", "a\nc\n"),
    ("grep -c .", "3\n"),
    ("grep -n -o 'b'", "2:b\n"),
    ("grep -i -F A", "a\n"),
    ("grep -w b", ""),
    ("tr -d '\\n'", "abbc"),
    ("tr ab xy", "x\nyy\nc"),
    ("cat - /dev/null", "a\nbb\nc"),
]


@pytest.mark.parametrize(("line", "expected"), TEXT)
async def test_text(device: Device, line: str, expected: str) -> None:
    assert expected == (await shell(device, line, b"a\nbb\nc")).text


async def test_grep_over_files_names_them_and_keeps_silent(device: Device) -> None:
    line = f"cd {TMP}; echo a > f; echo b > g; grep -s . f g nope; grep -q z f; echo $?"
    assert ["f:a", "g:b", "1"] == await lines(device, line)


async def test_df_counts_what_lies_there(device: Device) -> None:
    header, before = await lines(device, f"df {TMP}")
    assert ["Filesystem", "1K-blocks", "Used", "Available", "Use%"] == header.split()[:5]
    await shell(device, f"cat > {TMP}/f", bytes(1 << 20))
    after = (await lines(device, "df"))[1]
    used = [int(row.split()[2]) for row in (before, after)]
    free = [int(row.split()[3]) for row in (before, after)]
    assert 1024 == used[1] - used[0] == free[0] - free[1]
    assert "1.0M" in (await lines(device, f"du -sh {TMP}/f"))[0]


async def test_clocks(device: Device) -> None:
    (seconds,) = await lines(device, "date +%s")
    assert abs(time.time() - int(seconds)) < 5
    (uptime,) = await lines(device, "cat /proc/uptime")
    assert re.fullmatch(r"\d+\.\d\d \d+\.\d\d", uptime)
    assert "up" in (await lines(device, "uptime"))[0]


async def test_who_and_what(device: Device) -> None:
    assert ["2000", "shell", "8", "Linux"] == await lines(device, "id -u; whoami; nproc; uname")
    assert "context=u:r:shell:s0" in (await lines(device, "id"))[0]


async def test_nothing_of_the_host_can_be_killed(device: Device) -> None:
    ran = await shell(device, "kill -9 1; kill 999999; kill -0 x")
    expected = (
        "kill: 1: Operation not permitted\nkill: 999999: No such process\nkill: bad number 'x'\n"
    )
    assert (1, expected) == (ran.status, ran.stderr.decode())


async def test_processes_are_listed(device: Device) -> None:
    device.processes.add(4711, "labtui-runner", lambda _: None)
    assert ["4711"] == await lines(device, "pidof labtui-runner")
    assert "4711 labtui-runner" in await lines(device, "ps -A -o PID,NAME")


async def test_a_signal_reaches_the_program_it_names(device: Device) -> None:
    signals: list[int] = []
    device.processes.add(4711, "labtui-runner", signals.append)
    await shell(device, "kill 4711; kill -9 4711; kill -s HUP 4711; pkill -INT labtui")
    assert [15, 9, 1, 2] == signals


SETTINGS = [
    ("settings get global low_power", "0\n"),
    ("settings get global nothing", "null\n"),
    ("settings put system screen_brightness 5; settings get system screen_brightness", "5\n"),
    ("settings delete global low_power; settings get global low_power", "Deleted 1 rows\nnull\n"),
    ("cmd connectivity airplane-mode enable; cmd connectivity airplane-mode", "enabled\n"),
    ("svc power stayon true; settings get global stay_on_while_plugged_in", "7\n"),
    ("cmd power set-fixed-performance-mode-enabled true; echo $?", "0\n"),
    ("setprop debug.x 1; getprop debug.x", "1\n"),
    ("getprop nothing; getprop nothing default", "\ndefault\n"),
    ("getprop ro.labtui.virtual", "1\n"),
    ("dumpsys nothing", "Can't find service: nothing\n"),
    ("wm size", "Physical size: 1440x3120\n"),
    ("logcat -d; input keyevent 26", ""),
]


@pytest.mark.parametrize(("line", "expected"), SETTINGS)
async def test_android_settings(device: Device, line: str, expected: str) -> None:
    assert expected == (await shell(device, line)).text


@pytest.mark.parametrize(
    "line",
    ["setprop ro.product.model X", "cmd nothing", "settings fly", "am start x", "cmd package x",
     "dumpsys battery explode", "cmd thermalservice nothing", "svc nothing"],
)  # fmt: skip
async def test_what_a_virtual_phone_cannot_do_fails(device: Device, line: str) -> None:
    ran = await shell(device, line)
    assert 1 == ran.status
    assert ran.stderr


async def test_two_programs_talk_over_a_socket_of_the_phone(device: Device) -> None:
    listening = asyncio.create_task(shell(device, "nc -l -p 7000", b"from the listener"))
    await until(lambda: "tcp:7000" in device.sockets, "listening")
    calling = await shell(device, "nc 127.0.0.1 7000", b"from the caller")
    assert b"from the listener" == calling.stdout
    assert b"from the caller" == (await listening).stdout


async def test_nobody_listens_on_the_hosts_ports(device: Device) -> None:
    ran = await shell(device, "nc 127.0.0.1 22")
    assert (1, "nc: Connection refused\n") == (ran.status, ran.stderr.decode())


async def test_dd_copies_blocks_from_where_it_is_told(device: Device) -> None:
    await shell(device, f"cd {TMP}; echo 0123456789 > a")
    for words, expected in (
        ("bs=4 skip=1 count=1", b"4567"),
        ("bs=4 skip=1", b"456789\n"),
        ("bs=4 skip=9", b""),
        ("", b"0123456789\n"),
    ):
        assert expected == (await shell(device, f"dd if={TMP}/a {words}")).stdout
    ran = await shell(device, f"dd if={TMP}/a bs=4")
    assert b"2+1 records in\n2+1 records out\n11 bytes copied\n" == ran.stderr


@pytest.mark.parametrize("words", ["", "if=a of=b", "if=a bs=0", "if=a bs=x", "if=none", "a"])
async def test_dd_refuses_what_it_cannot_do(device: Device, words: str) -> None:
    ran = await shell(device, f"cd {TMP}; echo 1 > a; dd {words}")
    assert (True, b"") == (ran.status != 0, ran.stdout)
