"""A scripted bench behind the ports: the same devices, numbers and events each time."""

import asyncio
import hashlib
import heapq
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from labtui.core.accuracy import Golden, Health, Predictions, Score, Tally
from labtui.core.budget import budget
from labtui.core.evalset import EvalSet
from labtui.core.events import (
    AccuracyUpdated,
    AlarmRaised,
    BenchEvent,
    DeviceEnded,
    LaunchEnded,
    LaunchStarted,
    Outcome,
    PushEnded,
    PushProgressed,
    ReadingTaken,
    RunnerReported,
    SamplesArrived,
    Scored,
    SessionEnded,
    SessionStarted,
)
from labtui.core.history import (
    LaunchRow,
    OpTimeRow,
    PredictionsRow,
    ReadingRow,
    ResultRow,
    SampleRow,
    ScoreRow,
    SessionRow,
    StoredPlan,
)
from labtui.core.inspection.facts import (
    Inspection,
    OpGroup,
    Scheme,
    WeightGroup,
    WeightUse,
    bits_of,
)
from labtui.core.marks import Mark
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
from labtui.core.placement import PlacedPart, Placement
from labtui.core.plan import DoneLaunch, LaunchSpec, Plan, Purpose, eval_task, schedule
from labtui.core.plausibility import AlarmKind, Past
from labtui.core.protocol import Loaded, Samples
from labtui.core.readings import (
    Battery,
    ClusterClock,
    Reading,
    SensorKind,
    Temperature,
    ThermalStatus,
)
from labtui.core.stats import summarise
from labtui.errors import BadVariant, BenchUnavailable, LabtuiError, NothingMatched, UsageError
from labtui.ports import Device
from labtui.tui.services import Services, Startup

SESSION = SessionUid("20260305-101500-k3v9")
START_US = 1_772_705_700_000_000

PHONES = (
    ("Pixel 7 Pro", "Tensor G2", "Android 14"),
    ("Galaxy S23 Ultra", "Snapdragon 8 Gen 2", "Android 14"),
    ("Redmi 12", "Helio G88", "Android 13"),
    ("Pixel 9 Pro", "Tensor G4", "Android 15"),
    ("Xperia 1 V", "Snapdragon 8 Gen 2", "Android 14"),
    ("OnePlus 12", "Snapdragon 8 Gen 3", "Android 14"),
    ("Galaxy A54", "Exynos 1380", "Android 13"),
    ("Moto G84", "Snapdragon 695", "Android 13"),
)
_BASE_MS = (9.0, 6.2, 24.0, 7.4, 6.6, 5.1, 15.0, 19.0)
_SPEED_OF_RECIPE = {"fp32": 1.0, "fp16": 0.93, "dynamic8": 0.72, "full8": 0.55, "wrong8": 0.3}


def reading(temp_c: float = 31.5, *, status: int = 0, level: int = 84, cap: float = 1.0) -> Reading:
    """Return a reading with a skin sensor, a battery and one cluster."""
    return Reading(
        boot_ns=10**12,
        temperatures=(
            Temperature("skin", SensorKind.SKIN, temp_c),
            Temperature("cpu-0", SensorKind.CPU, temp_c + 9.5),
        ),
        thermal_status=ThermalStatus(status),
        battery=Battery(level, temp_c - 2, 4012, is_charging=True),
        clocks=(ClusterClock("policy4", 2_100_000, round(2_850_000 * cap), 2_850_000),),
    )


def phone(number: int, *, is_virtual: bool = True, name: str = "") -> DeviceSnapshot:
    """Return the n-th phone, ready."""
    sold_as, soc, system = PHONES[number % len(PHONES)]
    serial = f"VB{number:02d}C0FFEE"
    return DeviceSnapshot(
        id=DeviceId(f"android:{serial}"),
        platform=Platform.ANDROID,
        state=DeviceState.READY,
        transports=(Transport(serial, TransportKind.USB, DeviceState.READY, number + 1),),
        facts=DeviceFacts(
            serial, name or sold_as, soc, system, f"build/{number}", "arm64-v8a", is_virtual
        ),
        reading=reading(30.0 + number * 0.7, level=95 - 7 * number),
        free_bytes=(number + 3) * 11_000_000_000,
    )


def phones(count: int = 4, *, is_virtual: bool = True) -> tuple[DeviceSnapshot, ...]:
    """Return the first `count` phones."""
    return tuple(phone(number, is_virtual=is_virtual) for number in range(count))


