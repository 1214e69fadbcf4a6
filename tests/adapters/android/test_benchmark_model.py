"""benchmark_model as a runner, on a fake of a phone."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from labtui.adapters.android import benchmark_model as module
from labtui.adapters.android.benchmark_flags import ToolJob
from labtui.adapters.android.benchmark_model import benchmark_model
from labtui.adapters.android.phone import Phone
from labtui.adapters.android.shelf import FOLDER
from labtui.adapters.android.smartsocket import Route
from labtui.core.model import DeviceFacts, Digest, EngineOptions, LaunchUid
from labtui.core.placement import Coverage, Placement
from labtui.core.protocol import (
    Aggregate,
    Alive,
    End,
    Hello,
    Loaded,
    Log,
    Measure,
    Profile,
    RunnerError,
    RunnerEvent,
    WarmUp,
    decode_event,
)
from labtui.core.request import LaunchRequest
from labtui.errors import DeviceGone, RunnerFailed
from labtui.failure import FailureCode
from tests.adapters.android.desk import events_of
from tests.adapters.android.fake_server import Answer, FakePhone, FakeServer
from tests.adapters.android.tool_texts import CLASSIC_HELP
from tests.core.logs.benchmark_logs import (
    LITERT,
    NNAPI_FAILED,
    XNNPACK_37_OF_40,
    classic,
    profile,
    recent,
)

FACTS = DeviceFacts("S", "Phone", "", "Android 14", "", "arm64-v8a", is_virtual=False)
REQUEST = LaunchRequest(
    LaunchUid("01J0"), Digest("0" * 64), EngineOptions(), 7, WarmUp(), Measure(runs=20), None
)
JOB = ToolJob(f"{FOLDER}/runners/benchmark", "variants/x.tflite", REQUEST)


@pytest.fixture
def fake(fake_server: FakeServer) -> FakePhone:
    phone = FakePhone(
        answers={
            "cat /proc/uptime": (0, "1000.50 1.0\n", ""),
            "--help": (1, "", CLASSIC_HELP),
            "--enable_op_profiling": (0, recent(XNNPACK_37_OF_40) + profile(), ""),
            "--graph": (0, recent(XNNPACK_37_OF_40), ""),
        }
    )
    fake_server.phones[1] = phone
    return phone


@pytest.fixture
def phone(fake: FakePhone, fake_server: FakeServer) -> Phone:
    return Phone(Route(fake_server.config.address, 1), FACTS)


async def _events(phone: Phone, job: ToolJob = JOB) -> tuple[list[RunnerEvent], int | None]:
    async with benchmark_model(phone, job) as process:
        events = await events_of(process)
        assert b"" == await process.read()
        return [e for e in events if not isinstance(e, Log)], process.exit_code


async def test_a_launch_from_hello_to_end(phone: Phone, fake: FakePhone) -> None:
    events, exit_code = await _events(phone)
    assert [Hello, Loaded, Placement, Aggregate, End] == list(map(type, events))
    hello, loaded, placement, aggregate, end = events
    assert isinstance(hello, Hello)
    assert isinstance(end, End)
    assert ("benchmark_model", "TensorFlow Lite") == (hello.runner, hello.engine)
    assert 1_000_500_000_000 <= hello.boot_ns == hello.mono_ns <= end.t_ns < 1_010 * 10**9
    assert isinstance(loaded, Loaded)
    assert (4_210_000, 15_400_000) == (loaded.init_ns, loaded.first_ns)
    assert isinstance(placement, Placement)
    assert ("cpu", "cpu XNNPACK 37 + cpu 3") == (placement.asked, str(placement))
    assert isinstance(aggregate, Aggregate)
    assert (121, 8_241_500, 8_199_000) == (aggregate.runs, aggregate.mean_ns, aggregate.p50_ns)
    assert (0, 0, False, 0) == (end.warmup, end.measured, end.is_stopped, exit_code)
    assert f"exec {JOB.tool} --graph=variants/x.tflite" in fake.scripts[-1]


async def test_what_it_prints_is_logged(phone: Phone) -> None:
    async with benchmark_model(phone, JOB) as process:
        texts = [event.text for event in await events_of(process) if isinstance(event, Log)]
    assert "INFO: Initialized session in 4.21ms." in texts
    assert not any("usage" in text for text in texts)


async def test_the_profiling_pass_is_an_invocation_of_its_own(
    phone: Phone, fake: FakePhone
) -> None:
    job = replace(JOB, request=replace(REQUEST, profile_runs=6))
    events, _ = await _events(phone, job)
    kinds = [Hello, Loaded, Placement, Aggregate, Profile, Placement, End]
    assert kinds == list(map(type, events))
    found = events[4]
    assert isinstance(found, Profile)
    assert (20, 10_000_000) == (found.runs, sum(op.mean_ns for op in found.ops))
    assert [False, True] == ["op_profiling" in script for script in fake.scripts[-2:]]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((0, recent(), ""), "told nothing"),
        ((139, "", "Segmentation fault\n"), "Segmentation fault exit code 139"),
    ],
)
async def test_a_profiling_pass_that_fails_takes_nothing_away(
    answer: Answer, words: str, phone: Phone, fake: FakePhone
) -> None:
    fake.answers["--enable_op_profiling"] = answer
    async with benchmark_model(
        phone, replace(JOB, request=replace(REQUEST, profile_runs=6))
    ) as process:
        events = await events_of(process)
    assert isinstance(events[-1], End)
    warnings = [e.text for e in events if isinstance(e, Log) and e.level == "warning"]
    assert words in warnings[-1]


async def test_a_control_run_is_refused_in_words(phone: Phone) -> None:
    async with benchmark_model(
        phone, replace(JOB, request=replace(REQUEST, control_runs=3))
    ) as process:
        events = await events_of(process)
    assert any(isinstance(e, Log) and "no control run" in e.text for e in events)


@pytest.mark.parametrize(
    ("log", "runs"),
    [(classic(), 121), (recent(), 121), (LITERT, 170)],
    ids=["old", "new", "litert"],
)
async def test_every_generation(log: str, runs: int, phone: Phone, fake: FakePhone) -> None:
    fake.answers["--graph"] = (0, log, "")
    events, _ = await _events(phone)
    assert [runs] == [e.runs for e in events if isinstance(e, Aggregate)]


async def test_lines_on_stderr_count_as_well(phone: Phone, fake: FakePhone) -> None:
    fake.answers["--graph"] = (0, "", classic())
    events, _ = await _events(phone)
    assert isinstance(events[-1], End)


async def test_a_fallback_is_seen(phone: Phone, fake: FakePhone) -> None:
    job = replace(JOB, request=replace(REQUEST, engine=EngineOptions("gpu")))
    events, _ = await _events(phone, job)
    (placement,) = (e for e in events if isinstance(e, Placement))
    assert ("gpu", Coverage.NONE) == (placement.asked, placement.coverage)
    assert "--use_gpu=true" in fake.scripts[-1]


async def test_a_failure_that_the_tool_tells(phone: Phone, fake: FakePhone) -> None:
    fake.answers["--graph"] = (1, NNAPI_FAILED, "")
    job = replace(JOB, request=replace(REQUEST, engine=EngineOptions("nnapi")))
    events, exit_code = await _events(phone, job)
    assert isinstance(events[-1], RunnerError)
    assert (FailureCode.ACCELERATOR_MISSING, 1) == (events[-1].code, exit_code)


async def test_what_the_tool_cannot_do_is_said(phone: Phone) -> None:
    job = replace(JOB, request=replace(REQUEST, engine=EngineOptions("npu")))
    events, _ = await _events(phone, job)
    last = events[-1]
    assert isinstance(last, RunnerError)
    assert FailureCode.BAD_JOB is last.code
    assert "it has no flag --use_npu: leave the option out" in last.text


@pytest.mark.parametrize(
    ("script", "answer"),
    [
        ("--help", (126, "", "not executable: 64-bit ELF file\n")),
        ("--help", (127, "", "inaccessible or not found\n")),
        ("--graph", (137, recent()[:300], "Killed\n")),
        ("--graph", (0, recent()[:300], "")),
    ],
)
async def test_an_end_without_a_last_event(
    script: str, answer: Answer, phone: Phone, fake: FakePhone
) -> None:
    fake.answers[script] = answer
    async with benchmark_model(phone, JOB) as process:
        events = await events_of(process)
        assert answer[0] == process.exit_code
        assert process.diagnostics.endswith(f"exit code {answer[0]}")
    assert isinstance(events[0], Hello)
    assert not any(isinstance(e, End | RunnerError | Aggregate) for e in events)


async def _until(read: Callable[[], object], kind: type[RunnerEvent]) -> RunnerEvent:
    while True:
        event = decode_event(await read())  # type: ignore[misc]
        if isinstance(event, kind):
            return event


async def test_silence_is_filled_until_it_is_stopped(phone: Phone, fake: FakePhone) -> None:
    fake.endless = "--graph"
    async with benchmark_model(phone, JOB) as process:
        hello = await _until(process.read, Hello)
        alive = await _until(process.read, Alive)
        assert isinstance(hello, Hello)
        assert isinstance(alive, Alive)
        assert alive.t_ns - hello.mono_ns > 10**9
        process.stop()
        process.stop()
        end = await _until(process.read, End)
        assert isinstance(end, End)
        assert end.is_stopped
        assert b"" == await process.read()
    assert "pidof benchmark" in fake.scripts[-1]


async def test_one_that_is_left_is_ended(phone: Phone, fake: FakePhone) -> None:
    fake.endless = "--graph"
    async with benchmark_model(phone, JOB) as process:
        await _until(process.read, Log)
    while await process.read():
        pass
    assert "pidof benchmark" in fake.scripts[-1]


async def test_one_that_is_stopped_before_it_began(phone: Phone, fake: FakePhone) -> None:
    async with benchmark_model(phone, JOB) as process:
        process.stop()
        assert b"" == await process.read()


async def test_one_that_never_ends(
    phone: Phone, fake: FakePhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ToolJob, "limit_s", 0.2)
    fake.endless = "--graph"
    async with benchmark_model(phone, JOB) as process:
        with pytest.raises(RunnerFailed, match="did not end within") as caught:
            await events_of(process)
    assert FailureCode.RUNNER_HUNG is caught.value.code


async def test_the_phone_leaves(phone: Phone, fake_server: FakeServer) -> None:
    fake_server.phones.clear()
    async with benchmark_model(phone, JOB) as process:
        with pytest.raises(DeviceGone):
            await process.read()


async def test_a_read_that_is_cancelled_loses_nothing(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_ALIVE_S", 0.01)
    kinds = []
    async with benchmark_model(phone, JOB) as process:
        while True:
            try:
                data = await asyncio.wait_for(process.read(), 0.0001)
            except TimeoutError:
                continue
            if not data:
                break
            kinds.append(type(decode_event(data)))
    assert 1 == kinds.count(Hello) == kinds.count(Aggregate) == kinds.count(End)
