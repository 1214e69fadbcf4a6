"""The phone's engine: found, slowed down, broken on purpose, and never one that was pushed."""

import hashlib
import json
import os
from pathlib import Path

import numpy as np
import pytest

from labtui.core.model import Digest, EngineOptions
from labtui.core.protocol import (
    EvalJob,
    Evaluated,
    Hello,
    Measure,
    Outputs,
    RunnerError,
    RunnerEvent,
    RunnerReading,
    RunnerStream,
)
from labtui.failure import FailureCode
from labtui.virtual.device import Device
from labtui.virtual.engine.build import EngineKind, EngineNotBuilt, built_engines
from labtui.virtual.faults import apply_fault
from labtui.virtual.jobs import confined_job
from labtui.virtual.runners import (
    NATIVE_VARIABLE,
    NativeRunner,
    PhoneRunner,
    ReferenceRunner,
    find_runner,
)
from tests.virtual.launching import RUNNERS, durations, job_line, launch, runner_called
from tests.virtual.rig import TMP, Handset

ONE = Measure(runs=1)
ARM_64 = b"\x7fELF\x02\x01\x01" + bytes(9) + (3).to_bytes(2, "little") + (183).to_bytes(2, "little")


@pytest.fixture(params=RUNNERS)
def phone_runner(request: pytest.FixtureRequest) -> PhoneRunner:
    """Each runner that phones can execute."""
    return runner_called(request.param)


def code_of(events: list[RunnerEvent]) -> FailureCode | None:
    return events[-1].code if isinstance(events[-1], RunnerError) else None


async def test_hello_says_which_runner_it_is(ready: Handset, model: bytes) -> None:
    events, _ = await launch(ready, job_line(model, ONE))
    name = {"native": "labtui-runner", "reference": "labtui-hostrunner"}[ready.bench.runner.name]
    assert isinstance(events[0], Hello)
    assert name == events[0].runner


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("engine=missing", FailureCode.ENGINE_MISSING),
        ("engine=wrong_abi", FailureCode.ENGINE_WRONG_ABI),
        ("engine=too_old", FailureCode.ENGINE_TOO_OLD),
        ("memory=short", FailureCode.OUT_OF_MEMORY),
    ],
)
async def test_faults_of_engine_and_memory(
    ready: Handset, model: bytes, fault: str, code: FailureCode
) -> None:
    await apply_fault(ready.phone, fault)
    broken, status = await launch(ready, job_line(model, ONE))
    assert (code, 1) == (code_of(broken), status)
    await apply_fault(ready.phone, fault.partition("=")[0] + "=")
    well, _ = await launch(ready, job_line(model, ONE))
    assert code_of(well) is None


async def test_a_stuck_engine_says_the_same_of_every_item(ready: Handset, model: bytes) -> None:
    folder = ready.phone.device.files.host_path(f"{TMP}/labtui")
    np.save(folder / "x.npy", np.arange(2048, dtype=np.float32).reshape(2, 1024))
    digest = Digest(hashlib.sha256((folder / "x.npy").read_bytes()).hexdigest())
    for fault, is_stuck in (("engine=stuck", True), ("engine=", False)):
        await apply_fault(ready.phone, fault)
        job = job_line(model, ONE, eval=EvalJob("x.npy", digest, "o"))
        events, _ = await launch(ready, job)
        assert code_of(events) is None
        first, second = np.load(folder / "o.0.npy")
        assert is_stuck == bool((first == second).all())


async def test_readings_show_the_clocks_of_the_phone(ready: Handset, model: bytes) -> None:
    ready.phone.hold_skin(42.0)
    events, _ = await launch(ready, job_line(model, ONE))
    (reading, *_) = [event for event in events if isinstance(event, RunnerReading)]
    limits_khz = {clock.name: (clock.limit_khz, clock.max_khz) for clock in reading.clocks}
    assert {"policy0", "policy4", "policy6"} == limits_khz.keys()
    limit_khz, max_khz = limits_khz["policy6"]
    assert limit_khz is not None
    assert max_khz is not None
    assert limit_khz < max_khz


@pytest.mark.parametrize("accelerator", ["gpu", "npu"])
async def test_there_is_no_accelerator(ready: Handset, model: bytes, accelerator: str) -> None:
    engine = EngineOptions(accelerator=accelerator)
    events, _ = await launch(ready, job_line(model, ONE, engine=engine))
    assert FailureCode.ACCELERATOR_MISSING == code_of(events)


async def test_cores_are_the_phones(ready: Handset, model: bytes) -> None:
    for affinity, code in ((0x80, None), (0x100, FailureCode.BAD_JOB)):
        engine = EngineOptions(affinity=affinity)
        events, _ = await launch(ready, job_line(model, ONE, engine=engine))
        assert code == code_of(events), affinity


@pytest.mark.parametrize(
    ("kind", "status", "stdout_lines", "words"),
    [("crash", 139, 1, "Segmentation fault"), ("wrong_abi", 126, 0, "64-bit ELF file")],
)
async def test_runners_that_end_without_an_event(
    handset: Handset, kind: str, status: int, stdout_lines: int, words: str
) -> None:
    handset.phone.break_runner(kind)
    ran = await handset.run("shell", "exec /system/bin/labtui-runner")
    assert (status, stdout_lines) == (ran.status, len(RunnerStream().feed(ran.stdout)))
    assert words in ran.stderr.decode()