def unready(state: DeviceState, cure: str, serial: str = "0B161FDD4000") -> DeviceSnapshot:
    """Return a phone that cannot work."""
    transport = Transport(serial, TransportKind.USB, state)
    return DeviceSnapshot(
        DeviceId(f"android:{serial}"), Platform.ANDROID, state, (transport,), cure
    )


def variant(recipe: str, model: str = "mobilenet_v2") -> Variant:
    """Return what is known of a file called `<model>.<recipe>.tflite`."""
    share = 0.0 if recipe == "fp32" else 0.93
    size = round(3_500_000 * (0.28 if recipe in ("full8", "dynamic8") else 1.0))
    kind = "int8" if recipe in ("full8", "dynamic8") else "float16" if recipe == "fp16" else ""
    weights = ((kind, round(size * share)), ("float32", round(size * (1 - share))))
    dtype = "int8" if recipe == "full8" else "float32"
    scale, zero_point = (0.0078125, -1) if recipe == "full8" else (None, None)
    return Variant(
        path=f"/models/{model}.{recipe}.tflite",
        model=model,
        recipe=recipe,
        format=VariantFormat.TFLITE,
        digest=Digest(hashlib.sha256(f"{model}.{recipe}".encode()).hexdigest()),
        size_bytes=size,
        inputs=(TensorSpec("image", (1, 96, 96, 3), dtype, scale, zero_point),),
        outputs=(TensorSpec("scores", (1, 100), dtype),),
        ops=(("CONV_2D", 36), ("DEPTHWISE_CONV_2D", 17), ("ADD", 10), ("SOFTMAX", 1)),
        weight_bytes=weights if kind else (("float32", size),),
        parameters=875_000,
        inspection=inspection(kind or "float32", dtype),
    )


def inspection(stored: str, computed: str) -> Inspection:
    """Return what is in a file whose weights are stored and computed with in these types."""
    is_integer = stored == "int8"
    scheme = Scheme.PER_CHANNEL if is_integer else Scheme.PLAIN
    use = WeightUse.INTEGER if computed == "int8" else WeightUse.HYBRID
    return Inspection(
        format_version=3,
        ops=(
            OpGroup("CONV_2D", 3, computed, 36),
            OpGroup("DEPTHWISE_CONV_2D", 3, computed, 17),
            OpGroup("ADD", 1, computed, 10),
            OpGroup("SOFTMAX", 1, "float32", 1),
        ),
        weights=(
            WeightGroup(
                dtype=stored,
                scheme=scheme,
                use=use if is_integer else WeightUse.FLOAT,
                is_sparse=False,
                tensors=54,
                elements=875_000,
                stored_bytes=875_000 * bits_of(stored) // 8,
            ),
        ),
        signatures=("serving_default",),
        declared_runtime="2.9.0",
    )


@dataclass
class FakeBus:
    """A bus whose devices the test sets."""

    devices: tuple[DeviceSnapshot, ...]
    error: LabtuiError | None = None
    trouble: str = ""
    is_closed: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def watch(self) -> AsyncGenerator[tuple[DeviceSnapshot, ...], None]:
        while True:
            if self.error is not None:
                raise self.error
            yield self.devices
            await self.changed.wait()
            self.changed.clear()

    def set(self, *devices: DeviceSnapshot) -> None:
        """Plug and unplug."""
        self.devices = devices
        self.changed.set()

    def device(self, device: DeviceId) -> Device:
        raise BenchUnavailable("The scripted bench has no device to work with.")

    async def close(self) -> None:
        self.is_closed = True


@dataclass
class FakeRecorder:
    """Keeps events in a list."""

    events: list[BenchEvent] = field(default_factory=list)
    trouble: str = ""
    flushes: int = 0

    def record(self, event: BenchEvent) -> None:
        self.events.append(event)

    async def flush(self) -> None:
        self.flushes += 1


class FakeInspector:
    """Knows files by name; those with `broken` in it are unusable."""

    async def inspect(self, path: Path) -> Variant:
        if "broken" in path.name:
            raise BadVariant(f"{path.name} is not a TFLite file: its header is missing.")
        model, recipe, _ = path.name.split(".")
        return variant(recipe, model)


