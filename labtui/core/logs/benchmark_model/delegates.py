"""Lines about delegates -> what each of them did."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from labtui.core.logs.benchmark_model.runs import Delegation
from labtui.core.placement import Coverage
from labtui.core.text import clean

MAX_DELEGATIONS = 1000
MAX_UNSUPPORTED = 200

_Key: TypeAlias = tuple[str, int]
"""Delegate and subgraph."""
_Update: TypeAlias = Callable[[Delegation, re.Match[str]], Delegation]

_NAMES = {
    "XNNPACK": "XNNPACK",
    "GPU": "GPU",
    "NNAPI": "NNAPI",
    "COREML": "CoreML",
    "HEXAGON": "Hexagon",
    "EXTERNAL": "external",
}
_EXTERNAL: _Key = ("external", 0)
"""Key of a delegate from a library of its maker, until a line tells its own name."""
_UNSUPPORTED_HEADING = re.compile(r"Following operations are not supported by (\w+) delegate")
_UNSUPPORTED_OP = re.compile(r"([A-Z][A-Z0-9_]{1,60})(?: v?\d+)?: ")


def delegate_name(printed: str) -> str:
    """Return `GPU` for `TfLiteGpuDelegateV2`, `COREML` and the like; unknown names as they are."""
    core = re.sub(r"^TfLite|Delegate(?:V\d)?$", "", printed)
    return _NAMES.get(core.upper(), clean(core or printed, 40))


def _created(delegation: Delegation, _match: re.Match[str]) -> Delegation:
    return delegation


def _asked(delegation: Delegation, _match: re.Match[str]) -> Delegation:
    return replace(delegation, is_asked=True)


def _complete(delegation: Delegation, _match: re.Match[str]) -> Delegation:
    return replace(delegation, is_asked=True, stated=Coverage.FULL)


def _partial(delegation: Delegation, match: re.Match[str]) -> Delegation:
    kernels = int(match["kernels"]) if match["kernels"] else delegation.kernels
    return replace(delegation, is_asked=True, stated=Coverage.PARTIAL, kernels=kernels)


def _refused(delegation: Delegation, _match: re.Match[str]) -> Delegation:
    return replace(delegation, is_asked=True, stated=Coverage.NONE)


def _failed(delegation: Delegation, _match: re.Match[str]) -> Delegation:
    """Nothing that it took counts any more."""
    return Delegation(
        delegation.delegate,
        delegation.subgraph,
        Coverage.NONE,
        is_asked=True,
        unsupported=delegation.unsupported,
    )


def _kernels(delegation: Delegation, match: re.Match[str]) -> Delegation:
    kernels = int(match["kernels"])
    stated = delegation.stated if kernels else Coverage.NONE
    return replace(delegation, kernels=kernels, stated=stated)


def _counted(delegation: Delegation, match: re.Match[str]) -> Delegation:
    ops, total = int(match["ops"]), int(match["total"])
    if ops > total:
        return delegation
    stated = Coverage.NONE if not ops else Coverage.FULL if ops == total else Coverage.PARTIAL
    known = delegation.stated is not Coverage.UNKNOWN
    return replace(
        delegation,
        stated=delegation.stated if known else stated,
        ops=ops,
        total_ops=total,
        partitions=int(match["partitions"]),
    )


def _split(delegation: Delegation, match: re.Match[str]) -> Delegation:
    ops, rest = int(match["ops"]), match["rest"]
    total = ops + int(rest) if rest else None
    stated = Coverage.PARTIAL if ops else Coverage.NONE
    return replace(delegation, ops=ops, total_ops=total, stated=stated)


_GRAPH = r"delegate, and the model graph will be"
_RULES: tuple[tuple[re.Pattern[str], _Update], ...] = (
    (re.compile(r"Created TensorFlow Lite (?P<name>\w+) delegate for CPU"), _created),
    (re.compile(r"Created TensorFlow Lite delegate for (?P<name>\w+)"), _created),
    (re.compile(r"(?P<name>\w+) delegate created\."), _asked),
    (re.compile(rf"Explicitly applied (?P<name>\w+) {_GRAPH} completely"), _complete),
    (
        re.compile(
            rf"Explicitly applied (?P<name>\w+) {_GRAPH} partially"
            r"(?: executed by the delegate w/ (?P<kernels>\d{1,9}) delegate kernels)?"
        ),
        _partial,
    ),
    (
        re.compile(
            r"Though (?P<name>\w+) delegate is explicitly applied, the model graph will not be"
        ),
        _refused,
    ),
    (re.compile(r"Created (?P<kernels>\d{1,9}) (?P<name>GPU) delegate kernels"), _kernels),
    (
        re.compile(
            r"Replacing (?P<ops>\d{1,9}) out of (?P<total>\d{1,9}) node\(s\) with delegate "
            r"\((?P<name>[\w .-]{1,80})\) node, yielding (?P<partitions>\d{1,9}) partitions"
            r"(?: for subgraph (?P<subgraph>\d{1,4}))?"
        ),
        _counted,
    ),
    (
        re.compile(
            r"(?P<name>\w+) delegate: (?P<ops>\d{1,9}) nodes delegated out of "
            r"(?P<total>\d{1,9}) nodes, with (?P<partitions>\d{1,9}) partitions"
        ),
        _counted,
    ),
    (
        re.compile(
            r"(?:First )?(?P<ops>\d{1,9}) operations will run on\b"
            r"(?: the (?P<name>GPU), and the remaining (?P<rest>\d{1,9})\b)?"
        ),
        _split,
    ),
    (re.compile(r"(?:ERROR: )?Failed to apply (?P<name>\w+) delegate"), _failed),
    (re.compile(r"(?:Could not|Failed to) create (?P<name>\w+) delegate"), _failed),
    (re.compile(r"Restored original execution plan after delegate application"), _failed),
)


def find_delegations(lines: Sequence[str]) -> tuple[Delegation, ...]:
    """Return what is said of each delegate and subgraph, in the order of their first lines."""
    known = _Known()
    for line in lines:
        found = next(((m, update) for p, update in _RULES if (m := p.match(line))), None)
        if found and len(known.delegations) < MAX_DELEGATIONS:
            known.update(*found)
    for name, ops in _unsupported(lines):
        known.refuse(delegate_name(name), ops)
    return tuple(known.delegations.values())


class _Known:
    """The delegations of a run while its lines are read."""

    def __init__(self) -> None:
        self.delegations: dict[_Key, Delegation] = {}
        self._brought = _EXTERNAL

    def update(self, match: re.Match[str], update: _Update) -> None:
        """Take in what a line says."""
        key = self._key(match)
        if _EXTERNAL in self.delegations and key[0] not in _NAMES.values():
            self._name_external(key)
        key = self._brought if key == _EXTERNAL else key
        self.delegations[key] = update(self.delegations.get(key, Delegation(*key)), match)

    def refuse(self, delegate: str, ops: tuple[str, ...]) -> None:
        """Take in the ops that a delegate refuses."""
        key = (delegate, 0)
        delegation = self.delegations.get(key, Delegation(*key))
        self.delegations[key] = replace(delegation, unsupported=ops)

    def _key(self, match: re.Match[str]) -> _Key:
        """Return whom a line is about; one that names nobody is about the latest."""
        groups = match.groupdict()
        if "name" not in groups and self.delegations:
            return next(reversed(self.delegations))
        name = groups.get("name", "unknown") or "GPU"
        return delegate_name(name), int(groups.get("subgraph") or 0)

    def _name_external(self, key: _Key) -> None:
        external = self.delegations.pop(_EXTERNAL)
        self.delegations[key] = replace(external, delegate=key[0], subgraph=key[1])
        self._brought = key


def _unsupported(lines: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield delegates with the ops they refuse, listed one per line under a heading."""
    for index, line in enumerate(lines):
        if heading := _UNSUPPORTED_HEADING.match(line):
            rest = lines[index + 1 : index + 1 + MAX_UNSUPPORTED]
            yield heading[1], tuple(_leading_ops(rest))


def _leading_ops(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        match = _UNSUPPORTED_OP.match(line)
        if match is None:
            return
        yield match[1]
