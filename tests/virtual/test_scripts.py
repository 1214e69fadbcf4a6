"""Pushed shell scripts, run by the phone's own shell."""

import asyncio
import signal
from pathlib import Path

import pytest

from labtui.virtual.device import Device
from tests.virtual.rig import TMP, Handset, shell, until

SHEBANG = "#!/system/bin/sh\n"


def put(device: Device, text: str, mode: int = 0o755) -> None:
    file = device.files.open_write(f"{TMP}/tool")
    file.write(text.encode())
    file.close()
    device.files.chmod(f"{TMP}/tool", mode)


@pytest.mark.parametrize(
    ("script", "line", "expected"),
    [
        ("echo hi", "./tool", "hi\n"),
        ('echo "$1|$2|$3" $#', "./tool a 'b c'", "a|b c| 2\n"),
        ('for a in "$@"; do echo [$a]; done', "./tool a 'b c'", "[a]\n[b c]\n"),
        ('for a in "$@"; do echo never; done', "./tool", ""),
        ("echo $0 $*", f"{TMP}/tool x y", f"{TMP}/tool x y\n"),
        ("while [ $# -gt 0 ]; do echo $1; shift; done", "./tool a b", "a\nb\n"),
        ("echo ${1:-none}", "./tool", "none\n"),
        ("cd /system; x=2", "x=1; ./tool; pwd; echo $x", f"{TMP}\n1\n"),
        ("echo $x", "x=1 ./tool", "1\n"),
        ("cat", "echo piped | ./tool", "piped\n"),
        ("exit 7", "./tool; echo $?", "7\n"),
        ("echo $1", "sh ./tool a; sh tool b", "a\nb\n"),
        ("echo taken", "taskset f0 ./tool; exec ./tool", "taken\ntaken\n"),
        ("pidof tool >/dev/null && echo listed", "./tool", "listed\n"),
    ],
)
async def test_output_of_a_script(device: Device, script: str, line: str, expected: str) -> None:
    put(device, SHEBANG + script + "\n")
    assert expected == (await shell(device, f"cd {TMP}; {line}")).text


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("sh -c 'echo $0 $1' name one", "name one\n"),
        ("sh -c 'echo $0'", "sh\n"),
        ("echo 'echo from stdin' | sh", "from stdin\n"),
    ],
)
async def test_sh(device: Device, line: str, expected: str) -> None:
    assert expected == (await shell(device, line)).text


@pytest.mark.parametrize(
    ("file", "line", "status", "complaint"),
    [
        ((SHEBANG, 0o644), "./tool", 126, "sh: ./tool: can't execute: Permission denied\n"),
        (("\x7fELF\x02", 0o755), "./tool", 126, "sh: ./tool: not executable: 64-bit ELF file\n"),
        (("#!/usr/bin/python\n", 0o755), "./tool", 126,
         "sh: ./tool: not executable: 64-bit ELF file\n"),
        ((SHEBANG, 0o755), "tool", 127, "sh: tool: inaccessible or not found\n"),
        ((SHEBANG, 0o755), "../tmp", 126, "sh: ../tmp: can't execute: Is a directory\n"),
        ((SHEBANG + "if\n", 0o755), "./tool", 1, "./tool: syntax error: unexpected end\n"),
        ((SHEBANG + "./tool\n", 0o755), "./tool", 1, "sh: scripts are nested too deeply\n"),
        ((SHEBANG, 0o755), "sh none", 1, "sh: none: No such file or directory\n"),
        ((SHEBANG, 0o755), "sh -q", 1, "sh: -q: unknown option\n"),
        ((SHEBANG, 0o755), "shift", 1, "shift: nothing to shift\n"),
    ],
)  # fmt: skip
async def test_what_cannot_be_run(
    device: Device, file: tuple[str, int], line: str, status: int, complaint: str
) -> None:
    put(device, *file)
    ran = await shell(device, f"cd {TMP}; {line}")
    assert (status, complaint) == (ran.status, ran.stderr.decode())


async def test_a_pushed_script_runs_with_the_mode_it_was_pushed_with(
    handset: Handset, tmp_path: Path
) -> None:
    log = "INFO: Inference timings in us: Init: 5685, First inference: 18535\n"
    (tmp_path / "log").write_text(log)
    (tmp_path / "benchmark_model").write_text(f'{SHEBANG}cat {TMP}/log\necho "$1" >&2\n')
    (tmp_path / "benchmark_model").chmod(0o755)
    await handset.run("push", tmp_path / "log", tmp_path / "benchmark_model", TMP)
    ran = await handset.run("shell", f"cd {TMP} && exec ./benchmark_model --graph=m.tflite")
    assert (0, log, b"--graph=m.tflite\n") == (ran.status, ran.text, ran.stderr)


@pytest.mark.parametrize(("way", "number"), [("fault", signal.SIGKILL), ("kill", signal.SIGTERM)])
async def test_a_running_script_can_be_killed(
    handset: Handset, way: str, number: signal.Signals
) -> None:
    put(handset.phone.device, SHEBANG + "sleep 1000\n")
    process = await handset.start("shell", f"{TMP}/tool")
    await until(handset.phone.device.processes.programs, "it runs")
    handset.phone.fill_storage()  # touches processes of the host only, and this is none
    if way == "fault":
        handset.phone.kill_runner()
    else:
        assert 0 == (await handset.run("shell", "kill $(pidof tool)")).status
    await process.communicate()
    assert 128 + number == process.returncode
    assert not handset.phone.device.processes.programs()


async def test_hanging_up_ends_a_script(handset: Handset) -> None:
    put(handset.phone.device, SHEBANG + "sleep 1000\n")
    process = await handset.start("shell", f"{TMP}/tool")
    await until(handset.phone.device.processes.programs, "it runs")
    process.kill()
    await process.communicate()
    await until(lambda: not handset.phone.device.processes.programs(), "it has ended")


async def test_a_cancelled_script_leaves_the_list(device: Device) -> None:
    put(device, SHEBANG + "sleep 1000\n")
    task = asyncio.create_task(shell(device, f"{TMP}/tool"))
    await until(device.processes.programs, "it runs")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not device.processes.programs()