@dataclass
class FakeHistory:
    """Sessions and results the test sets."""

    rows: list[SessionRow] = field(default_factory=list)
    result_rows: list[ResultRow] = field(default_factory=list)
    score_rows: list[ScoreRow] = field(default_factory=list)
    prediction_rows: list[PredictionsRow] = field(default_factory=list)
    stored_plan: Plan | None = None
    error: LabtuiError | None = None

    def sessions(self, limit: int = 100, before: SessionUid | None = None) -> list[SessionRow]:
        if self.error is not None:
            raise self.error
        ids = [row.session for row in self.rows]
        start = ids.index(before) + 1 if before else 0
        return self.rows[start : start + limit]

    def plan(self, session: SessionUid) -> StoredPlan:
        if self.stored_plan is None:
            raise NothingMatched(f"There is no session {session}.")
        return StoredPlan(session, self.stored_plan, Outcome.DONE)

    def done(self, session: SessionUid) -> tuple[DoneLaunch, ...]:
        return ()

    def marks(self, session: SessionUid) -> list[Mark]:
        return []

    def results(self, session: SessionUid) -> list[ResultRow]:
        return [row for row in self.result_rows if row.session == session]

    def launches(self, sessions: Sequence[SessionUid] = ()) -> Iterator[LaunchRow]:
        return iter(())

    def scores(self, sessions: Sequence[SessionUid] = ()) -> Iterator[ScoreRow]:
        return iter(self.score_rows)

    def predictions(self, sessions: Sequence[SessionUid] = ()) -> Iterator[PredictionsRow]:
        return iter(self.prediction_rows)

    def samples(self, sessions: Sequence[SessionUid] = ()) -> Iterator[SampleRow]:
        return iter(())

    def readings(self, sessions: Sequence[SessionUid] = ()) -> Iterator[ReadingRow]:
        return iter(())

    def op_times(self, sessions: Sequence[SessionUid] = ()) -> Iterator[OpTimeRow]:
        return iter(())

    def past(
        self,
        digest: Digest,
        engine: EngineOptions,
        device: DeviceId,
        *,
        is_virtual: bool,
        besides: SessionUid,
    ) -> Past:
        return Past()

    def find_session(self, prefix: str) -> SessionUid:
        return self.rows[0].session


def session_row(
    number: int, outcome: Outcome = Outcome.DONE, *, is_virtual: bool = True
) -> SessionRow:
    """Return the n-th newest session."""
    return SessionRow(
        session=SessionUid(f"20260305-{101500 - number:06d}-k3v9"),
        name=f"mobilenet_v2 ({'quick' if number % 2 else 'standard'})",
        preset="quick" if number % 2 else "standard",
        started_us=START_US - number * 3_600_000_000,
        ended_us=START_US - number * 3_600_000_000 + 42_000_000,
        outcome=outcome,
        devices=4,
        variants=2,
        launches=16,
        samples=48_213 - number,
        is_virtual=is_virtual,
        tags=("baseline",) if number == 0 else (),
    )


@dataclass(frozen=True)
class Pace:
    """How fast the script goes."""

    rate_hz: float = 50.0
    batch_s: float = 0.1
    throttle_after_s: float = 25.0


def script(
    plan: Plan, devices: Sequence[DeviceSnapshot], pace: Pace = Pace()
) -> Iterator[tuple[float, BenchEvent]]:
    """Yield (time in s, event) of a whole session, in order of time."""
    planned = [d for d in devices if d.id in plan.devices]
    yield 0.0, SessionStarted(SESSION, plan, tuple(planned), START_US)
    streams = [_device_script(plan, d, n, pace) for n, d in enumerate(planned)]
    end_s = 0.0
    for t_s, _, event in heapq.merge(*streams, key=lambda item: item[:2]):
        end_s = t_s
        yield t_s, event
    yield end_s, SessionEnded(SESSION, Outcome.DONE, START_US + round(end_s * 1e6))


_Item = tuple[float, int, BenchEvent]


