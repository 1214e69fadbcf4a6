"""The README of the folder of variants that come with labtui."""

import math
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

from scripts.zoo_models.files import size_bytes
from scripts.zoo_models.outcomes import Outcome
from scripts.zoo_models.recipes import load_recipes

Paper = Mapping[str, Any]

_TEMPLATE = Path(__file__).resolve().parents[1] / "demo_variants" / "README.template.md"
_HEAD = (
    "| variant | bytes | ops quantized | top-1 % (95 % interval) | agreement % | SNR dB "
    "| golden SNR dB |\n|---|---:|---:|---:|---:|---:|---:|"
)


def readme(found: Sequence[Outcome], papers: Sequence[Paper], folder: Path) -> str:
    """Return the README; `papers` are the recipes beside the variants, in the same order."""
    rows = (_row(outcome, paper) for outcome, paper in zip(found, papers, strict=True))
    tools = {name: number for paper in papers for name, number in paper["tools"].items()}
    return Template(_TEMPLATE.read_text()).substitute(
        table="\n".join([_HEAD, *rows]),
        recipes="\n".join(_recipes({outcome.recipe for outcome in found})),
        nets="\n".join(dict.fromkeys(map(_net, papers))),
        tools="\n".join(f"- {name} {number}" for name, number in sorted(tools.items())),
        machine=f"{platform.machine()} {platform.system()}",
        variant_bytes=f"{sum(outcome.size_bytes for outcome in found):,}",
        eval_bytes=f"{size_bytes(folder / 'pairs100'):,}",
    )


def _row(outcome: Outcome, paper: Paper) -> str:
    measured = paper["measured"]
    low, high = (100 * bound for bound in wilson(measured["items"], measured["top1"]))
    return (
        f"| `{outcome.variant}` {outcome.recipe.partition('/')[0]} | {outcome.size_bytes:,} "
        f"| {outcome.ops_quantized} of {outcome.ops_total} "
        f"| {100 * measured['top1']:.1f} ({low:.1f}-{high:.1f}) "
        f"| {100 * measured['agreement']:.1f} | {measured['snr_db']:.1f} "
        f"| {measured['golden_snr_db']:.1f} |"
    )


def _recipes(used: set[str]) -> list[str]:
    return [f"| `{each.id}` | {each.summary} |" for each in load_recipes() if each.id in used]


def _net(paper: Paper) -> str:
    net = paper["source"]
    name = net["net"].removeprefix("demo:")
    return f"| `{name}` | {net['parameters']:,} | {net['steps']:,} | {net['peak_rate']:g} |"


def wilson(items: int, share: float) -> tuple[float, float]:
    """Return the 95 % score interval of a share of items (Wilson, JASA 22:209, 1927)."""
    z = 1.96
    middle = (share + z * z / (2 * items)) / (1 + z * z / items)
    half = z / (1 + z * z / items)
    half *= math.sqrt(share * (1 - share) / items + (z / (2 * items)) ** 2)
    return middle - half, middle + half
