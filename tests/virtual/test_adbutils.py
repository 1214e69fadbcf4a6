"""adbutils, unmodified, through the private server."""

import asyncio
import io
from pathlib import Path
from typing import Any

import adbutils
import pytest

from labtui.virtual.bench import VirtualBench
from tests.virtual.rig import TMP


@pytest.fixture
async def device(bench: VirtualBench) -> Any:
    client = adbutils.AdbClient(host="127.0.0.1", port=bench.adb_port, socket_timeout=20)
    return client.device(bench.phones[0].adb_serial)


async def test_shell(device: Any) -> None:
    ran = await asyncio.to_thread(device.shell2, "echo hi; echo err >&2; exit 7", v2=True)
    assert (7, "hi\n", "err\n") == (ran.returncode, ran.stdout, ran.stderr)
    assert "hi" == await asyncio.to_thread(device.shell, ["echo", "hi"])


async def test_properties(device: Any) -> None:
    model, serial = await asyncio.to_thread(
        lambda: (device.prop.model, device.getprop("ro.serialno"))
    )
    assert ("Pixel 7 Pro", "2970482FDH3AB0") == (model, serial)


async def test_files(device: Any, tmp_path: Path) -> None:
    data = bytes(range(256)) * 2000

    def use() -> tuple[int, bytes, list[str]]:
        device.sync.push(io.BytesIO(data), f"{TMP}/f", mode=0o644, check=True)
        names = [info.path for info in device.sync.list(TMP)]
        device.sync.pull(f"{TMP}/f", tmp_path / "back")
        return device.sync.stat(f"{TMP}/f").size, device.sync.read_bytes(f"{TMP}/f"), names

    size, content, names = await asyncio.to_thread(use)
    assert (len(data), data, ["f"]) == (size, content, names)
    assert data == (tmp_path / "back").read_bytes()


async def test_forward_and_reverse_lists(device: Any) -> None:
    def use() -> tuple[int, list[str]]:
        port = device.forward_port(7000)
        device.reverse("tcp:7001", "tcp:8001")
        return port, [item.remote for item in device.reverse_list()]

    port, reversed_to = await asyncio.to_thread(use)
    assert port > 0
    assert ["tcp:7001"] == reversed_to
