"""The table of outcomes, as Markdown."""

from collections.abc import Iterable

from scripts.zoo_models.outcomes import Outcome, State

_HEAD = (
    "| variant | state | MB | s | GB | ops quantized | SNR dB | agree % | left float, or why |\n"
    "|---|---|---:|---:|---:|---:|---:|---:|---|"
)
_LEFT_TYPES = 4
_REASON_CHARS = 160


def table(outcomes: Iterable[Outcome]) -> str:
    """Return one row for each outcome."""
    return "\n".join([_HEAD, *map(_row, outcomes)])


def _row(outcome: Outcome) -> str:
    cells = (
        f"`{outcome.variant}` {outcome.recipe.partition('/')[0]}",
        outcome.state.value,
        f"{outcome.size_bytes / 1e6:.2f}" if outcome.size_bytes else "",
        f"{outcome.seconds:.0f}",
        f"{outcome.peak_rss_mb / 1e3:.1f}" if outcome.peak_rss_mb else "",
        f"{outcome.ops_quantized} of {outcome.ops_total}" if outcome.ops_total else "",
        _number(outcome.golden_snr_db, 1),
        _number(outcome.agreement, 100),
        _remark(outcome),
    )
    return f"| {' | '.join(cells)} |"


def _number(value: float | None, factor: float) -> str:
    return "" if value is None else f"{value * factor:.1f}"


def _remark(outcome: Outcome) -> str:
    """Say why it is no variant, else which ops the recipe did not reach."""
    if outcome.state not in {State.MADE, State.UNVERIFIED}:
        return " ".join(outcome.reason.split())[:_REASON_CHARS].replace("|", "/")
    return ", ".join(f"{name} {count}" for name, count in outcome.ops_left[:_LEFT_TYPES])
