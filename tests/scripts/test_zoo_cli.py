"""`scripts/zoo` from the outside: no PyTorch is needed until something is converted."""

import subprocess
from pathlib import Path

import pytest

from scripts.zoo_models import cli
from scripts.zoo_models.builder import Order
from scripts.zoo_models.outcomes import Outcome, State
from scripts.zoo_models.table import table

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "zoo"


def test_list_shows_file_names() -> None:
    asked = ["list", "--models", "deit*", "--recipes", "coreml/pal4", "--sizes", "224,384"]
    shown = subprocess.run([SCRIPT, *asked], capture_output=True, text=True, check=True).stdout
    names = [line.split()[0] for line in shown.splitlines()]
    assert ["deit_tiny.pal4.mlpackage", "deit_tiny@384.pal4.mlpackage"] == names


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["list", "--models", "resnet"], "Nothing is called 'resnet'; there are deit_tiny"),
        (["list", "--recipes", "full8"], "Nothing is called 'full8'; there are tflite/dyn8"),
    ],
)
def test_an_unknown_name_is_answered_with_the_known_ones(
    asked: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 2 == cli.main(asked)
    assert capsys.readouterr().err.startswith(said)


def test_a_broken_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "net.toml").write_text("sauce = 1")
    assert 2 == cli.main(["list", "--zoo", str(tmp_path)])
    assert "models/net.toml: knows no sauce" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("states", "status"),
    [
        ((State.MADE, State.REFUSED, State.UNVERIFIED), 0),
        ((State.MADE, State.FAILED), 1),
        ((State.KILLED,), 1),
    ],
)
def test_the_exit_status_tells_of_failures(
    states: tuple[State, ...],
    status: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def build(_matrix: object, order: Order) -> list[Outcome]:
        assert (tmp_path, 2.0, 60.0, True) == (
            order.out,
            order.limits.memory_gb,
            order.limits.time_s,
            order.again,
        )
        return [Outcome("a.b", "tflite/b", "", state) for state in states]

    monkeypatch.setattr(cli, "build", build)
    limits = ["--memory-gb", "2", "--time-s", "60", "--again"]
    assert status == cli.main(["build", "--models", "deit*", "--out", str(tmp_path), *limits])
    shown = capsys.readouterr().out
    assert len(states) == shown.count("| `a.b` tflite |")


ROWS = [
    (
        Outcome(
            "n.full8",
            "tflite/full8",
            "",
            State.MADE,
            size_bytes=1_500_000,
            seconds=7.4,
            peak_rss_mb=800,
            ops_quantized=3,
            ops_total=9,
            ops_left=(("A", 3), ("B", 2), ("C", 1), ("D", 1), ("E", 1)),
            golden_snr_db=31.26,
            agreement=0.995,
        ),
        "| `n.full8` tflite | made | 1.50 | 7 | 0.8 | 3 of 9 | 31.3 | 99.5 | A 3, B 2, C 1, D 1 |",
    ),
    (
        Outcome("n.lin8", "coreml/lin8", "", State.REFUSED, "no\n a|b", seconds=2),
        "| `n.lin8` coreml | refused |  | 2 |  |  |  |  | no a/b |",
    ),
]


@pytest.mark.parametrize(("outcome", "expected"), ROWS, ids=["made", "refused"])
def test_rows_of_the_table(outcome: Outcome, expected: str) -> None:
    assert expected == table([outcome]).splitlines()[-1]
