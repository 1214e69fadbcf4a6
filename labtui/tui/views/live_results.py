"""Results of the running (or last) session, made from the launches so far."""

import statistics
from collections.abc import Sequence

from labtui.core.history import ResultRow
from labtui.core.model import SessionUid
from labtui.core.placement import Coverage
from labtui.core.plan import PlannedVariant
from labtui.core.sustained import sustained_p90_ns
from labtui.tui.runstate import DeviceRun, VariantRun
from labtui.tui.state import BenchState


def live_results(state: BenchState) -> list[ResultRow]:
    """Return the results of the running or last session, as far as they are known."""
    if state.session is None:
        return []
    return [row for run in state.runs.values() for row in device_results(state.session, run)]


def device_results(session: SessionUid, run: DeviceRun) -> list[ResultRow]:
    """Return those of one device."""
    return [
        _live_result(session, run, number, known)
        for number, known in sorted(run.variant_runs.items())
    ]


def _live_result(session: SessionUid, run: DeviceRun, number: int, known: VariantRun) -> ResultRow:
    planned, medians = run.plan.variants[number], [s.p50_ns for s in known.summaries]
    placement, totals = known.placement, known.totals
    variant, facts = planned.variant, run.device.facts
    return ResultRow(
        session=session,
        device=run.device.id,
        device_name=run.device.name,
        is_virtual=facts is not None and facts.is_virtual,
        model=variant.model,
        recipe=variant.recipe,
        digest=variant.digest,
        size_bytes=variant.size_bytes,
        launches=len(medians),
        failed=known.failed,
        samples=sum(s.count for s in known.summaries),
        p50_ns=known.p50_ns,
        p90_ns=_median([s.p90_ns for s in known.summaries]),
        mean_ns=totals.mean_ns if totals else _median([s.mean_ns for s in known.summaries]),
        spread_ns=max(medians) - min(medians) if len(medians) > 1 else None,
        end_temp_c=known.end_temp_c,
        was_throttled=known.was_throttled,
        cause=known.cause,
        accelerator_asked=planned.engine.accelerator,
        threads=planned.engine.threads,
        code=known.code,
        coverage=placement.coverage if placement else Coverage.UNKNOWN,
        placement=str(placement or ""),
        affinity=planned.engine.affinity,
        xnnpack=planned.engine.xnnpack,
        is_aggregate=totals is not None,
        aggregate_runs=totals.runs if totals else 0,
        control_p50_ns=known.control_p50_ns,
        alarms=tuple(known.alarms),
        format=variant.format,
        parameters=variant.parameters,
        input_shape=variant.inputs[0].shape if variant.inputs else (),
        sustained_p90_ns=sustained_p90_ns(known.summaries),
        numerics=known.numerics,
        golden_snr_db=known.golden.snr_db if known.golden else None,
        eval_set=_eval_set(run, planned),
        tally=known.scored,
        variant_position=number,
    )


def _eval_set(run: DeviceRun, planned: PlannedVariant) -> str:
    return "" if planned.evaluate is None else run.plan.eval_sets[planned.evaluate].name


def _median(values: Sequence[float]) -> float | None:
    return statistics.median(values) if values else None
