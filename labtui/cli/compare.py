"""`labtui compare`: verdicts on variants, device by device, and why there are none."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

from labtui.cli.chosen import find_session, fits, is_session, known_variants, pick_devices
from labtui.cli.compare_json import print_json
from labtui.cli.compare_markdown import print_markdown
from labtui.cli.compare_text import print_rows
from labtui.cli.compose import open_history
from labtui.cli.output import say
from labtui.cli.settings import Settings
from labtui.core.compare.evidence import Evidence, evidence_of
from labtui.core.compare.over_time import over_time
from labtui.core.compare.standing import Stat
from labtui.core.compare.table import BaselineOf, Gate, Row, first_of_model, is_closed, table
from labtui.core.history import PredictionsRow
from labtui.core.model import SessionUid
from labtui.core.pairings import evaluations
from labtui.errors import NothingMatched, UsageError
from labtui.ports import History

GATE_CLOSED = 1

_Devices = Sequence[Sequence[Evidence]]


@dataclass(frozen=True, slots=True)
class _Choice:
    """Which variants the words of the command mean."""

    shown: tuple[str, ...]
    """Patterns of variants; none = all."""
    baseline: str | None


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print verdicts; return 1 when a row is what `--fail-on` names.

    Raises UsageError, NothingMatched, StoreError.
    """
    gates = _gates(arguments.fail_on)
    if not 0 < arguments.margin < 1:
        raise UsageError("--margin is a share: give more than 0 and less than 1, e.g. 0.02.")
    history = open_history(settings)
    rows = _rows(history, arguments)
    if arguments.markdown:
        print_markdown(rows, arguments.margin, forced=arguments.force)
    elif settings.as_json:
        print_json(rows, arguments.margin, Stat(arguments.stat), forced=arguments.force)
    else:
        print_rows(rows, arguments.margin, settings, forced=arguments.force)
    return _judge(rows, gates)


def _gates(text: str) -> tuple[Gate, ...]:
    words = [word.strip() for word in text.split(",") if word.strip()]
    for word in words:
        if word not in set(Gate):
            raise UsageError(f"--fail-on knows no {word!r}; use any of {','.join(Gate)}.")
    return tuple(map(Gate, words))


def _judge(rows: Sequence[Row], gates: Sequence[Gate]) -> int:
    closed = [(gate, row) for gate in gates for row in rows if is_closed(gate, row)]
    for gate, row in closed:
        say(f"{gate.value}: {row.evidence.variant.name} on {row.evidence.device_name}")
    return GATE_CLOSED if closed else 0


def _rows(history: History, arguments: argparse.Namespace) -> tuple[Row, ...]:
    sessions = tuple(find_session(history, word) for word in arguments.session or ["last"])
    devices = _devices(history, sessions, ())
    words = tuple(arguments.words)
    if _are_sessions(history, words, devices):
        if len(words) == 2:
            return _over_time(history, words, arguments.device)
        sessions, words = (find_session(history, words[0]),), ()
        devices = _devices(history, sessions, ())
    return _verdicts(history, sessions, words, pick_devices(devices, arguments.device), arguments)


def _verdicts(
    history: History,
    sessions: tuple[SessionUid, ...],
    words: tuple[str, ...],
    devices: _Devices,
    arguments: argparse.Namespace,
) -> tuple[Row, ...]:
    choice = _choice(words, arguments.baseline)
    _check(choice, devices)
    found = evaluations(history.predictions(sessions))
    picked = tuple(_picked(peers, choice) for peers in devices)
    baseline_of = _baseline_of(choice.baseline)
    rows = table(picked, baseline_of, arguments.margin, Stat(arguments.stat), found)
    if all(row.is_baseline for row in rows):
        raise NothingMatched(
            f"There is nothing to compare: of each model there is one variant only "
            f"({known_variants(picked)}). Name a --baseline, or run two variants of a model."
        )
    return rows


def _devices(
    history: History, sessions: Sequence[SessionUid], selectors: Sequence[str]
) -> list[Sequence[Evidence]]:
    results = [row for session in sessions for row in history.results(session)]
    return pick_devices(evidence_of(history.launches(sessions), results), selectors)


def _are_sessions(history: History, words: Sequence[str], devices: _Devices) -> bool:
    """Tell whether the words are one or two sessions; what is a variant is meant as one."""
    if len(words) not in (1, 2):
        return False
    is_variant = any(fits(one, word) for word in words for peers in devices for one in peers)
    return not is_variant and all(is_session(history, word) for word in words)


def _over_time(history: History, words: Sequence[str], selectors: Sequence[str]) -> tuple[Row, ...]:
    before, after = (find_session(history, word) for word in words)
    if before == after:
        raise UsageError(f"Both words mean session {before}: name two sessions.")
    found: tuple[PredictionsRow, ...] = tuple(
        row for uid in (before, after) for row in evaluations(history.predictions([uid]))
    )
    old, new = (_devices(history, [uid], selectors) for uid in (before, after))
    rows = over_time(old, new, found)
    if not rows:
        raise NothingMatched(f"Sessions {before} and {after} have no variant in common.")
    return rows


def _choice(words: tuple[str, ...], baseline: str | None) -> _Choice:
    if baseline is None and len(words) > 1:
        return _Choice(words[1:], words[0])
    return _Choice(words, baseline)


def _check(choice: _Choice, devices: _Devices) -> None:
    """Raise NothingMatched for a pattern that no variant fits."""
    for pattern in filter(None, (*choice.shown, choice.baseline)):
        if not any(fits(evidence, pattern) for peers in devices for evidence in peers):
            raise NothingMatched(
                f"No variant matches {pattern!r}; there are {known_variants(devices)}."
            )


def _picked(peers: Sequence[Evidence], choice: _Choice) -> tuple[Evidence, ...]:
    """Return the variants to show, and what they are compared with."""
    if not choice.shown:
        return tuple(peers)
    baseline_of = _baseline_of(choice.baseline)
    shown = [one for one in peers if any(fits(one, pattern) for pattern in choice.shown)]
    wanted = [id(one) for one in (*shown, *(baseline_of(one, peers) for one in shown))]
    return tuple(one for one in peers if id(one) in wanted)


def _baseline_of(pattern: str | None) -> BaselineOf:
    """Return what picks baselines: the named one, of the same model where there is one."""
    if pattern is None:
        return first_of_model

    def named(evidence: Evidence, peers: Sequence[Evidence]) -> Evidence | None:
        fitting = [peer for peer in peers if fits(peer, pattern)]
        same = [peer for peer in fitting if peer.variant.model == evidence.variant.model]
        own = [peer for peer in fitting if peer is evidence]
        return next(iter(same or own or fitting), None)

    return named
