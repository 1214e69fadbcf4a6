"""Unmodified adb programs, old and new, through a real adb server."""

import asyncio
import hashlib
from pathlib import Path

import pytest

from labtui.virtual.bench import VirtualBench
from tests.virtual.rig import TMP, Handset, run_adb, until

MB = 1 << 20


@pytest.fixture
def handset(bench: VirtualBench, adb: Path) -> Handset:
    return Handset(bench, bench.phones[0], adb)


def tree_of(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


async def test_devices_l(handset: Handset) -> None:
    ran = await run_adb(handset.bench, "devices", "-l", adb=handset.adb)
    (line,) = [line for line in ran.text.splitlines() if line.startswith("emulator-")]
    assert [handset.phone.adb_serial, "device", "product:cheetah", "model:Pixel_7_Pro",
            "device:cheetah"] == line.split()[:5]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "status", "out", "err"),
    [
        ("echo hi; echo err >&2; exit 7", 7, "hi\n", "err\n"),
        ("nope", 127, "", "sh: nope: inaccessible or not found\n"),
        ("true", 0, "", ""),
        ("getprop ro.serialno", 0, "2970482FDH3AB0\n", ""),
    ],
)
async def test_shell_keeps_status_and_streams_apart(
    handset: Handset, line: str, status: int, out: str, err: str
) -> None:
    ran = await handset.run("shell", line)
    assert (status, out, err) == (ran.status, ran.text, ran.stderr.decode())


async def test_shell_with_stdin(handset: Handset) -> None:
    data = bytes(range(256)) * 4096
    assert data == (await handset.run("shell", "cat", stdin=data)).stdout


async def test_exec_out_and_exec_in_are_binary_safe(handset: Handset) -> None:
    data = bytes(range(256)) * 4096
    assert 0 == (await handset.run("exec-in", f"cat > {TMP}/f", stdin=data)).status
    phone_file = handset.phone.files.host_path(f"{TMP}/f")
    await until(lambda: phone_file.stat().st_size == len(data), "everything written")
    assert data == (await handset.run("exec-out", f"cat {TMP}/f")).stdout


async def test_push_and_pull_a_tree(handset: Handset, tmp_path: Path) -> None:
    source = tmp_path / "tree"
    for number in range(20):
        file = source / f"d{number % 3}" / "deep" / f"file {number}.bin"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(bytes([number]) * number * 7001)
    assert 0 == (await handset.run("push", source, TMP)).status
    back = tmp_path / "back"
    pulled = await handset.run("pull", f"{TMP}/tree", back)
    assert (0, tree_of(source)) == (pulled.status, tree_of(back))


