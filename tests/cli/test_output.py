"""Numbers for people, values for programs."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from labtui.cli.output import degrees, ms, plain, print_table, size
from labtui.cli.settings import Settings
from labtui.core.model import DeviceState

SETTINGS = Settings(Path("db"), Path("state"), None, color=False, ascii_only=True)


@dataclass(frozen=True)
class Pair:
    state: DeviceState
    items: tuple[int, ...]


@pytest.mark.parametrize(
    ("duration_ns", "expected"),
    [(None, "-"), (1_234_567, "1.235"), (12_345_678, "12.3"), (999, "0.001")],
)
def test_durations_are_milliseconds(duration_ns: float | None, expected: str) -> None:
    assert expected == ms(duration_ns)


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (None, "-"),
        (12, "12 B"),
        (1_500, "1.5 KB"),
        (2_000_000, "2.0 MB"),
        (53_600_000_000, "53.6 GB"),
    ],
)
def test_sizes_have_a_unit(count: int | None, expected: str) -> None:
    assert expected == size(count)


def test_temperatures_have_one_decimal() -> None:
    assert ("-", "31.3") == (degrees(None), degrees(31.26))


def test_values_become_plain() -> None:
    assert {"state": "ready", "items": [1, 2]} == plain(Pair(DeviceState.READY, (1, 2)))


def test_a_table_shows_markup_as_text_and_cuts_nothing_in_a_pipe(
    capsys: pytest.CaptureFixture[str],
) -> None:
    name = "[bold]x[/] [/y] " + "z" * 300
    print_table(("device", "n#"), [(name, "7")], SETTINGS)
    shown = capsys.readouterr().out
    assert name in shown
    assert shown.isascii()
    assert all(line == line.rstrip() for line in shown.splitlines())
