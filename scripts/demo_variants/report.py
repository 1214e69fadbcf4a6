"""The table of what was measured, and the README around it."""

import math
import platform
from collections.abc import Sequence
from pathlib import Path
from string import Template

from scripts.demo_variants.recipe import Variant, tools
from scripts.demo_variants.train import Trained
from scripts.demo_variants.verify import Measured

_TEMPLATE = Path(__file__).with_name("README.template.md")
_HEAD = (
    "| variant | bytes | top-1 % (95 % interval) | agreement % | SNR dB | golden SNR dB |\n"
    "|---|---:|---:|---:|---:|---:|"
)


def table(variants: Sequence[Variant]) -> str:
    """Return one row a variant, as Markdown."""
    return "\n".join([_HEAD, *map(_row, variants)])


def readme(variants: Sequence[Variant], nets: dict[str, Trained], eval_bytes: int) -> str:
    """Return the README of the folder."""
    return Template(_TEMPLATE.read_text()).substitute(
        table=table(variants),
        nets="\n".join(_net(name, trained) for name, trained in nets.items()),
        tools="\n".join(f"- {name} {number}" for name, number in tools().items()),
        machine=f"{platform.machine()} {platform.system()}",
        variant_bytes=f"{sum(v.path.stat().st_size for v in variants):,}",
        eval_bytes=f"{eval_bytes:,}",
    )


def _net(name: str, trained: Trained) -> str:
    budget = trained.budget
    return (
        f"| `{name}` | {trained.parameters:,} | {budget.steps:,} | {budget.peak_rate:g} "
        f"| {trained.train_s:.0f} |"
    )


def _row(variant: Variant) -> str:
    measured = variant.measured
    low, high = (100 * bound for bound in _wilson(measured))
    return (
        f"| `{variant.name}` | {variant.path.stat().st_size:,} "
        f"| {100 * measured.top1:.1f} ({low:.1f}-{high:.1f}) | {100 * measured.agreement:.1f} "
        f"| {measured.snr_db:.1f} | {measured.golden_snr_db:.1f} |"
    )


def _wilson(measured: Measured) -> tuple[float, float]:
    """Return the 95 % score interval of top-1 (Wilson, JASA 22:209, 1927)."""
    n, share, z = measured.items, measured.top1, 1.96
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2)
    return middle - half, middle + half
