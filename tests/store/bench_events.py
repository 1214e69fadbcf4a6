"""Bench events as a real session would send them, small and made to order."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

from labtui.core.accuracy import Golden, Health, Predictions, Score, Tally
from labtui.core.evalset import EvalFile, EvalSet, GoldenItems, Task
from labtui.core.events import (
    BenchEvent,
    DeviceEnded,
    LaunchEnded,
    LaunchStarted,
    Outcome,
    PushEnded,
    ReadingTaken,
    RunnerReported,
    SamplesArrived,
    Scored,
    SessionEnded,
    SessionStarted,
)
from labtui.core.model import (
    DeviceFacts,
    DeviceId,
    DeviceSnapshot,
    DeviceState,
    Digest,
    EngineOptions,
    LaunchUid,
    Platform,
    SessionUid,
    TensorSpec,
    Transport,
    TransportKind,
    Variant,
    VariantFormat,
)
from labtui.core.placement import OpTime, PlacedPart, Placement
from labtui.core.plan import LaunchSpec, Plan, PlannedVariant, Purpose
from labtui.core.presets import preset
from labtui.core.protocol import (
    Control,
    Evaluated,
    Hello,
    Layout,
    Loaded,
    Log,
    Normalise,
    Output,
    OutputFile,
    Outputs,
    Profile,
    RunnerEvent,
    RunnerReading,
    Samples,
)
from labtui.core.readings import (
    Battery,
    ClusterClock,
    Reading,
    SensorKind,
    Temperature,
    ThermalStatus,
)
from labtui.core.stats import summarise
from labtui.failure import FailureCode

PHONE = DeviceId("android:1A2B3C4D5E")
SESSION = SessionUid("01S000")
LAUNCH = LaunchUid("01L000")
DIGEST = Digest("a" * 64)
STARTED_US = 1_700_000_000_000_000


def variant(recipe: str = "full8", digest: Digest = DIGEST) -> PlannedVariant:
    tensor = TensorSpec("x", (1, 28, 28), "int8", 0.5, -3)
    return PlannedVariant(
        Variant(
            path=f"/models/net.{recipe}.tflite",
            model="net",
            recipe=recipe,
            format=VariantFormat.TFLITE,
            digest=digest,
            size_bytes=12_345,
            inputs=(tensor,),
            outputs=(tensor,),
            ops=(("CONV_2D", 3), ("ADD", 1)),
            weight_bytes=(("int8", 9_000),),
            parameters=9_000,
        ),
        EngineOptions(accelerator="gpu", threads=2),
    )


def phone(device: DeviceId = PHONE, *, is_virtual: bool = False) -> DeviceSnapshot:
    serial = device.partition(":")[2]
    return DeviceSnapshot(
        device,
        Platform.ANDROID,
        DeviceState.READY,
        (Transport(serial, TransportKind.USB, DeviceState.READY),),
        facts=DeviceFacts(serial, "Pixel 7 Pro", "Tensor G2", "Android 14", "build/7", "arm64-v8a",
                          is_virtual),
    )  # fmt: skip


def session_started(
    session: SessionUid = SESSION,
    devices: Sequence[DeviceSnapshot] = (),
    variants: Sequence[PlannedVariant] = (),
    tags: tuple[str, ...] = (),
    eval_sets: tuple[EvalSet, ...] = (),
) -> SessionStarted:
    devices = tuple(devices) or (phone(),)
    plan = Plan(
        "nightly",
        tuple(variants) or (variant(),),
        tuple(d.id for d in devices),
        preset("quick"),
        seed=7,
        tags=tags,
        eval_sets=eval_sets,
    )
    return SessionStarted(session, plan, devices, STARTED_US)


def launch_started(
    launch: LaunchUid = LAUNCH,
    session: SessionUid = SESSION,
    device: DeviceId = PHONE,
    spec: LaunchSpec = LaunchSpec(0, 0, 0),  # noqa: B008 (frozen)
) -> LaunchStarted:
    return LaunchStarted(launch, session, device, spec, STARTED_US + 1_000)


def reported(event: RunnerEvent, launch: LaunchUid = LAUNCH) -> RunnerReported:
    return RunnerReported(launch, PHONE, event)


def samples(
    durations_ns: Sequence[int],
    first_index: int = 0,
    t0_ns: int = 0,
    launch: LaunchUid = LAUNCH,
    *,
    is_warmup: bool = False,
    offsets_us: tuple[int, ...] | None = None,
) -> SamplesArrived:
    batch = Samples(first_index, t0_ns, tuple(durations_ns), is_warmup, offsets_us)
    return SamplesArrived(launch, PHONE, batch)


def reading_taken(
    temp_c: float | None = 31.5,
    status: ThermalStatus | None = ThermalStatus.NONE,
    t_ns: int | None = 500,
    launch: LaunchUid = LAUNCH,
) -> ReadingTaken:
    sensors = () if temp_c is None else (Temperature("skin", SensorKind.SKIN, temp_c),)
    battery = Battery(81, 29.5, 4_100, True)
    return ReadingTaken(launch, PHONE, t_ns, Reading(1_000, sensors, status, battery))


def launch_ended(
    durations_ns: Sequence[int],
    launch: LaunchUid = LAUNCH,
    outcome: Outcome = Outcome.DONE,
    cause: str = "",
    code: FailureCode | None = None,
) -> LaunchEnded:
    summary = summarise(durations_ns)
    return LaunchEnded(launch, PHONE, outcome, cause, summary, STARTED_US + 9_000, code)


def session_ended(session: SessionUid = SESSION, outcome: Outcome = Outcome.DONE) -> SessionEnded:
    return SessionEnded(session, outcome, STARTED_US + 10_000)


WARMUP_NS = (900, 800)
MEASURED_NS = (100, 130, 110, 120)
CONTROL_NS = (300, 320, 310)
PROFILED = (OpTime("CONV_2D", "gpu", "GPU", 3, 75.0), OpTime("ADD", "cpu", "", 1, 25.0))


def whole_session() -> list[BenchEvent]:
    """One session of one launch with everything a runner can say."""
    clock = ClusterClock("policy4", 1_500_000, 1_800_000, 2_000_000)
    return [
        session_started(tags=("baseline",)),
        PushEnded(PHONE, DIGEST, 12_345, 0.25, False),
        launch_started(),
        reported(Hello(1, "host", "0.1", "LiteRT", "2.3", 42, 5_000, 6_000)),
        reported(Loaded(10, 2_000, 3_000, 1 << 20)),
        reported(Placement("gpu", (PlacedPart("gpu", "GPU", 61), PlacedPart("cpu", "", 3)), 2)),
        reported(Outputs((Output("y", "int8", (1, 10), "b" * 64, (1.0, 2.0)),))),
        reported(Log("warning", "half of it runs on the CPU")),
        samples(WARMUP_NS, t0_ns=1_000_000, is_warmup=True),
        reading_taken(31.5),
        samples(MEASURED_NS, first_index=2, t0_ns=2_000_000),
        reported(RunnerReading(2_500_000, 1 << 21, (clock,))),
        reading_taken(35.0, ThermalStatus.NONE, 3_000_000),
        reported(Control(4_000_000, "cpu", "XNNPACK", CONTROL_NS)),
        reported(Profile(5, PROFILED)),
        reported(Evaluated(10, 1_200, (OutputFile("y", "/data/y.0.npy", "c" * 64),))),
        launch_ended(MEASURED_NS),
        DeviceEnded(PHONE, Outcome.DONE, ""),
        session_ended(),
    ]


EVAL_SET = EvalSet(
    name="digits",
    task=Task.CLASSIFICATION,
    count=4,
    classes=3,
    shape=(28, 28),
    dtype="uint8",
    layout=Layout.NHWC,
    normalise=Normalise(255.0, (0.5,), (0.25,)),
    label_names=("zero", "one", "two"),
    golden=GoldenItems(("net",), (0, 2)),
    source="drawn by hand",
    licence="CC0",
    inputs=EvalFile(3_200, Digest("1" * 64)),
    labels=EvalFile(96, Digest("2" * 64)),
    references=EvalFile(152, Digest("3" * 64)),
    folder="/sets/digits",
    preparation="scaled to 28x28",
)
GOLDEN = Golden(2, 41.5, 2, 0.999)
SMALL, LARGE = Digest("b" * 64), Digest("d" * 64)


def scored(
    launch: LaunchUid,
    predictions: Predictions,
    health: Health = Health.OK,
    golden: Golden | None = GOLDEN,
) -> Scored:
    ranks = predictions.label_rank
    tally = Tally(len(ranks), ranks.count(1), sum(rank <= 5 for rank in ranks))
    return Scored(launch, PHONE, Score(EVAL_SET.digest, tally, golden, health), predictions)


RIGHT = Predictions((0, 1, 2, 0), (1, 1, 1, 1), (0.9, 0.8, 0.7, 0.6))
HALF = Predictions((0, 2, 2, 1), (1, 2, 1, 3), (0.9, 0.8, 0.7, 0.4))


def scored_session(
    session: SessionUid = SESSION, devices: Sequence[DeviceSnapshot] = ()
) -> list[BenchEvent]:
    """One session that checks, measures for 90 s and evaluates a net at two sizes."""
    nets = (_net("net@28", SMALL, 28, 9_000), _net("net@56", LARGE, 56, 9_100))
    started = session_started(session, devices, nets, eval_sets=(EVAL_SET,))
    events: list[BenchEvent] = [started]
    for index, (purpose, number) in enumerate(product(Purpose, range(len(nets)))):
        launch = LaunchUid(f"{session}L{index}")
        spec = LaunchSpec(index, number, index // len(nets), purpose)
        events += [
            launch_started(launch, session, started.devices[0].id, spec),
            reported(Hello(1, "host", "0.1", "LiteRT", "2.3", 42, 5_000, 6_000), launch),
            *_at_work(launch, purpose, number),
        ]
    return [*events, session_ended(session)]


def _net(model: str, digest: Digest, side: int, parameters: int) -> PlannedVariant:
    plain = variant(digest=digest)
    tensor = TensorSpec("x", (1, side, side, 1), "uint8")
    file = replace(plain.variant, model=model, inputs=(tensor,), parameters=parameters)
    return replace(plain, variant=file, evaluate=0)


def _at_work(launch: LaunchUid, purpose: Purpose, number: int) -> list[BenchEvent]:
    if purpose is Purpose.MEASURE:
        latency_ns = (10_000_000, 80_000_000)[number]
        durations_ns = [latency_ns] * (90_000_000_000 // latency_ns)
        return [samples(durations_ns[:3], launch=launch), launch_ended(durations_ns, launch)]
    predictions = HALF if purpose is Purpose.EVALUATE and number else RIGHT
    return [scored(launch, predictions), launch_ended([], launch)]
