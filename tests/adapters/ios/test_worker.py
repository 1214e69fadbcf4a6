"""The worker process: what it does, what it leaves behind, and what it never says."""

import asyncio
import os
import plistlib
import signal
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pymobiledevice3 import exceptions as pmd
from pymobiledevice3.services.afc import AfcError

from labtui.adapters.ios.config import IosConfig
from labtui.adapters.ios.helper import (
    Helper,
    WorkerEnded,
    WorkerError,
    WorkerRefused,
    WorkerSilent,
)
from labtui.adapters.ios.messages import Arguments, Cause, Op, encode_request
from labtui.adapters.ios.phone import BUNDLE_SUFFIX
from labtui.adapters.ios.plists import MuxEntry
from labtui.adapters.ios.usbmux import MuxAddress
from labtui.adapters.ios.worker.keys import empty_scratch, make_private
from labtui.adapters.ios.worker.translate import Cannot, LocalFileFailed, translate
from labtui.virtual.ios.apps import RUNNER_BUNDLE_ID
from labtui.virtual.ios.bench import VirtualIphones
from labtui.virtual.ios.pairing import TrustAnswer
from tests.adapters.ios.rig import LIMIT_S, Desk, is_alive

SECRETS = (b"PRIVATE KEY", b"EscrowBag", b"HostID", b"SystemBUID", b"CERTIFICATE")


@asynccontextmanager
async def helper_for(bench: VirtualIphones, records: Path) -> AsyncIterator[Helper]:
    entry = MuxEntry(1, bench.udids[0], is_usb=True)
    helper = Helper(IosConfig(records, MuxAddress.parse(bench.address)), entry)
    try:
        yield helper
    finally:
        await helper.close()


@pytest.fixture
async def bench() -> AsyncIterator[VirtualIphones]:
    async with VirtualIphones(["iphone-17-pro"]) as virtual:
        yield virtual


@pytest.fixture
async def helper(bench: VirtualIphones, tmp_path: Path) -> AsyncIterator[Helper]:
    """A worker of a paired phone."""
    async with helper_for(bench, tmp_path / "records") as started:
        await started.ask(Op.PAIR, timeout_s=0)
        yield started


async def of_runner(helper: Helper, op: Op, **arguments: object) -> Arguments:
    return await helper.ask(op, bundle_id=RUNNER_BUNDLE_ID, **arguments)  # type: ignore[arg-type]


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_pair_records_are_private(helper: Helper, tmp_path: Path) -> None:
    records = tmp_path / "records"
    (record,) = records.glob("*.plist")
    assert (0o700, 0o600) == (mode_of(records), mode_of(record))
    assert "HostPrivateKey" in plistlib.loads(record.read_bytes())


def test_records_that_others_can_read_are_repaired(tmp_path: Path) -> None:
    old = tmp_path / "records" / "u.plist"
    old.parent.mkdir(mode=0o755)
    old.write_bytes(b"")
    old.chmod(0o644)
    make_private(old.parent)
    assert (0o700, 0o600) == (mode_of(old.parent), mode_of(old))


def test_a_key_that_a_killed_worker_left_behind_goes(tmp_path: Path) -> None:
    left_behind = empty_scratch(tmp_path, "u") / "tmpabc"
    left_behind.write_text("key")
    assert 0o700 == mode_of(empty_scratch(tmp_path, "u"))
    assert not left_behind.exists()


async def test_no_request_leaves_a_key_behind(helper: Helper, tmp_path: Path) -> None:
    await helper.ask(Op.STATUS, bundle_suffix=BUNDLE_SUFFIX)
    assert [] == list((tmp_path / "records").glob("handshake-*/*"))


async def test_a_paired_phone_tells_more(helper: Helper) -> None:
    answer = await helper.ask(Op.STATUS, bundle_suffix=BUNDLE_SUFFIX)
    assert {"bundle_id": RUNNER_BUNDLE_ID} == answer["runner"]
    assert (True, False) == (answer["has_developer_mode"], answer["is_locked"])
    assert {"Temperature", "CurrentCapacity"} < (await helper.ask(Op.BATTERY)).keys()


