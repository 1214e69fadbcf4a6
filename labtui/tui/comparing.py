"""What the compare view compares: a session of the history, or the one at work."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from labtui.core.compare.evidence import Evidence, VariantKey, evidence_of
from labtui.core.compare.reasons import BROKEN_BASELINE
from labtui.core.compare.table import Row, first_of_model, table
from labtui.core.history import PredictionsRow
from labtui.core.model import DeviceId, SessionUid
from labtui.core.pairings import evaluations
from labtui.ports import History
from labtui.tui.state import BenchState
from labtui.tui.views.live_results import device_results

_BROKEN_BASELINE = "the baseline's outputs are broken: choose another one with b"


@dataclass(frozen=True, slots=True)
class Baselines:
    """What the user compares with; models that nothing is chosen for have their first variant."""

    chosen: tuple[VariantKey, ...] = ()
    """At most one for each model."""

    def toggled(self, variant: VariantKey) -> "Baselines":
        """Return these with another baseline of its model, or without it if it is one already."""
        others = tuple(key for key in self.chosen if key.model != variant.model)
        return Baselines(others if variant in self.chosen else (*others, variant))

    def of(self, evidence: Evidence, peers: Sequence[Evidence]) -> Evidence | None:
        """Return the baseline of a variant among all of its device."""
        wanted = [key for key in self.chosen if key.model == evidence.variant.model]
        found = next((peer for peer in peers if peer.variant in wanted), None)
        return found or first_of_model(evidence, peers)


@dataclass(frozen=True, slots=True)
class Material:
    """What the history has of a session."""

    devices: tuple[tuple[Evidence, ...], ...]
    predictions: tuple[PredictionsRow, ...] = ()

    def rows(self, baselines: Baselines) -> tuple[Row, ...]:
        """Compare."""
        rows = table(self.devices, baselines.of, predictions=self.predictions)
        return tuple(replace(row, refusals=_with_keys(row.refusals)) for row in rows)


def _with_keys(refusals: Iterable[str]) -> tuple[str, ...]:
    """Return why there is no verdict, with the cure of this screen in place of an option."""
    return tuple(_BROKEN_BASELINE if one == BROKEN_BASELINE else one for one in refusals)


def load_material(history: History, session: SessionUid) -> Material:
    """Read what a session says of its variants. Blocking; raises StoreError."""
    launches, results = history.launches([session]), history.results(session)
    found = evaluations(history.predictions([session]))
    return Material(evidence_of(launches, results), found)


@dataclass(slots=True)
class LiveComparison:
    """Verdicts of the session at work; a device is compared again when a launch of it has ended."""

    _known: dict[DeviceId, tuple[object, tuple[Row, ...]]] = field(default_factory=dict)
    """By device: what its rows follow from, and the rows."""

    def rows(self, state: BenchState, baselines: Baselines) -> tuple[Row, ...]:
        """Compare the launches so far."""
        if state.session is None:
            return ()
        session = state.session
        return tuple(
            row
            for device in state.books
            for row in self._device_rows(state, session, device, baselines)
        )

    def _device_rows(
        self, state: BenchState, session: SessionUid, device: DeviceId, baselines: Baselines
    ) -> tuple[Row, ...]:
        follows_from = (session, state.books[device].changes, baselines)
        known, rows = self._known.get(device, (None, ()))
        if known != follows_from:
            rows = _live_material(state, session, device).rows(baselines)
            self._known[device] = (follows_from, rows)
        return rows


def _live_material(state: BenchState, session: SessionUid, device: DeviceId) -> Material:
    book = state.books[device]
    results = device_results(session, state.runs[device])
    return Material(evidence_of(book.rows, results), tuple(book.evaluations.values()))
