"""Launches that check and evaluate: outputs become a score beside the runner, or a cause."""

import asyncio
import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

import pytest

from labtui.bench import evaluation as evaluation_module
from labtui.bench.service import Bench
from labtui.core.accuracy import Golden, Health, Predictions, Score, Tally
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
    SamplesArrived,
    Scored,
)
from labtui.core.model import DeviceId, Digest, LaunchUid
from labtui.core.plan import Plan, Purpose
from labtui.core.plausibility import AlarmKind
from labtui.core.protocol import (
    End,
    Evaluated,
    Measure,
    OutputFile,
    RunnerError,
    RunnerEvent,
    Samples,
)
from labtui.core.request import EvalRequest, LaunchRequest
from labtui.errors import BadOutputs, DeviceGone, UsageError
from labtui.failure import FailureCode
from labtui.ports import MIN_PIECE_BYTES, Scorer
from tests.bench.fakes import (
    HELLO,
    FakeBus,
    FakeClock,
    FakeDevice,
    FakeLocks,
    ListRecorder,
    a_plan,
    good_run,
    lines,
    snapshot,
)
from tests.eval_sets import eval_set

ONE = DeviceId("android:1")
E = TypeVar("E")
OUTPUTS = b"0123456789"
SOUND = Golden(2, 60.0, 2)
BROKEN = Golden(2, 0.4, 1)


@dataclass
class TenItems:
    """Takes each byte for an item that is right; notes which threads it is used in."""

    golden: Golden | None = SOUND
    health: Health = Health.OK
    refuses: bytes = b"!"
    fed: bytes = b""
    threads: set[int] = field(default_factory=set)

    @property
    def tally(self) -> Tally:
        self.threads.add(threading.get_ident())
        return Tally(len(self.fed), len(self.fed), len(self.fed))

    def feed(self, data: bytes) -> None:
        self.threads.add(threading.get_ident())
        if self.refuses in data:
            raise BadOutputs("They answer another question.")
        self.fed += data

    def finish(self) -> tuple[Score, Predictions]:
        self.threads.add(threading.get_ident())
        score = Score(Digest("0" * 64), self.tally, self.golden, self.health)
        return score, Predictions((), (), ())


def evaluated(outputs: bytes = OUTPUTS) -> Evaluated:
    digest = Digest(hashlib.sha256(outputs).hexdigest())
    return Evaluated(10, 99, (OutputFile("logits", "/o.0.npy", digest),))


def evaluates(*events: RunnerEvent | None) -> Callable[[LaunchRequest], list[bytes | None]]:
    """Return a runner that measures as usual, and says these events where it is to evaluate.

    None waits until it is told to stop.
    """

    def script(request: LaunchRequest) -> list[bytes | None]:
        if request.eval is None:
            return [lines(*good_run())]
        once = Samples(0, 10, (900,), is_warmup=False)
        said = [None if event is None else lines(event) for event in events]
        return [lines(HELLO, once), *said]

    return script


END = End(99, 0, 1, is_stopped=False)


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation_module, "FETCH_S", 0.001)


class Rig:
    def __init__(self, device: FakeDevice, scorer: Scorer | None = None) -> None:
        self.device = device
        self.recorder = ListRecorder()
        self.scorer = scorer or TenItems()
        self.asked: list[tuple[str, str, int | None]] = []
        self.bench = Bench(
            FakeBus(device), self.recorder, FakeLocks(), FakeClock(), scorers=self._scorer
        )

    def _scorer(self, asked: EvalSet, model: str, items: int | None) -> Scorer:
        self.asked.append((asked.name, model, items))
        return self.scorer

    async def run(
        self, plan: Plan, observe: Callable[[BenchEvent], None] = lambda _: None
    ) -> Outcome:
        return await self.bench.run(plan, (snapshot(ONE),), observe)

    def all(self, kind: type[E]) -> list[E]:
        return [event for event in self.recorder.events if isinstance(event, kind)]


def scored_plan(*, check: bool = False, evaluate: bool = False, variants: str = "a") -> Plan:
    plan = a_plan([ONE], variants)
    planned = tuple(
        replace(one, check=0 if check else None, evaluate=0 if evaluate else None)
        for one in plan.variants
    )
    return replace(plan, variants=planned, eval_sets=(eval_set(*variants),))


def phone(*events: RunnerEvent | None, outputs: bytes = OUTPUTS) -> FakeDevice:
    return FakeDevice(ONE, evaluates(*events), outputs=outputs)


async def test_a_session_checks_measures_and_scores() -> None:
    rig = Rig(phone(evaluated(), END))
    assert await rig.run(scored_plan(check=True, evaluate=True)) is Outcome.DONE
    assert list(Purpose) == [started.spec.purpose for started in rig.all(LaunchStarted)]
    assert [("e", "a", 4), ("e", "a", 10)] == rig.asked
    scored = rig.all(Scored)
    assert [SOUND, SOUND] == [one.score.golden for one in scored]
    launches = [started.launch for started in rig.all(LaunchStarted)]
    assert [launches[0], launches[2]] == [one.launch for one in scored] == rig.device.dropped
    assert [] == rig.all(AlarmRaised)


