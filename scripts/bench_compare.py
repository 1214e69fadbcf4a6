"""How long a comparison over 1,000 launches takes, and a verdict after each launch of a run."""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from labtui.core.compare.evidence import evidence_of
from labtui.core.compare.standing import Timing, standings
from labtui.core.compare.table import table
from labtui.core.events import (
    BenchEvent,
    LaunchEnded,
    LaunchStarted,
    Outcome,
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
    Transport,
    TransportKind,
    Variant,
    VariantFormat,
)
from labtui.core.order import rounds
from labtui.core.plan import LaunchSpec, Plan, PlannedVariant
from labtui.core.presets import preset
from labtui.core.stats import summarise
from labtui.store import Store, open_store

LAUNCHES = 1_000
TARGET_MS, LIVE_TARGET_MS = 100.0, 2.0
REPEATS = 7
LIVE_ROUNDS, LIVE_VARIANTS = 26, 4

SESSION = SessionUid("01BENCH")


def measure() -> list[dict[str, object]]:
    """Return the time of comparisons over launches of a history, and of live verdicts."""
    return [
        _line("comparison, 1,000 launches, 5 phones x 4 variants", _compare_ms(5, 4), TARGET_MS),
        _line("comparison, 1,000 launches, 1 phone x 2 variants", _compare_ms(1, 2), TARGET_MS),
        _line("live verdicts, per launch", _live_ms(), LIVE_TARGET_MS),
    ]


def _line(name: str, value_ms: float, target_ms: float) -> dict[str, object]:
    return {
        "name": name,
        "value": round(value_ms, 2),
        "unit": "ms CPU",
        "target": f"< {target_ms:g}",
        "ratio_to": None,
        "ratio": None,
        "ok": value_ms < target_ms,
    }


def _compare_ms(phones: int, variants: int) -> float:
    """Return what reading the launches and comparing them takes: median of several times."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "history.sqlite")
        _fill(store, _events(phones, variants))
        history = store.history

        def compare() -> None:
            _forget()
            rows = table(evidence_of(history.launches([SESSION]), history.results(SESSION)))
            assert phones * variants == len(rows)

        return _median_ms(compare)


def _median_ms(work: Callable[[], None]) -> float:
    times = []
    for _ in range(REPEATS):
        began = time.process_time()
        work()
        times.append(1e3 * (time.process_time() - began))
    return statistics.median(times)


def _forget() -> None:
    """Empty what standings remember: a command compares once."""
    from labtui.core.compare import standing  # noqa: PLC0415 (its private memory)

    standing._compared.cache_clear()  # noqa: SLF001


def _fill(store: Store, events: Iterator[BenchEvent]) -> None:
    with store.recorder() as recorder:
        for event in events:
            recorder.record(event)


def _events(phones: int, variants: int) -> Iterator[BenchEvent]:
    rng = random.Random(1)
    devices = [_phone(number) for number in range(phones)]
    planned = tuple(_variant(number) for number in range(variants))
    plan = Plan("bench", planned, tuple(d.id for d in devices), preset("quick"))
    yield SessionStarted(SESSION, plan, tuple(devices), 0)
    per_phone = LAUNCHES // phones
    for device in devices:
        order = [v for row in rounds(variants, per_phone // variants, rng) for v in row]
        for index, variant in enumerate(order):
            launch = LaunchUid(f"01L{device.id}{index:06}")
            spec = LaunchSpec(index, variant, index // (2 * variants))
            yield LaunchStarted(launch, SESSION, device.id, spec, index)
            level_ns = 1e7 * (1 - 0.03 * variant) * rng.gauss(1, 0.01)
            summary = summarise([round(level_ns * rng.gauss(1, 0.03)) for _ in range(20)])
            yield LaunchEnded(launch, device.id, Outcome.DONE, "", summary, index + 1)
    yield SessionEnded(SESSION, Outcome.DONE, 1)


def _phone(number: int) -> DeviceSnapshot:
    serial = f"SERIAL{number}"
    transports = (Transport(serial, TransportKind.USB, DeviceState.READY),)
    facts = DeviceFacts(serial, "Phone", "SoC", "Android 14", "build", "arm64-v8a", False)
    device = DeviceId(f"android:{serial}")
    return DeviceSnapshot(device, Platform.ANDROID, DeviceState.READY, transports, facts=facts)


def _variant(number: int) -> PlannedVariant:
    variant = Variant(
        path=f"/models/net.{number}.tflite",
        model="net",
        recipe=f"r{number}",
        format=VariantFormat.TFLITE,
        digest=Digest(str(number) * 64),
        size_bytes=1_000,
        inputs=(),
        outputs=(),
        ops=(),
        weight_bytes=(),
        parameters=0,
    )
    return PlannedVariant(variant, EngineOptions())


def _live_ms() -> float:
    """Return what one more launch costs on average while a device runs four variants."""
    rng = random.Random(2)
    order = [v for row in rounds(LIVE_VARIANTS, LIVE_ROUNDS, rng) for v in row]
    timings: list[Timing] = []
    _forget()
    began = time.process_time()
    for index, variant in enumerate(order):
        level_ns = 1e7 * (1 - 0.03 * variant) * rng.gauss(1, 0.01)
        own = (level_ns, 1.2 * level_ns, 1.1 * level_ns)
        timings.append(Timing(variant, index // (2 * LIVE_VARIANTS), index, *own))
        standings(timings, 0, range(1, LIVE_VARIANTS))
    return 1e3 * (time.process_time() - began) / len(order)
