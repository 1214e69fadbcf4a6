"""What can go wrong with a phone, seen by a real adb server."""

import asyncio
import time
from pathlib import Path

import pytest

from labtui.errors import UsageError
from labtui.virtual.adbd.auth import Trust
from labtui.virtual.bench import VirtualBench
from labtui.virtual.faults import FAULTS, apply_fault
from labtui.virtual.hostile import HOSTILE_NAME
from tests.virtual.rig import PIXEL, TMP, Handset, becomes, run_adb, until


async def test_a_pulled_cable_is_noticed_at_once_and_plugging_undoes_it(handset: Handset) -> None:
    start_s = time.monotonic()
    await handset.phone.unplug()
    await becomes(handset.bench, handset.phone, "")
    assert time.monotonic() - start_s < 2.0
    await handset.phone.plug()
    await becomes(handset.bench, handset.phone, "device")
    assert "hi\n" == (await handset.run("shell", "echo hi")).text


async def test_a_pulled_cable_ends_running_commands(handset: Handset) -> None:
    process = await handset.start("shell", "nc -l -p 7000")
    await until(lambda: "tcp:7000" in handset.phone.sockets, "listening")
    await handset.phone.unplug()
    await process.communicate()
    await until(lambda: "tcp:7000" not in handset.phone.sockets, "ended")


async def test_a_pulled_cable_in_the_middle_of_a_push_leaves_no_half_file(
    handset: Handset, tmp_path: Path
) -> None:
    with (tmp_path / "f").open("wb") as file:
        file.truncate(600 << 20)
    process = await handset.start("push", tmp_path / "f", f"{TMP}/f")
    await until(lambda: handset.phone.files.exists(f"{TMP}/f"), "the push has begun")
    await handset.phone.unplug()
    await process.communicate()
    await until(lambda: not handset.phone.files.exists(f"{TMP}/f"), "the half file is gone")


async def test_a_hung_phone_stays_listed_and_answers_later(handset: Handset) -> None:
    handset.phone.hang()
    process = await handset.start("shell", "echo hi")
    answer = asyncio.create_task(process.communicate())
    done, _ = await asyncio.wait({answer}, timeout=0.3)
    assert not done
    assert "device" == await handset.state()
    await handset.phone.resume()
    assert (b"hi\n", b"") == await answer


async def test_output_of_a_hung_phone_is_held_back(handset: Handset) -> None:
    process = await handset.start("shell", "nc -l -p 7000 >/dev/null; echo late")
    await until(lambda: "tcp:7000" in handset.phone.sockets, "listening")
    handset.phone.hang()
    end = await handset.phone.sockets.connect("tcp:7000")
    await end.close()
    assert process.stdout
    late = asyncio.create_task(process.stdout.read())
    done, _ = await asyncio.wait({late}, timeout=0.2)
    assert not done
    await handset.phone.resume()
    assert b"late\n" == await late
    await process.communicate()


@pytest.mark.parametrize(
    ("fault", "state"), [("offline", "offline"), ("unauthorized", "unauthorized")]
)
async def test_states_that_are_not_device(handset: Handset, fault: str, state: str) -> None:
    await apply_fault(handset.phone, fault)
    await becomes(handset.bench, handset.phone, state)
    assert 1 == (await handset.run("shell", "echo hi")).status
    await apply_fault(handset.phone, "resume")
    await becomes(handset.bench, handset.phone, "device")


async def test_a_real_adb_key_signs_in(handset: Handset) -> None:
    await handset.phone.unplug()
    handset.phone.authenticator.trust = Trust.ASK
    await becomes(handset.bench, handset.phone, "")
    await handset.phone.plug()
    await becomes(handset.bench, handset.phone, "device")


async def test_a_hostile_name_reaches_the_clients_unchanged(handset: Handset) -> None:
    await handset.phone.turn_hostile()
    await until(lambda: handset.phone.is_connected, "the server knows the new name")
    await becomes(handset.bench, handset.phone, "device")
    ran = await handset.run("shell", "getprop ro.product.model")
    assert HOSTILE_NAME + "\n" == ran.text


async def test_phones_come_back_after_the_server_was_killed(handset: Handset) -> None:
    await run_adb(handset.bench, "kill-server")
    await until(lambda: not handset.phone.is_connected, "noticed")
    await handset.bench.server.start()
    await becomes(handset.bench, handset.phone, "device")
    assert "hi\n" == (await handset.run("shell", "echo hi")).text


async def test_phones_come_back_to_a_server_that_a_client_started(handset: Handset) -> None:
    await run_adb(handset.bench, "kill-server")
    await until(lambda: not handset.phone.is_connected, "noticed")
    try:
        assert 0 == (await run_adb(handset.bench, "start-server")).status
        await becomes(handset.bench, handset.phone, "device")
    finally:
        await run_adb(handset.bench, "kill-server")


async def test_a_fault_of_one_phone_leaves_the_others_alone() -> None:
    async with VirtualBench([PIXEL, PIXEL]) as bench:
        broken, well = bench.phones
        broken.hang()
        broken.fill_storage()
        ran = await Handset(bench, well).run("shell", f"echo hi > {TMP}/f; cat {TMP}/f")
        assert "hi\n" == ran.text
        await broken.unplug()
        await becomes(bench, broken, "")
        assert "device" == await Handset(bench, well).state()


@pytest.mark.parametrize("text", ["", "explode", "skin=hot", "skin=nan", "skin=-5", "reboot=1e9",
                                  "runner=fast"])  # fmt: skip
async def test_faults_that_are_none(handset: Handset, text: str) -> None:
    with pytest.raises(UsageError):
        await apply_fault(handset.phone, text)


@pytest.mark.parametrize("name", FAULTS)
async def test_every_fault_can_be_asked_for_by_name(handset: Handset, name: str) -> None:
    await apply_fault(handset.phone, name)


async def test_storage_fault(handset: Handset, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"x")
    await apply_fault(handset.phone, "storage_full")
    ran = await handset.run("push", tmp_path / "f", TMP)
    assert "No space left on device" in ran.text + ran.stderr.decode()
    assert "100% /data" in (await handset.run("shell", "df")).text
    await apply_fault(handset.phone, "storage_free")
    assert 0 == (await handset.run("push", tmp_path / "f", TMP)).status