def _device_script(plan: Plan, device: DeviceSnapshot, number: int, pace: Pace) -> Iterator[_Item]:
    rng = random.Random(number)
    t_s = 0.1
    for planned in plan.variants:
        file, size = planned.variant, planned.variant.size_bytes
        yield t_s, number, PushProgressed(device.id, file.digest, size // 2, size)
        t_s += 0.2
        yield t_s, number, PushEnded(device.id, file.digest, size, 0.2, was_there=False)
    for spec in schedule(plan, device.id):
        play = _launch_script if spec.purpose is Purpose.MEASURE else _eval_script
        for item in play(plan, device, number=number, spec=spec, start_s=t_s, rng=rng, pace=pace):
            t_s = item[0]
            yield item
        t_s += 0.4
    yield t_s, number, DeviceEnded(device.id, Outcome.DONE, "")


PLACEMENT = Placement("cpu", (PlacedPart("cpu", "XNNPACK", 69), PlacedPart("cpu", "", 1)), 1)


def _launch_script(
    plan: Plan,
    device: DeviceSnapshot,
    *,
    number: int,
    spec: LaunchSpec,
    start_s: float,
    rng: random.Random,
    pace: Pace,
) -> Iterator[_Item]:
    launch = LaunchUid(f"L{number}-{spec.index}")
    yield start_s, number, LaunchStarted(launch, SESSION, device.id, spec, START_US)
    t_s = start_s + 0.3
    loaded = Loaded(round(t_s * 1e9), init_ns=38_000_000, first_ns=21_000_000)
    yield t_s, number, RunnerReported(launch, device.id, loaded)
    yield t_s, number, RunnerReported(launch, device.id, PLACEMENT)
    recipe = plan.variants[spec.variant_index].variant.recipe
    base_ms = _BASE_MS[number % 8] * _SPEED_OF_RECIPE.get(recipe, 1.0)
    index, next_reading_s, durations = 0, t_s, []
    end_s = t_s + 0.6 + (plan.preset.measure.seconds or 4.0)
    while t_s < end_s:
        is_warmup = index < 0.6 * pace.rate_hz
        heat = min(1.0, t_s / 60)
        is_hot = t_s > pace.throttle_after_s and number % 4 in (0, 2)
        batch = [
            round(1e6 * base_ms * _noise(rng, is_warmup) * (1.22 if is_hot else 1.0))
            for _ in range(max(1, round(pace.rate_hz * pace.batch_s)))
        ]
        step_us = round(1e6 / pace.rate_hz)
        offsets = tuple(i * step_us for i in range(len(batch)))
        if not is_warmup:
            durations += batch
        t0_ns = round(t_s * 1e9) + 5 * 10**12
        t_s += pace.batch_s
        samples = Samples(index, t0_ns, tuple(batch), is_warmup, offsets)
        index += len(batch)
        yield t_s, number, SamplesArrived(launch, device.id, samples)
        if t_s >= next_reading_s:
            next_reading_s += 1.0
            state = reading(
                30 + number * 0.7 + 11 * heat, status=int(is_hot), cap=0.8 if is_hot else 1
            )
            yield t_s, number, ReadingTaken(launch, device.id, t0_ns, state)
    summary = summarise(durations)
    yield t_s, number, LaunchEnded(launch, device.id, Outcome.DONE, "", summary, START_US)


ACCURACY = {"fp32": 0.93, "fp16": 0.93, "dynamic8": 0.925, "full8": 0.92}
ITEMS_PER_S = 250
BROKEN_RECIPE = "wrong8"


def _eval_script(
    plan: Plan,
    device: DeviceSnapshot,
    *,
    number: int,
    spec: LaunchSpec,
    start_s: float,
    rng: random.Random,
    pace: Pace,
) -> Iterator[_Item]:
    """Yield what a launch that checks or evaluates reports."""
    launch, task = LaunchUid(f"L{number}-{spec.index}"), eval_task(plan, spec)
    assert task is not None
    recipe = plan.variants[spec.variant_index].variant.recipe
    is_broken, share = recipe == BROKEN_RECIPE, ACCURACY.get(recipe, 0.01)
    yield start_s, number, LaunchStarted(launch, SESSION, device.id, spec, START_US)
    t_s, done, right = start_s + 0.3, 0, 0
    loaded = Loaded(round(t_s * 1e9), init_ns=38_000_000, first_ns=21_000_000)
    yield t_s, number, RunnerReported(launch, device.id, loaded)
    while done < task.items:
        t_s, step = t_s + 0.2, min(task.items - done, round(ITEMS_PER_S * 0.2))
        done, right = done + step, right + sum(rng.random() < share for _ in range(step))
        tally = Tally(done, right, min(done, right + step // 20))
        yield t_s, number, AccuracyUpdated(launch, device.id, tally, task.items)
    golden = Golden(8, 0.2, 1, 0.1) if is_broken else Golden(8, 38.5, 8, 0.9998)
    health = Health.UNLIKE_REFERENCE if is_broken else Health.OK
    score = Score(task.eval_set.digest, tally, golden, health)
    yield t_s, number, Scored(launch, device.id, score, Predictions((), (), ()))
    yield t_s, number, LaunchEnded(launch, device.id, Outcome.DONE, "", None, START_US)
    if is_broken:
        text = "The outputs are unlike those of the float model: an SNR of 0.2 dB."
        yield t_s, number, AlarmRaised(launch, device.id, AlarmKind.BROKEN_OUTPUTS, text)


def _noise(rng: random.Random, is_warmup: bool) -> float:
    spike = 1.6 if rng.random() < 0.012 else 1.0
    return rng.gauss(1.12 if is_warmup else 1.0, 0.012) * spike


@dataclass
class FakeBench:
    """Plays the script: in real time, or at once where nobody looks at the clock."""

    recorder: FakeRecorder
    pace: Pace = Pace()
    is_paced: bool = False
    hangs: bool = False
    """Send nothing after the start, until stopped."""
    error: Exception | None = None
    stops: int = 0
    was_cancelled: bool = False
    plans: list[Plan] = field(default_factory=list)
    stopped: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(
        self,
        plan: Plan,
        devices: Sequence[DeviceSnapshot],
        observe: Callable[[BenchEvent], None],
    ) -> Outcome:
        self.plans.append(plan)
        self.stopped.clear()
        if self.error is not None:
            raise self.error
        start_s = asyncio.get_running_loop().time()
        for t_s, event in script(plan, devices, self.pace):
            late_s = start_s + t_s - asyncio.get_running_loop().time()
            if self.is_paced and late_s > 0 and await self._wait(late_s):
                break
            observe(event)
            if self.hangs:
                await self._hang()
                break
        if self.stopped.is_set():
            for device in plan.devices:
                observe(DeviceEnded(device, Outcome.STOPPED, ""))
            observe(SessionEnded(SESSION, Outcome.STOPPED, START_US))
            return Outcome.STOPPED
        return Outcome.DONE

    async def _hang(self) -> None:
        try:
            await self.stopped.wait()
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise

    async def _wait(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self.stopped.wait()
        except TimeoutError:
            return False
        return True

    def stop(self) -> None:
        self.stops += 1
        self.stopped.set()


@dataclass
class FakeEvalSets:
    """Checks every variant on one set, and scores on it where a folder is chosen."""

    eval_set: EvalSet | None = None
    error: str = ""
    label_row: tuple[int, ...] = ()
    asked: list[Path | None] = field(default_factory=list)

    def assign(self, plan: Plan, folder: Path | None) -> Plan:
        self.asked.append(folder)
        if self.error and folder is not None:
            raise UsageError(self.error)
        if self.eval_set is None:
            return plan
        evaluate = None if folder is None else 0
        variants = tuple(replace(p, check=0, evaluate=evaluate) for p in plan.variants)
        return replace(plan, variants=variants, eval_sets=(self.eval_set,))

    def labels(self, eval_set: EvalSet) -> tuple[int, ...]:
        if not self.label_row:
            raise UsageError("The labels are gone.")
        return self.label_row


class FakeLab:
    """All ports together, and the startup that opens them."""

    def __init__(
        self,
        devices: tuple[DeviceSnapshot, ...] | None = None,
        *,
        recipes: Sequence[str] = ("fp32", "full8"),
        is_virtual: bool = True,
        limit_ms: float | None = None,
        eval_set: EvalSet | None = None,
    ) -> None:
        self.bus = FakeBus(phones() if devices is None else devices)
        self.recorder = FakeRecorder()
        self.bench = FakeBench(self.recorder)
        self.history = FakeHistory()
        self.eval_sets = FakeEvalSets(eval_set)
        self.exported: list[tuple[SessionUid, Path]] = []
        self.open_error: LabtuiError | None = None
        self.may_open = asyncio.Event()
        self.may_open.set()
        self.is_open = False
        paths = tuple(Path(f"/models/mobilenet_v2.{recipe}.tflite") for recipe in recipes)
        folders = (Path(eval_set.folder),) if eval_set else ()
        self.startup = Startup(
            self._open,
            paths,
            is_virtual,
            limit=budget(limit_ms),
            eval_folder=folders[0] if folders else None,
            eval_folders=folders,
        )

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[Services]:
        if self.open_error is not None:
            raise self.open_error
        await self.may_open.wait()
        self.is_open = True
        try:
            yield Services(
                self.bus, self.bench, self.history, FakeInspector(), self.recorder,
                self.eval_sets, self._export,
            )  # fmt: skip
        finally:
            self.is_open = False
            await self.bus.close()

    def _export(self, session: SessionUid, folder: Path) -> Path:
        self.exported.append((session, folder))
        return folder
