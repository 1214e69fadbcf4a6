"""What delegates did -> where the variant ran, in the words of every other source."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from labtui.core.logs.benchmark_model.delegates import delegate_name
from labtui.core.logs.benchmark_model.runs import Delegation, OpProfile, ProfilePhase
from labtui.core.logs.benchmark_model.units import asked_unit, unit_of
from labtui.core.placement import Coverage, OpTime, PlacedPart, Placement, with_time_shares

_KERNEL = re.compile(r"Delegate(?:V\d)?$")
_FULLY = "fully accelerated"
_TOOK_SOME = (Coverage.FULL, Coverage.PARTIAL)


@dataclass(frozen=True, slots=True)
class _Claim:
    """A delegation with its unit."""

    of: Delegation
    unit: str


def placement_of(
    parameters: Sequence[tuple[str, str]],
    delegations: Sequence[Delegation],
    profiles: Sequence[OpProfile],
    *,
    is_settled: bool,
) -> Placement:
    """Return where the variant ran; ops are counted only once no further delegate can come."""
    options = {key.strip().lower(): value for key, value in parameters}
    ops = op_times(profiles, options)
    claims = [_Claim(d, unit_of(d.delegate, options)) for d in delegations]
    explicit = [d.delegate for d in delegations if d.is_asked]
    seen = [d.delegate for d in delegations] + [op.delegate for op in ops if op.delegate]
    asked = asked_unit(explicit, seen, options)
    placement = _stated(asked, claims, options.get(_FULLY, ""))
    if is_settled:
        placement = _settled(placement, claims, is_bare=not seen)
    if not placement.parts and ops:
        placement = _seen_in_profile(placement, ops)
    return with_time_shares(placement, ops)


def op_times(
    profiles: Iterable[OpProfile], options: Mapping[str, str] | None = None
) -> tuple[OpTime, ...]:
    """Return the inference's time per type of op; types named after a delegate are its kernels."""
    times = []
    for profile in profiles:
        if profile.phase is ProfilePhase.INFERENCE and not profile.graph:
            for row in profile.types:
                delegate = delegate_name(row.type) if _KERNEL.search(row.type) else ""
                unit = unit_of(delegate, options or {}) if delegate else "cpu"
                times.append(OpTime(row.type, unit, delegate, row.count, row.mean_ns))
    return tuple(times)


def _stated(asked: str, claims: Sequence[_Claim], fully: str) -> Placement:
    """Return what is said in words of an accelerator; of the CPU nothing is.

    An engine that only denies to have run all of it there may have run none of it.
    """
    said = [c for c in claims if c.unit == asked and c.of.stated is not Coverage.UNKNOWN]
    if asked == "cpu" or not said:
        denied = Coverage.PARTIAL if asked != "cpu" and fully == "False" else None
        return Placement(asked, stated=Coverage.FULL if fully == "True" else denied)
    first = said[0].of
    part, rest = PlacedPart(asked, first.delegate), PlacedPart("cpu", "")
    parts = {Coverage.FULL: (part,), Coverage.PARTIAL: (part, rest)}.get(first.stated, ())
    return Placement(asked, parts, stated=first.stated)


def _settled(placement: Placement, claims: Sequence[_Claim], *, is_bare: bool) -> Placement:
    """Add counts. Without accelerators everything runs on the CPU, whatever the kernels."""
    if placement.asked == "cpu" and not any(_took_some(c) for c in claims if c.unit != "cpu"):
        own = (PlacedPart("cpu", ""),) if is_bare else ()
        placement = replace(placement, parts=own, stated=Coverage.FULL)
    parts = _counted(claims) or placement.parts
    return replace(placement, parts=parts, partitions=_partitions(placement.asked, claims))


def _took_some(claim: _Claim) -> bool:
    return bool(claim.of.ops or claim.of.kernels)


def _counted(claims: Sequence[_Claim]) -> tuple[PlacedPart, ...]:
    """Return parts with their ops; nothing unless the whole graph is counted.

    A later delegate is offered what earlier ones left, and their kernels count as its nodes.
    """
    if any(c.of.total_ops is None and c.of.stated in _TOOK_SOME for c in claims):
        return ()
    taken: dict[tuple[str, str], int] = {}
    left: dict[int, int] = {}
    for claim in claims:
        of, place = claim.of, (claim.unit, claim.of.delegate)
        if of.ops is not None and of.total_ops is not None:
            before = left.get(of.subgraph, of.total_ops)
            left[of.subgraph] = max(before - of.ops, 0)
            taken[place] = taken.get(place, 0) + before - left[of.subgraph]
    taken["cpu", ""] = sum(left.values())
    return tuple(PlacedPart(unit, name, ops) for (unit, name), ops in taken.items() if ops)


def _partitions(asked: str, claims: Sequence[_Claim]) -> int | None:
    """Return the pieces of the graph on what was asked for, as far as they are counted."""
    of_asked = [claim.of for claim in claims if claim.unit == asked]
    counts = [d.kernels if d.partitions is None else d.partitions for d in of_asked]
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _seen_in_profile(placement: Placement, ops: Sequence[OpTime]) -> Placement:
    """Tell parts from profiled nodes; a delegate's are kernels, which hide their ops."""
    counts: dict[tuple[str, str], int] = {}
    for op in ops:
        place = (op.unit, op.delegate)
        counts[place] = counts.get(place, 0) + op.count
    kernels = sum(n for (unit, name), n in counts.items() if name and unit == placement.asked)
    parts = (PlacedPart(unit, name, None if name else n) for (unit, name), n in counts.items())
    return replace(
        placement, parts=tuple(parts), partitions=placement.partitions or kernels or None
    )