async def test_a_score_is_told_before_the_end_of_its_launch() -> None:
    rig = Rig(phone(evaluated(), END))
    await rig.run(scored_plan(evaluate=True))
    kinds = [type(event).__name__ for event in rig.recorder.events]
    assert kinds.index("AccuracyUpdated") < kinds.index("Scored")
    assert "LaunchEnded" == kinds[kinds.index("Scored") + 1]


async def test_the_inputs_are_pushed_once_beside_the_variants() -> None:
    rig = Rig(phone(evaluated(), END))
    await rig.run(scored_plan(check=True, evaluate=True, variants="ab"))
    assert ["a" * 64, "b" * 64, "e" * 64] == rig.device.pushed
    assert [10, 10, 100] == [event.total_bytes for event in rig.all(PushEnded)]


async def test_what_evaluates_measures_as_little_as_it_can_and_counts_for_nothing() -> None:
    rig = Rig(phone(evaluated(), END))
    await rig.run(scored_plan(check=True, evaluate=True))
    check, measured, evaluation = rig.device.requests
    assert EvalRequest(Digest("e" * 64), items=4) == check.eval
    assert EvalRequest(Digest("e" * 64), items=10) == evaluation.eval
    assert (None, 5) == (measured.eval, measured.profile_runs)
    for request in (check, evaluation):
        assert (Measure(runs=1), 0, 0) == (
            request.measure,
            request.warmup.max_runs,
            request.profile_runs + request.control_runs,
        )
    assert {measured.launch} == {event.launch for event in rig.all(SamplesArrived)}
    counts = [event.summary and event.summary.count for event in rig.all(LaunchEnded)]
    assert [None, 3, None] == counts


async def test_outputs_are_scored_while_they_are_written() -> None:
    device = phone(None, outputs=b"01")
    rig = Rig(device)
    seen: list[int] = []

    def observe(event: BenchEvent) -> None:
        if isinstance(event, AccuracyUpdated):
            seen.append(event.tally.items)
            assert 10 == event.of_items
            device.outputs = OUTPUTS[: event.tally.items + 4]
            if event.tally.items == 10:
                rig.bench.stop()

    assert await rig.run(scored_plan(evaluate=True), observe) is Outcome.STOPPED
    assert [2, 6, 10] == seen
    assert [] == rig.all(Scored)


async def test_long_outputs_come_in_pieces_and_in_order() -> None:
    outputs = bytes(index % 251 for index in range(2 * MIN_PIECE_BYTES + 7)).replace(b"!", b"?")
    scorer = TenItems()
    rig = Rig(phone(evaluated(outputs), END, outputs=outputs), scorer)
    plan = scored_plan(evaluate=True)
    big = replace(eval_set("a"), classes=60_000)
    assert await rig.run(replace(plan, eval_sets=(big,))) is Outcome.DONE
    assert outputs == scorer.fed


async def test_scoring_happens_off_the_event_loop() -> None:
    scorer = TenItems()
    await Rig(phone(evaluated(), END), scorer).run(scored_plan(evaluate=True))
    assert scorer.threads
    assert threading.get_ident() not in scorer.threads


FAILURES = [
    ((END,), OUTPUTS, FailureCode.PROTOCOL_BROKEN, "without running the eval set"),
    ((evaluated(b"others"), END), OUTPUTS, FailureCode.BAD_EVAL, "changed on their way"),
    ((evaluated(), END), b"!", FailureCode.BAD_EVAL, "another question"),
    ((evaluated(), END), bytes(1 << 17), FailureCode.BAD_EVAL, "never end"),
    (
        (RunnerError(FailureCode.BAD_EVAL, "its items are of another shape"),),
        b"",
        FailureCode.BAD_EVAL,
        "another shape",
    ),
]


@pytest.mark.parametrize(("events", "outputs", "code", "words"), FAILURES)
async def test_what_cannot_be_scored_is_the_failure_of_its_launch(
    events: tuple[RunnerEvent, ...], outputs: bytes, code: FailureCode, words: str
) -> None:
    rig = Rig(phone(*events, outputs=outputs))
    assert await rig.run(scored_plan(evaluate=True)) is Outcome.FAILED
    measured, evaluation = rig.all(LaunchEnded)
    assert (Outcome.DONE, Outcome.FAILED) == (measured.outcome, evaluation.outcome)
    assert code is evaluation.code
    assert words in evaluation.cause
    assert [] == rig.all(Scored)
    assert [evaluation.launch] == rig.device.dropped
    assert code is rig.all(DeviceEnded)[0].code


async def test_outputs_that_make_no_sense_are_not_waited_for() -> None:
    """The runner is told to stop, and it is not its stop that is the cause."""
    stopped = End(99, 0, 1, is_stopped=True)
    rig = Rig(phone(None, stopped, outputs=b"!"))
    assert await asyncio.wait_for(rig.run(scored_plan(evaluate=True)), 10) is Outcome.FAILED
    assert "another question" in rig.all(LaunchEnded)[-1].cause