async def test_push_keeps_mode_and_time(handset: Handset, tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_bytes(b"x")
    file.chmod(0o755)
    await handset.run("push", file, f"{TMP}/new/folder/f")
    expected = f"755 {int(file.stat().st_mtime)}\n"
    assert expected == (await handset.run("shell", f"stat -c '%a %Y' {TMP}/new/folder/f")).text


@pytest.mark.slow
async def test_push_and_pull_300_mb(handset: Handset, tmp_path: Path) -> None:
    block = hashlib.sha512(b"seed").digest() * (MB // 64)
    source = tmp_path / "big"
    with source.open("wb") as file:
        for number in range(300):
            file.write(number.to_bytes(4, "big") + block[4:])
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    assert 0 == (await handset.run("push", source, f"{TMP}/big")).status
    assert digest == (await handset.run("shell", f"sha256sum -b {TMP}/big")).text.strip()
    assert 0 == (await handset.run("pull", f"{TMP}/big", tmp_path / "back")).status
    assert digest == hashlib.sha256((tmp_path / "back").read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("/system/x", "Read-only file system"),
        ("/data/x", "Permission denied"),
        ("/proc/uptime", "Read-only file system"),
    ],
)
async def test_push_says_why_not(
    handset: Handset, tmp_path: Path, target: str, reason: str
) -> None:
    (tmp_path / "f").write_bytes(bytes(200_000))
    ran = await handset.run("push", tmp_path / "f", target)
    assert 1 == ran.status
    assert reason in ran.text + ran.stderr.decode()


async def test_push_to_a_full_phone(handset: Handset, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(bytes(3 * MB))
    files = handset.phone.files
    files.storage.size_bytes = files.storage.used_bytes + 2 * MB
    ran = await handset.run("push", tmp_path / "f", f"{TMP}/f")
    assert 1 == ran.status
    assert "No space left on device" in ran.text + ran.stderr.decode()
    assert not files.exists(f"{TMP}/f")
    assert 0 == (await handset.run("push", __file__, f"{TMP}/small")).status


async def test_pull_of_nothing(handset: Handset, tmp_path: Path) -> None:
    ran = await handset.run("pull", f"{TMP}/nope", tmp_path)
    assert 1 == ran.status
    assert "No such file" in ran.text + ran.stderr.decode()


async def test_ls_service(handset: Handset) -> None:
    await handset.run("shell", f"cd {TMP}; mkdir d; printf abc > f")
    rows = [line.split() for line in (await handset.run("ls", TMP)).text.splitlines()]
    found = {name: (mode[:3], int(size, 16)) for mode, size, _, name in rows}
    assert {"d", "f"} == found.keys()
    assert ("000", 3) == (found["f"][0], found["f"][1])


async def test_forward(handset: Handset) -> None:
    listener = await handset.start("shell", "nc -l -p 7000 | tr -d x")
    await until(lambda: "tcp:7000" in handset.phone.sockets, "listening")
    port = int((await handset.run("forward", "tcp:0", "tcp:7000")).text)
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"axb" * 100_000)
    writer.close()
    await writer.wait_closed()
    assert listener.stdout
    assert b"ab" * 100_000 == await listener.stdout.read()
    await listener.communicate()


async def test_forward_to_nobody_is_closed(handset: Handset) -> None:
    port = int((await handset.run("forward", "tcp:0", "tcp:7001")).text)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    assert b"" == await reader.read()
    writer.close()
    await writer.wait_closed()


async def test_reverse(handset: Handset) -> None:
    arrived: asyncio.Queue[bytes] = asyncio.Queue()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"from the host" * 50_000)
        await arrived.put(await reader.readexactly(14))
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        target = f"tcp:{server.sockets[0].getsockname()[1]}"
        assert 0 == (await handset.run("reverse", "tcp:7000", target)).status
        listed = (await handset.run("reverse", "--list")).text.split()[1:]
        assert ["tcp:7000", target] == listed
        # Its stdin stays open: adb cannot close one direction of a connection alone.
        caller = await handset.start("shell", "nc 127.0.0.1 7000")
        assert caller.stdin
        assert caller.stdout
        caller.stdin.write(b"from the phone")
        assert b"from the host" * 50_000 == await caller.stdout.read()
        await caller.communicate()
    assert b"from the phone" == await arrived.get()


async def test_reverse_bookkeeping(handset: Handset) -> None:
    assert 0 == (await handset.run("reverse", "tcp:7000", "tcp:1")).status
    rebound = await handset.run("reverse", "--no-rebind", "tcp:7000", "tcp:2")
    assert b"cannot rebind" in rebound.stderr
    assert b"not found" in (await handset.run("reverse", "--remove", "tcp:9")).stderr
    assert 0 == (await handset.run("reverse", "--remove", "tcp:7000")).status
    assert 0 < int((await handset.run("reverse", "tcp:0", "tcp:1")).text)
    assert 0 == (await handset.run("reverse", "--remove-all")).status
    assert "" == (await handset.run("reverse", "--list")).text.strip()


async def test_root_is_refused(handset: Handset) -> None:
    assert "cannot run as root" in (await handset.run("root")).text


async def test_a_closed_shell_hangs_up_on_the_command(handset: Handset) -> None:
    process = await handset.start("shell", "nc -l -p 7000")
    await until(lambda: "tcp:7000" in handset.phone.sockets, "listening")
    process.kill()
    await process.communicate()
    await until(lambda: "tcp:7000" not in handset.phone.sockets, "hung up")


async def test_reboot_goes_away_and_comes_back(handset: Handset) -> None:
    await handset.run("shell", f"echo kept > {TMP}/f; cmd thermalservice override-status 4")
    task = asyncio.create_task(handset.phone.reboot(0.3))
    await until(lambda: not handset.phone.is_plugged, "gone")
    await task
    assert 0 == (await handset.run("wait-for-device")).status
    ran = await handset.run("shell", f"cat {TMP}/f; dumpsys thermalservice | grep Status:")
    assert "kept\nThermal Status: 0\n" == ran.text


async def test_reboot_service(handset: Handset) -> None:
    assert 0 == (await handset.run("reboot")).status
    await until(lambda: not handset.phone.is_plugged, "gone")
