"""A phone that is not virtual, as far as a small fake of one goes."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from labtui.adapters.android import install, shell
from labtui.adapters.android.device import AndroidDevice
from labtui.adapters.android.engine_source import read_libraries
from labtui.adapters.android.engines import EngineShelf
from labtui.adapters.android.phone import Phone
from labtui.adapters.android.shelf import FOLDER
from labtui.adapters.android.smartsocket import Route
from labtui.core.model import DeviceFacts, DeviceId, Digest, EngineOptions, LaunchUid, Tool
from labtui.core.protocol import Measure, WarmUp, decode_job, encode_job
from labtui.core.request import LaunchRequest
from labtui.errors import DeviceError, DeviceFull, DeviceGone, PushFailed, RunnerFailed
from labtui.failure import FailureCode
from tests.adapters.android.engine_files import a_library, elf
from tests.adapters.android.fake_server import SEPARATOR, FakePhone, FakeServer

CONTENT = b"variant"
DIGEST = Digest(hashlib.sha256(CONTENT).hexdigest())
DF = "Filesystem 1K-blocks Used Available Use% Mounted on\n/d 9 1 {} 1% /data\n"
REQUEST = LaunchRequest(
    LaunchUid("01J0"), DIGEST, EngineOptions("gpu", 4), 7, WarmUp(), Measure(runs=3), None
)


def _survey(free_kib: int = 1 << 20, files: str = "") -> str:
    return SEPARATOR.join(["", DF.format(free_kib), "99999999\n", "", files])


@pytest.fixture
def fake() -> FakePhone:
    return FakePhone(answers={"mkdir -p": (0, _survey(), "")})


@pytest.fixture
def shelf(tmp_path: Path) -> EngineShelf:
    return EngineShelf(tmp_path / "engines")


@pytest.fixture
async def device(
    fake: FakePhone, fake_server: FakeServer, shelf: EngineShelf
) -> AsyncIterator[AndroidDevice]:
    fake_server.phones[1] = fake
    facts = DeviceFacts("S", "Phone", "", "Android 14", "", "arm64-v8a", is_virtual=False)
    phone = Phone(Route(fake_server.config.address, 1), facts)
    device = AndroidDevice(DeviceId("android:S"), lambda: phone, shelf)
    yield device
    await device.close()


def _variant(folder: Path) -> Path:
    path = folder / "v.tflite"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def variant(tmp_path: Path) -> Path:
    return _variant(tmp_path)


def _ignore(_sent: int, _total: int) -> None:
    pass


async def test_a_file_goes_to_a_temporary_name_first(
    device: AndroidDevice, fake: FakePhone, variant: Path
) -> None:
    assert await device.push(variant, DIGEST, _ignore)
    path = f"{FOLDER}/variants/{DIGEST}.tflite"
    assert (fake.target, fake.received) == (f"{path}.part,33188", CONTENT)
    assert fake.scripts[1:] == [
        f"sha256sum {path}.part",
        f"mv -f {path}.part {path} && touch {path}",
    ]


@pytest.mark.parametrize(
    ("refusal", "told"),
    [
        ("couldn't create file: Permission denied", (PushFailed, "Permission denied")),
        ("write failed: No space left on device", (DeviceFull, "delete something")),
        ("\x1b]52;c;x\x07", (PushFailed, "refused the file: �]52;c;x�")),
    ],
)
async def test_the_phones_own_words_are_kept(
    refusal: str,
    told: tuple[type[Exception], str],
    device: AndroidDevice,
    fake: FakePhone,
    variant: Path,
) -> None:
    fake.refusal = refusal
    error, words = told
    with pytest.raises(error) as caught:
        await device.push(variant, DIGEST, _ignore)
    assert words in str(caught.value)
    assert fake.scripts[-1].startswith("rm -f ")


async def test_older_files_make_room(device: AndroidDevice, fake: FakePhone, variant: Path) -> None:
    old = f"{FOLDER}/variants/{'0' * 64}.tflite"
    fake.answers = {"mkdir -p": (0, _survey(20 << 10, f"99999998 {30 << 20} {old}\n"), "")}
    assert await device.push(variant, DIGEST, _ignore)
    assert fake.scripts[1] == f"rm -f {old}"


async def test_command_lines_stay_short(
    device: AndroidDevice, fake: FakePhone, variant: Path
) -> None:
    files = "".join(f"1 1 {FOLDER}/raw/{n}.ndjson\n" for n in range(100))
    fake.answers = {"mkdir -p": (0, _survey(files=files), "")}
    assert await device.push(variant, DIGEST, _ignore)
    removals = [script for script in fake.scripts if script.startswith("rm -f")]
    assert sum(len(script.split()) - 2 for script in removals) == 100
    assert max(map(len, fake.scripts)) < 4096


async def test_a_phone_that_prints_without_end(
    device: AndroidDevice, fake: FakePhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shell, "MAX_OUTPUT_BYTES", 10)
    fake.answers = {"dumpsys": (0, "x" * 11, "")}
    with pytest.raises(DeviceError, match="breaks the rules of adb"):
        await device.read_state()


async def test_a_file_that_cannot_be_stored(
    device: AndroidDevice, fake: FakePhone, variant: Path
) -> None:
    fake.answers["mv -f"] = (1, "", "mv: bad\n")
    with pytest.raises(DeviceError, match=r"failed at storing the file: mv: bad\."):
        await device.push(variant, DIGEST, _ignore)


@dataclass(frozen=True)
class Kit:
    """What this build of labtui has for the phone."""

    runner: Path
    engine: Path
    engine_digest: Digest


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    program = tmp_path / "runners" / "android" / "arm64-v8a" / "labtui-runner"
    program.parent.mkdir(parents=True)
    program.write_bytes(b"\x7fELF")
    monkeypatch.setattr(install, "data", lambda name: tmp_path / name)
    return program


@pytest.fixture
def kit(runner: Path, tmp_path: Path, shelf: EngineShelf) -> Kit:
    (tmp_path / "lib").mkdir()
    shelf.keep(read_libraries(a_library(tmp_path / "lib")))
    engine = shelf.find("arm64-v8a")
    return Kit(runner, engine.libraries[0].path, engine.digest)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


async def test_an_abi_without_a_runner_is_told_before_any_push(
    device: AndroidDevice, fake: FakePhone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install, "data", lambda name: tmp_path / name)
    with pytest.raises(RunnerFailed, match="this build of labtui has none for arm64") as caught:
        await device.prepare(None)
    assert (FailureCode.RUNNER_MISSING, []) == (caught.value.code, fake.scripts)


async def test_a_missing_engine_is_told_before_any_push(
    device: AndroidDevice, fake: FakePhone, runner: Path
) -> None:
    with pytest.raises(RunnerFailed, match=r"jni/arm64-v8a/libLiteRt\.so") as caught:
        await device.prepare(None)
    assert (FailureCode.ENGINE_MISSING, []) == (caught.value.code, fake.scripts)


@pytest.mark.parametrize("abi", ["../../../etc", "", "arm64-v8a/.."])
def test_an_abi_cannot_lead_elsewhere(abi: str) -> None:
    assert install.local_runner(abi) is None


@pytest.mark.parametrize(
    ("accelerator", "more"),
    [
        ("cpu", ""),
        ("gpu", ":/vendor/lib64"),
        ("npu", ":/vendor/lib64 ADSP_LIBRARY_PATH={folder}"),
    ],
)
async def test_runner_and_engine_are_pushed_once_and_executed(
    accelerator: str, more: str, device: AndroidDevice, fake: FakePhone, kit: Kit
) -> None:
    await device.prepare(None)
    pushed = [s.split()[1] for s in fake.scripts if s.startswith("sha256sum")]
    folder = f"{FOLDER}/engines/{kit.engine_digest}"
    program = f"{FOLDER}/runners/{_sha256(kit.runner)}"
    assert [f"{program}.part", f"{folder}/libLiteRt.so.part"] == pushed
    await device.push(_variant(kit.engine.parent), DIGEST, _ignore)
    fake.answers["exec"] = (3, "event\n", "words\x1b[31m\n")
    request = replace(REQUEST, engine=EngineOptions(accelerator))
    for _ in range(2):
        async with device.launch(request) as process:
            assert [b"event\n", b""] == [await process.read(), await process.read()]
            assert "words�[31m exit code 3" == process.diagnostics
    more = more.format(folder=folder)
    start = f"cd {FOLDER} && export LD_LIBRARY_PATH={folder}{more} && exec {program}"
    assert [start] * 2 == fake.scripts[-2:]


def test_the_job_names_what_was_pushed() -> None:
    request = replace(REQUEST, control_runs=2, profile_runs=3)
    job = request.job("variants/x.tflite", "raw/01J0.ndjson", "/engine/libLiteRt.so")
    assert ("variants/x.tflite", "raw/01J0.ndjson") == (job.variant, job.raw_file)
    assert (DIGEST, 7, EngineOptions("gpu", 4)) == (job.sha256, job.seed, job.engine)
    assert (2, 3, "/engine/libLiteRt.so") == (job.control_runs, job.profile_runs, job.library)
    assert decode_job(encode_job(job)) == job


async def test_what_install_says(device: AndroidDevice, kit: Kit) -> None:
    placed = await device.install()
    assert [("runner", "labtui-runner", True), ("engine", "libLiteRt.so", True)] == [
        (one.kind, one.name, one.was_sent) for one in placed
    ]
    assert [_sha256(kit.runner), _sha256(kit.engine)] == [one.digest for one in placed]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (elf("x86_64"), "is made for x86-64, Phone is arm64-v8a"),
        (b"#!/bin/sh\n", "is a script"),
        (b"MZ", "no program for Android"),
    ],
)
async def test_a_tool_that_the_phone_cannot_execute(
    content: bytes, words: str, device: AndroidDevice, fake: FakePhone, tmp_path: Path
) -> None:
    path = tmp_path / "benchmark_model"
    path.write_bytes(content)
    with pytest.raises(RunnerFailed, match=words) as caught:
        await device.prepare(Tool(str(path), DIGEST, 9))
    assert (FailureCode.RUNNER_WRONG_ABI, []) == (caught.value.code, fake.scripts)


async def test_a_tool_that_cannot_be_read(device: AndroidDevice, tmp_path: Path) -> None:
    with pytest.raises(PushFailed, match="cannot be read"):
        await device.prepare(Tool(str(tmp_path / "none"), DIGEST, 9))


async def test_a_tool_is_pushed_once(
    device: AndroidDevice, fake: FakePhone, tmp_path: Path
) -> None:
    path = tmp_path / "benchmark_model"
    path.write_bytes(elf("arm64-v8a"))
    tool = Tool(str(path), Digest(_sha256(path)), 20)
    await device.prepare(tool)
    await device.prepare(tool)
    assert f"{FOLDER}/runners/{tool.digest}.part,33261" == fake.target
    assert 1 == sum(script.startswith("mv ") for script in fake.scripts)


async def test_a_tool_that_was_not_brought(device: AndroidDevice, variant: Path) -> None:
    await device.push(variant, DIGEST, _ignore)
    with pytest.raises(RunnerFailed, match="was not brought"):
        async with device.launch(replace(REQUEST, tool=DIGEST)):
            pass


async def test_a_transport_that_has_gone(device: AndroidDevice, fake_server: FakeServer) -> None:
    fake_server.phones.clear()
    with pytest.raises(DeviceGone, match="adb says no such transport"):
        await device.read_state()


async def test_busy_only_while_it_works(
    device: AndroidDevice, variant: Path, fake_server: FakeServer
) -> None:
    route = Route(fake_server.config.address, 1)
    busy: list[bool] = []
    await device.push(variant, DIGEST, lambda _s, _t: busy.append(device.works_on(route)))
    assert [True] == busy
    assert not device.works_on(route)
