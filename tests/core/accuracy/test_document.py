"""The tables of docs/ACCURACY.md are what the functions say."""

from pathlib import Path

import pytest

from labtui.core.accuracy import Health, Tally, items_needed, percent, tally_text, wilson

TEXT = (Path(__file__).resolve().parents[3] / "docs" / "ACCURACY.md").read_text("utf-8")


def rows_below(heading: str) -> list[list[str]]:
    table = TEXT.partition(f"| {heading} |")[2].partition("\n\n")[0]
    rows = table.splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


@pytest.mark.parametrize("row", rows_below("accuracy"), ids=lambda row: str(row[0]))
def test_half_widths(row: list[str]) -> None:
    accuracy = float(row[0].removesuffix(" %")) / 100
    for items, half_width in zip((100, 500, 1000, 5000, 50_000), row[1:], strict=True):
        interval = wilson(round(accuracy * items), items)
        assert half_width == percent((interval.high - interval.low) / 2)


@pytest.mark.parametrize("row", rows_below("difference"), ids=lambda row: str(row[0]))
def test_items_that_a_question_needs(row: list[str]) -> None:
    difference = float(row[0].split()[0]) / 100
    for discordant, items in zip((0.01, 0.02, 0.05, 0.1), row[1:-1], strict=True):
        assert items == f"{items_needed(difference, discordant):,}"


def test_every_way_to_be_red_is_described() -> None:
    named = {row[0].strip("`") for row in rows_below("health")}
    assert set(Health) - {Health.OK} == named


def test_the_example_is_one() -> None:
    assert f"`{tally_text(Tally(812, 756, 800))}`" in TEXT
