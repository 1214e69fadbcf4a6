"""A phone that is not virtual, as far as a small fake of one goes."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from labtui.adapters.android import device as device_module
from labtui.adapters.android import shell
from labtui.adapters.android.device import AndroidDevice
from labtui.adapters.android.phone import Phone
from labtui.adapters.android.shelf import FOLDER
from labtui.adapters.android.smartsocket import Route
from labtui.core.model import DeviceFacts, DeviceId, Digest, EngineOptions, LaunchUid
from labtui.core.protocol import Measure, WarmUp, decode_job, encode_job
from labtui.errors import DeviceError, DeviceFull, DeviceGone, PushFailed
from labtui.ports import LaunchRequest
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
async def device(fake: FakePhone, fake_server: FakeServer) -> AsyncIterator[AndroidDevice]:
    fake_server.phones[1] = fake
    facts = DeviceFacts("S", "Phone", "", "Android 14", "", "arm64-v8a", is_virtual=False)
    phone = Phone(Route(fake_server.config.address, 1), facts)
    device = AndroidDevice(DeviceId("android:S"), lambda: phone)
    yield device
    await device.close()


@pytest.fixture
def variant(tmp_path: Path) -> Path:
    path = tmp_path / "v.tflite"
    path.write_bytes(CONTENT)
    return path


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


async def test_an_abi_without_a_runner(device: AndroidDevice, variant: Path) -> None:
    await device.push(variant, DIGEST, _ignore)
    with pytest.raises(DeviceError, match="no Android runner for arm64-v8a"):
        async with device.launch(REQUEST):
            pass


@pytest.mark.parametrize("abi", ["../../../etc", "", "arm64-v8a/.."])
def test_an_abi_cannot_lead_elsewhere(abi: str) -> None:
    assert device_module._local_runner(abi) is None


async def test_the_runner_of_a_real_phone_is_pushed_once_and_executed(
    device: AndroidDevice,
    fake: FakePhone,
    variant: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    program = tmp_path / "android" / "arm64-v8a" / "labtui-runner"
    program.parent.mkdir(parents=True)
    program.write_bytes(b"\x7fELF")
    monkeypatch.setattr(device_module, "data", lambda _name: tmp_path)
    await device.push(variant, DIGEST, _ignore)
    fake.answers["exec"] = (3, "event\n", "words\x1b[31m\n")
    for _ in range(2):
        async with device.launch(REQUEST) as process:
            assert [b"event\n", b""] == [await process.read(), await process.read()]
            assert process.diagnostics == "words�[31m exit code 3"
    runner = f"{FOLDER}/runners/{hashlib.sha256(program.read_bytes()).hexdigest()}"
    assert fake.target == f"{runner}.part,33261"
    assert fake.scripts[-2:] == [f"cd {FOLDER} && exec {runner}"] * 2


async def test_the_job_names_what_was_pushed(device: AndroidDevice, variant: Path) -> None:
    await device.push(variant, DIGEST, _ignore)
    job = device._job(REQUEST)
    assert (job.variant, job.raw_file) == (f"variants/{DIGEST}.tflite", "raw/01J0.ndjson")
    assert (job.sha256, job.seed, job.engine) == (DIGEST, 7, EngineOptions("gpu", 4))
    assert decode_job(encode_job(job)) == job


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