async def test_an_eval_set_that_does_not_fit_does_not_stop_the_measuring() -> None:
    rig = Rig(phone(RunnerError(FailureCode.BAD_EVAL, "no"), outputs=b""))
    assert await rig.run(scored_plan(check=True)) is Outcome.FAILED
    assert [Outcome.FAILED, Outcome.DONE] == [end.outcome for end in rig.all(LaunchEnded)]


async def test_a_variant_that_the_engine_refuses_is_given_up_after_its_check() -> None:
    rig = Rig(phone(RunnerError(FailureCode.MODEL_REFUSED, "no")))
    assert await rig.run(scored_plan(check=True, evaluate=True)) is Outcome.FAILED
    assert [Outcome.FAILED] == [end.outcome for end in rig.all(LaunchEnded)]


async def test_an_eval_set_that_cannot_be_read_is_said_before_the_runner_starts() -> None:
    rig = Rig(phone(evaluated(), END))

    def unreadable(*_: object) -> Scorer:
        raise UsageError("y.npy is gone.")

    rig.bench = Bench(
        FakeBus(rig.device), rig.recorder, FakeLocks(), FakeClock(), scorers=unreadable
    )
    assert await rig.run(scored_plan(evaluate=True)) is Outcome.FAILED
    assert "y.npy is gone." == rig.all(LaunchEnded)[-1].cause
    assert [None] == [request.eval for request in rig.device.requests]


async def test_a_bench_without_a_scorer_says_so() -> None:
    recorder = ListRecorder()
    bench = Bench(FakeBus(phone(evaluated(), END)), recorder, FakeLocks(), FakeClock())
    plan = scored_plan(evaluate=True)
    assert await bench.run(plan, (snapshot(ONE),), lambda _: None) is Outcome.FAILED
    ended = [event for event in recorder.events if isinstance(event, LaunchEnded)]
    assert "This bench cannot score e." == ended[-1].cause


@pytest.mark.parametrize(
    ("golden", "health", "words"),
    [
        (BROKEN, Health.UNLIKE_REFERENCE, "an SNR of 0.4 dB"),
        (None, Health.CONSTANT, "the same for every item: 10 of 10 items right"),
        (replace(SOUND, snr_db=None), Health.NAN, "not finite: no SNR"),
    ],
)
async def test_broken_outputs_raise_an_alarm_and_are_measured_all_the_same(
    golden: Golden | None, health: Health, words: str
) -> None:
    rig = Rig(phone(evaluated(), END), TenItems(golden, health))
    assert await rig.run(scored_plan(check=True)) is Outcome.DONE
    (alarm,) = rig.all(AlarmRaised)
    check, _ = rig.all(LaunchStarted)
    assert (check.launch, AlarmKind.BROKEN_OUTPUTS) == (alarm.launch, alarm.kind)
    assert words in alarm.text
    assert [Outcome.DONE] * 2 == [end.outcome for end in rig.all(LaunchEnded)]


async def test_a_device_that_leaves_keeps_what_was_scored_of_it() -> None:
    device = phone(None, outputs=b"012")

    def observe(event: BenchEvent) -> None:
        if isinstance(event, AccuracyUpdated):
            device.outputs_error = DeviceGone("cable")
            device.processes[-1].error = DeviceGone("cable")
            device.processes[-1].stop()

    rig = Rig(device)
    assert await rig.run(scored_plan(evaluate=True), observe) is Outcome.FAILED
    assert [3] == [update.tally.items for update in rig.all(AccuracyUpdated)]
    assert [] == rig.all(Scored)
    assert "cable" == rig.all(LaunchEnded)[-1].cause


async def test_a_device_that_cannot_be_read_for_a_moment_is_read_again() -> None:
    class Flaky(FakeDevice):
        async def read_outputs(self, launch: LaunchUid, index: int, offset: int) -> bytes:
            if not tried.is_set():
                tried.set()
                raise DeviceGone("for a moment")
            return await super().read_outputs(launch, index, offset)

    tried = asyncio.Event()
    rig = Rig(Flaky(ONE, evaluates(None), outputs=OUTPUTS))

    def observe(event: BenchEvent) -> None:
        if isinstance(event, AccuracyUpdated):
            rig.bench.stop()

    assert await rig.run(scored_plan(evaluate=True), observe) is Outcome.STOPPED
    assert [10] == [update.tally.items for update in rig.all(AccuracyUpdated)]


async def test_cancelling_while_a_piece_is_being_scored_waits_for_it() -> None:
    """A thread that still scores must not meet the one that scores the rest."""
    is_scoring, may_go_on = threading.Event(), threading.Event()

    class Slow(TenItems):
        def feed(self, data: bytes) -> None:
            is_scoring.set()
            assert may_go_on.wait(10)
            super().feed(data)

    scorer = Slow()
    rig = Rig(phone(None), scorer)
    task = asyncio.create_task(rig.run(scored_plan(evaluate=True)))
    await asyncio.to_thread(is_scoring.wait, 10)
    task.cancel()
    may_go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert OUTPUTS == scorer.fed