async def test_files_are_written_listed_moved_fetched_and_removed(
    helper: Helper, tmp_path: Path
) -> None:
    folder = "/Documents/labtui"
    await of_runner(helper, Op.WRITE, path=f"{folder}/a", text="hello")
    await of_runner(helper, Op.RENAME, source=f"{folder}/a", target=f"{folder}/b")
    found = await of_runner(helper, Op.SURVEY, path=folder)
    assert [("b", 5)] == [(entry["name"], entry["bytes"]) for entry in found["entries"]]
    assert found["free_bytes"] > 1 << 30
    local = tmp_path / "fetched"
    assert {"bytes": 5} == await of_runner(helper, Op.PULL, path=f"{folder}/b", local=str(local))
    assert "hello" == local.read_text()
    await of_runner(helper, Op.REMOVE, paths=[f"{folder}/b", f"{folder}/never"])
    assert [] == (await of_runner(helper, Op.SURVEY, path=folder))["entries"]
    assert [] == (await of_runner(helper, Op.SURVEY, path="/Documents/none"))["entries"]


@pytest.mark.parametrize(
    ("op", "arguments", "cause"),
    [
        (Op.PULL, {"path": "/Documents/none", "local": "/dev/null"}, Cause.NO_FILE),
        (Op.PUSH, {"path": "/Documents/x", "local": "/none"}, Cause.LOCAL_FILE),
        (Op.WRITE, {"path": "/Library/x", "text": ""}, Cause.REFUSED),
    ],
)
async def test_what_cannot_be_has_a_cause(
    helper: Helper, op: Op, arguments: Arguments, cause: Cause
) -> None:
    with pytest.raises(WorkerRefused) as refused:
        await of_runner(helper, op, **arguments)
    assert cause is refused.value.cause
    assert str(refused.value).isprintable()


async def test_an_app_that_is_missing_has_a_cause(helper: Helper) -> None:
    with pytest.raises(WorkerRefused) as refused:
        await helper.ask(Op.SURVEY, bundle_id="org.example.none", path="/Documents")
    assert Cause.APP_MISSING is refused.value.cause


async def test_an_app_is_started_only_where_it_does_not_listen(
    helper: Helper, bench: VirtualIphones
) -> None:
    assert {"rung": "listening"} == await of_runner(helper, Op.LAUNCH)
    bench.phones[0].close_app()
    assert {"rung": "tunnel"} == await of_runner(helper, Op.LAUNCH)


async def test_a_worker_that_was_killed_starts_anew(helper: Helper) -> None:
    assert helper.pid is not None
    os.kill(helper.pid, signal.SIGKILL)
    with pytest.raises(WorkerEnded):
        await helper.ask(Op.BATTERY)
    assert await helper.ask(Op.BATTERY)


async def test_a_phone_that_hangs_costs_the_worker_its_life(
    bench: VirtualIphones, helper: Helper
) -> None:
    pid = helper.pid
    assert pid is not None
    bench.phones[0].hang()
    with pytest.raises(WorkerSilent, match=r"no answer for 0\.2 s"):
        await helper.ask(Op.BATTERY, limit_s=0.2)
    assert not is_alive(pid)
    bench.phones[0].resume()
    assert await helper.ask(Op.BATTERY)


async def test_a_caller_that_gives_up_disturbs_nobody(helper: Helper) -> None:
    pid = helper.pid
    asking = asyncio.create_task(helper.ask(Op.STATUS, bundle_suffix=BUNDLE_SUFFIX))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert "Temperature" in await helper.ask(Op.BATTERY)
    assert pid == helper.pid


async def test_a_closed_helper_starts_nothing(bench: VirtualIphones, tmp_path: Path) -> None:
    async with helper_for(bench, tmp_path) as helper:
        await helper.close()
        with pytest.raises(WorkerEnded, match="was ended"):
            await helper.ask(Op.BATTERY)


async def test_a_worker_that_cannot_start_says_its_last_line(
    bench: VirtualIphones, tmp_path: Path
) -> None:
    in_the_way = tmp_path / "records"
    in_the_way.touch()
    async with helper_for(bench, in_the_way) as helper:
        with pytest.raises(WorkerError, match="its helper process ended: FileExistsError"):
            await helper.ask(Op.BATTERY)


async def _raw_worker(bench: VirtualIphones, records: Path) -> asyncio.subprocess.Process:
    own = {"USBMUXD_SOCKET_ADDRESS": bench.address}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "labtui.adapters.ios.worker", bench.udids[0], "USB", str(records)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | own,
    )


async def _say(process: asyncio.subprocess.Process, *lines: bytes) -> bytes:
    """Send requests one after the other; return everything that was said, on either pipe."""
    assert process.stdin is not None
    assert process.stdout is not None
    said = b""
    async with asyncio.timeout(LIMIT_S):
        for line in lines:
            process.stdin.write(line)
            said += await process.stdout.readline()
        process.stdin.close()
        out, err = await process.communicate()
    return said + out + err