async def test_an_eval_set_stays_on_the_phone(ready: Handset, model: bytes, tmp_path: Path) -> None:
    numpy = pytest.importorskip("numpy")
    numpy.save(tmp_path / "x.npy", numpy.ones((3, 1024), "float32"))
    await ready.run("push", tmp_path / "x.npy", "/sdcard/x.npy")
    digest = (await ready.run("shell", "sha256sum /sdcard/x.npy")).text.split()[0]
    job = EvalJob("/sdcard/x.npy", Digest(digest), "/sdcard/Download/y")
    events, _ = await launch(ready, job_line(model, ONE, eval=job))
    (evaluated,) = [event for event in events if isinstance(event, Evaluated)]
    assert 3 == evaluated.items
    assert "y.0.npy\n" == (await ready.run("shell", "ls /sdcard/Download")).text


class TestNativeAlone:
    @pytest.fixture
    def phone_runner(self) -> PhoneRunner:
        return runner_called("native")

    async def test_it_computes_what_the_reference_computes(
        self, ready: Handset, model: bytes
    ) -> None:
        native, _ = await launch(ready, job_line(model, ONE))
        ready.phone.device.runner = ReferenceRunner("to compare")
        reference, _ = await launch(ready, job_line(model, ONE))
        (ours,), (theirs,) = (
            [event.outputs for event in events if isinstance(event, Outputs)]
            for events in (native, reference)
        )
        assert ours[0].shape == theirs[0].shape
        assert pytest.approx(theirs[0].head, rel=1e-5) == ours[0].head

    async def test_a_pushed_engine_is_stood_in_for(self, ready: Handset, model: bytes) -> None:
        await ready.run("shell", f"cat > {TMP}/libLiteRt.so", stdin=ARM_64)
        job = job_line(model, Measure(runs=5), library=f"{TMP}/libLiteRt.so")
        events, _ = await launch(ready, job)
        assert 5 == len(durations(events))

    async def test_a_pushed_engine_for_another_device(self, ready: Handset, model: bytes) -> None:
        await ready.run("shell", f"cp labtui/m.tflite {TMP}/l.so; echo ELF > {TMP}/l.so")
        events, _ = await launch(ready, job_line(model, ONE, library=f"{TMP}/l.so"))
        assert FailureCode.ENGINE_WRONG_ABI == code_of(events)


@pytest.fixture
def native_device(device: Device) -> Device:
    device.runner = NativeRunner(Path("/runner"), Path("/engines"), Path("/wheel/libLiteRt.so"))
    return device


@pytest.mark.parametrize(
    ("library", "kind"),
    [
        (None, "paced"),
        ("l/arm64.so", "paced"),
        (f"{TMP}/l/arm64.so", "paced"),
        ("l/text.so", "wrong_abi"),
        ("l/none.so", "missing"),
        ("/usr/lib/libc.so.6", "missing"),
        ("../../../../../../usr/lib/libc.so.6", "missing"),
        ("l", "missing"),
        ("a\0b", "missing"),
    ],
)
def test_a_job_gets_an_engine_of_its_phone(
    native_device: Device, model: bytes, library: str | None, kind: str
) -> None:
    files = native_device.files
    files.make_folders(f"{TMP}/l")
    for name, data in (("arm64", ARM_64), ("text", b"x")):
        file = files.open_write(f"{TMP}/l/{name}.so")
        file.write(data)
        file.close()
    line = job_line(model, ONE, library=library)
    job = json.loads(confined_job(line, native_device, TMP))
    assert f"/engines/{kind}/libLiteRt.so" == job["engine"]["library"]


def test_the_paths_of_an_eval_set_stay_inside_the_phone(device: Device, model: bytes) -> None:
    paths = EvalJob("/etc/passwd", Digest("0" * 64), "/sdcard/y")
    job = json.loads(confined_job(job_line(model, ONE, eval=paths), device, TMP))
    assert "../../../etc/passwd" == job["eval"]["inputs"]
    assert "../../../storage/emulated/0/y" == job["eval"]["outputs"]


def test_the_reference_is_the_last_resort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for value, reason in (("", "is empty"), (str(tmp_path / "none"), "none")):
        monkeypatch.setenv(NATIVE_VARIABLE, value)
        runner = find_runner()
        assert "reference" == runner.name
        assert reason in runner.reason
        assert "scripts/build_runners" in runner.reason


def test_without_a_compiler_there_is_no_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "runner").touch()
    monkeypatch.setenv(NATIVE_VARIABLE, str(tmp_path / "runner"))
    monkeypatch.setenv("PATH", "")
    runner = find_runner()
    assert "reference" == runner.name
    assert "no C compiler" in runner.reason
    assert ["runner"] == os.listdir(tmp_path)  # noqa: PTH208 (names)


def test_engines_are_built_once_and_hold_every_kind(tmp_path: Path) -> None:
    try:
        folder = built_engines(tmp_path)
    except EngineNotBuilt as error:
        pytest.skip(str(error))
    assert folder == built_engines(tmp_path)
    assert sorted(EngineKind) == sorted(path.name for path in folder.iterdir())
    assert [folder.name] == [path.name for path in tmp_path.iterdir()]
