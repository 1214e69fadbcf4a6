"""Random sequences of events and openings against a model that is a few dictionaries."""

import asyncio
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from labtui.core.events import BenchEvent, Outcome
from labtui.core.model import LaunchUid, SessionUid
from labtui.core.plan import LaunchSpec
from labtui.core.stats import summarise
from labtui.store import open_store, sessions
from tests.store.bench_events import (
    launch_ended,
    launch_started,
    samples,
    session_ended,
    session_started,
)

RUNNING, DONE, INTERRUPTED = Outcome.RUNNING, Outcome.DONE, Outcome.INTERRUPTED


class HistoryMachine(RuleBasedStateMachine):
    """What the store holds is what a plain model holds, whatever happens in whatever order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "history.db"
        store = open_store(self.path)
        self.history, self.writer = store.history, store.recorder()
        self.outcomes: dict[SessionUid, Outcome] = {}
        self.durations_ns: dict[LaunchUid, list[int]] = {}
        self.session_of: dict[LaunchUid, SessionUid] = {}
        self.launch_outcomes: dict[LaunchUid, Outcome] = {}
        self.counter = 0

    def record(self, event: BenchEvent) -> None:
        self.writer.record(event)

    def running_launches(self) -> list[LaunchUid]:
        return [uid for uid, outcome in self.launch_outcomes.items() if outcome is RUNNING]

    def running_sessions(self) -> list[SessionUid]:
        return [uid for uid, outcome in self.outcomes.items() if outcome is RUNNING]

    @rule()
    def start_session(self) -> None:
        self.counter += 1
        session = SessionUid(f"01S{self.counter:05d}")
        self.record(session_started(session))
        self.outcomes[session] = RUNNING

    @precondition(lambda self: self.running_sessions())
    @rule(data=st.data())
    def start_launch(self, data: st.DataObject) -> None:
        self.counter += 1
        session = data.draw(st.sampled_from(self.running_sessions()))
        launch = LaunchUid(f"01L{self.counter:05d}")
        self.record(launch_started(launch, session, spec=LaunchSpec(self.counter, 0, 0)))
        self.durations_ns[launch] = []
        self.session_of[launch] = session
        self.launch_outcomes[launch] = RUNNING

    @precondition(lambda self: self.running_launches())
    @rule(data=st.data(), durations=st.lists(st.integers(0, 10**10), max_size=30))
    def measure(self, data: st.DataObject, durations: list[int]) -> None:
        launch = data.draw(st.sampled_from(self.running_launches()))
        measured = self.durations_ns[launch]
        self.record(samples(durations, len(measured), sum(measured), launch))
        measured += durations

    @precondition(lambda self: self.running_launches())
    @rule(data=st.data())
    def end_launch(self, data: st.DataObject) -> None:
        launch = data.draw(st.sampled_from(self.running_launches()))
        self.record(launch_ended(self.durations_ns[launch], launch))
        self.launch_outcomes[launch] = DONE

    @precondition(lambda self: self.running_sessions())
    @rule(data=st.data())
    def end_session(self, data: st.DataObject) -> None:
        session = data.draw(st.sampled_from(self.running_sessions()))
        for launch in self.running_launches():
            if self.session_of[launch] == session:
                self.record(launch_ended(self.durations_ns[launch], launch))
                self.launch_outcomes[launch] = DONE
        self.record(session_ended(session))
        self.outcomes[session] = DONE

    @rule()
    def open_beside(self) -> None:
        assert () == open_store(self.path).interrupted

    @rule()
    def restart(self) -> None:
        self.writer.close()
        self.writer = open_store(self.path).recorder()
        self.outcomes |= dict.fromkeys(self.running_sessions(), INTERRUPTED)
        self.launch_outcomes |= dict.fromkeys(self.running_launches(), INTERRUPTED)

    @precondition(lambda self: DONE in self.outcomes.values())
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        self.restart()
        finished = [uid for uid, outcome in self.outcomes.items() if outcome is not RUNNING]
        session = data.draw(st.sampled_from(finished))
        sessions.delete(self.path, session)
        del self.outcomes[session]
        for launch in [uid for uid, of in self.session_of.items() if of == session]:
            del self.session_of[launch], self.durations_ns[launch], self.launch_outcomes[launch]

    @invariant()
    def the_history_is_as_modelled(self) -> None:
        asyncio.run(self.writer.flush())
        assert "" == self.writer.trouble
        stored = {row.session: row.outcome for row in self.history.sessions()}
        assert self.outcomes == stored
        launches = {row.launch: row for row in self.history.launches()}
        assert self.launch_outcomes == {uid: row.outcome for uid, row in launches.items()}
        assert {
            uid: None if self.launch_outcomes[uid] is RUNNING else summarise(durations)
            for uid, durations in self.durations_ns.items()
        } == {uid: row.summary for uid, row in launches.items()}
        found: dict[LaunchUid, list[int]] = {uid: [] for uid in self.durations_ns}
        for row in self.history.samples():
            assert len(found[row.launch]) == row.index
            found[row.launch].append(row.latency_ns)
        assert self.durations_ns == found

    def teardown(self) -> None:
        self.writer.close()
        self.folder.cleanup()


TestHistory = pytest.mark.slow(HistoryMachine.TestCase)
TestHistory.settings = settings(
    max_examples=15,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