async def test_no_key_ever_leaves_the_worker(bench: VirtualIphones, tmp_path: Path) -> None:
    """Not when it pairs, not when it is denied, not when the phone forgets it."""
    records, phone = tmp_path / "records", bench.phones[0]
    status = encode_request(1, Op.STATUS, {"bundle_suffix": BUNDLE_SUFFIX})
    pair = encode_request(2, Op.PAIR, {"timeout_s": 0})
    said = b""
    for answer in (TrustAnswer.DO_NOT_TRUST, TrustAnswer.NONE_YET, TrustAnswer.TRUST):
        phone.answer_trust(answer)
        said += await _say(await _raw_worker(bench, records), status, pair, status)
    phone.forget_hosts()
    said += await _say(await _raw_worker(bench, records), status)
    (record,) = records.glob("*.plist")
    values = plistlib.loads(record.read_bytes())
    values["HostPrivateKey"] = b"-----BEGIN PRIVATE KEY-----\nbroken"
    record.write_bytes(plistlib.dumps(values))
    said += await _say(await _raw_worker(bench, records), status, pair)
    assert b'"ok"' in said
    assert b'"denied"' in said
    assert b'"not_paired"' in said
    assert [] == [secret for secret in SECRETS if secret in said]
    assert values["HostID"].encode() not in said


async def test_garbage_ends_the_worker_without_a_traceback(
    bench: VirtualIphones, tmp_path: Path
) -> None:
    assert b"JSONDecodeError\n" == await _say(await _raw_worker(bench, tmp_path), b"garbage\n")


async def test_a_worker_whose_master_is_gone_ends_even_when_stuck(
    bench: VirtualIphones, helper: Helper, tmp_path: Path
) -> None:
    bench.phones[0].hang()
    process = await _raw_worker(bench, tmp_path / "records")
    assert process.stdin is not None
    process.stdin.write(encode_request(1, Op.BATTERY, {}))
    process.stdin.close()
    assert 0 == await asyncio.wait_for(process.wait(), LIMIT_S)
    await process.communicate()
    bench.phones[0].resume()


@pytest.mark.parametrize(
    ("error", "cause", "text"),
    [
        (pmd.PairingDialogResponsePendingError(), Cause.TRUST_PENDING, None),
        (pmd.UserDeniedPairingError(), Cause.DENIED, None),
        (pmd.PasswordRequiredError(), Cause.LOCKED, None),
        (pmd.NotPairedError(), Cause.NOT_PAIRED, None),
        (pmd.InvalidHostIDError(), Cause.NOT_PAIRED, None),
        (pmd.ConnectionTerminatedError(), Cause.GONE, None),
        (ConnectionResetError(), Cause.GONE, None),
        (pmd.DeviceNotFoundError("u"), Cause.GONE, None),
        (pmd.AfcException("write failed", AfcError.NO_SPACE_LEFT), Cause.DISK_FULL, None),
        (pmd.AppInstallError("Code: words\nmore"), Cause.REFUSED, "Code: words"),
        (LocalFileFailed("x cannot be read"), Cause.LOCAL_FILE, "x cannot be read"),
        (Cannot("too old"), Cause.CANNOT, "too old"),
        (
            pmd.PyMobileDevice3Exception("Got: {'EscrowBag': b'secret'}"),
            Cause.UNEXPECTED,
            "PyMobileDevice3Exception",
        ),
        (ValueError(b"-----BEGIN PRIVATE KEY-----"), Cause.UNEXPECTED, "ValueError"),
    ],
)
def test_exceptions_become_causes_and_harmless_words(
    error: Exception, cause: Cause, text: str | None
) -> None:
    failed = translate(error)
    assert cause is failed.cause
    assert text is None or text == failed.text
    assert "PRIVATE KEY" not in failed.text
    assert "secret" not in failed.text


@pytest.mark.slow
async def test_a_worker_is_cheap(ios: Desk) -> None:
    """Its memory, and its CPU time while a phone is only watched."""
    await ios.ready()
    (slot,) = ios.bus._slots.values()
    await ios.until(lambda bench: bench[0].reading is not None)
    assert slot.helper.pid is not None
    before_s = _cpu_s(slot.helper.pid)
    await asyncio.sleep(12.0)
    assert (_cpu_s(slot.helper.pid) - before_s) * 5 < 2.0
    assert _rss_bytes(slot.helper.pid) < 90 * 10**6


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _rss_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
