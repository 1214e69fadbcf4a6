"""Building: one process a cell, limits, going on after a failure and after a stop."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from scripts.zoo_models import builder, outcomes
from scripts.zoo_models.builder import Order, build
from scripts.zoo_models.matrix import Cell, cells
from scripts.zoo_models.outcomes import Outcome, State
from scripts.zoo_models.process import Limits, run
from scripts.zoo_models.recipes import Format, ModelSource, Recipe

CHILD = """
import json, sys
from pathlib import Path
model, recipe, *rest = sys.argv[1:]
out = Path(rest[rest.index("--out") + 1])
(out / "calls").open("a").write(f"{recipe}{' again' if '--is-there' in rest else ''}\\n")
kind, name = recipe.split("/")
told = json.loads((out / "script.json").read_text())[name]
if told["state"] == "dies":
    sys.exit("the converter is no more")
suffix = {"tflite": ".tflite", "coreml": ".mlpackage"}[kind]
(out / f"{model}.{name}{suffix}").write_text("variant")
line = {"variant": f"{model}.{name}", "recipe": recipe, "ops_left": [["ADD", 2]], **told}
(out / ".outcomes").mkdir(exist_ok=True)
(out / ".outcomes" / f"{model}.{name}{suffix}.json").write_text(json.dumps(line))
"""
NET = ModelSource("net", "demo:net")


@pytest.fixture
def order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Order:
    (tmp_path / "fake_child.py").write_text(CHILD)
    (tmp_path / "out").mkdir()
    monkeypatch.setattr(builder, "ROOT", tmp_path)
    monkeypatch.setattr(builder, "_CHILD", "fake_child")
    return Order(tmp_path / "out", tmp_path)


def matrix(*names: str, format_: Format = Format.TFLITE) -> tuple[Cell, ...]:
    return cells([NET], [Recipe(name, format_, "") for name in names])


def script(order: Order, made: Sequence[Cell], *states: str) -> None:
    """Say what the child will report of each cell."""
    told = {
        cell.recipe.name: {"state": state, "digest": builder.wanted_digest(cell), "seconds": 7.0}
        for cell, state in zip(made, states, strict=True)
    }
    (order.out / "script.json").write_text(json.dumps(told))


def calls(order: Order) -> list[str]:
    return (order.out / "calls").read_text().splitlines()


def test_no_end_of_one_ends_all(order: Order, capsys: pytest.CaptureFixture[str]) -> None:
    made = matrix("a", "b", "c")
    script(order, made, "refused", "dies", "made")
    found = build(made, order)
    assert [State.REFUSED, State.KILLED, State.MADE] == [each.state for each in found]
    assert "ended with status 1: the converter is no more" == found[1].reason
    assert "[2/3] net.b.tflite: killed" in capsys.readouterr().err


def test_what_is_there_is_not_made_again(order: Order) -> None:
    made = matrix("a", "b", "c")
    script(order, made, "made", "failed", "refused")
    first = build(made, order)
    assert first == build(made, order)
    assert ["tflite/a", "tflite/b", "tflite/c"] == calls(order)


def test_what_died_or_was_removed_is_made_again(order: Order) -> None:
    made = matrix("a", "b")
    script(order, made, "made", "dies")
    build(made, order)
    (order.out / "net.a.tflite").unlink()
    build(made, order)
    assert ["tflite/a", "tflite/b"] * 2 == calls(order)


def test_all_is_made_again_when_asked(order: Order) -> None:
    made = matrix("a")
    script(order, made, "made")
    build(made, order)
    build(made, Order(order.out, order.zoo, again=True))
    assert ["tflite/a"] * 2 == calls(order)


def test_another_recipe_of_the_same_name_is_made(order: Order) -> None:
    made = matrix("a")
    script(order, made, "made")
    build(made, order)
    build(cells([NET], [Recipe("a", Format.TFLITE, "changed")]), order)
    assert ["tflite/a"] * 2 == calls(order)


def test_what_nothing_could_run_is_only_checked_again(order: Order) -> None:
    made = matrix("a", format_=Format.COREML)
    script(order, made, "unverified")
    build(made, order)
    script(order, made, "made")
    (found,) = build(made, order)
    assert ["coreml/a", "coreml/a again"] == calls(order)
    assert (State.MADE, 7.0) == (found.state, found.seconds)
    assert found == outcomes.load(outcomes.outcome_path(order.out, made[0]))


def test_a_damaged_outcome_counts_as_none(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    for text in ("", "[]", "{}", '{"ops_left": []}'):
        path.write_text(text)
        assert outcomes.load(path) is None


def test_an_outcome_comes_back_as_it_was(tmp_path: Path) -> None:
    outcome = Outcome("a.b", "tflite/b", "d", State.MADE, ops_left=(("ADD", 2),), snr_db=1.5)
    outcomes.save(tmp_path / "x" / "y.json", outcome)
    assert outcome == outcomes.load(tmp_path / "x" / "y.json")


def test_totals_follow_the_states() -> None:
    states = [State.FAILED, State.MADE, State.FAILED]
    assert "1 made, 2 failed" == outcomes.totals(Outcome("", "", "", state) for state in states)


@pytest.mark.parametrize(
    ("program", "limits", "said"),
    [
        ("pass", Limits(), ""),
        ("import time; time.sleep(60)", Limits(time_s=0.2), "took longer than 0 s"),
        ("import time; time.sleep(60)", Limits(memory_gb=0.001), "took more than 0.001 GB"),
        ("raise SystemExit('no\\n more')", Limits(), "ended with status 1: no more"),
    ],
)
def test_limits_of_a_process(tmp_path: Path, program: str, limits: Limits, said: str) -> None:
    (tmp_path / "program.py").write_text(program)
    cause = run(["program"], tmp_path / "logs" / "log", limits, tmp_path)
    assert said == cause if not said else cause.startswith(said)


def test_a_process_has_one_thread_and_its_own_session(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(
        "import os; print(os.environ['OMP_NUM_THREADS'], os.getsid(0) == os.getpid())"
    )
    assert "" == run(["program"], tmp_path / "log", Limits(), tmp_path)
    assert "1 True" == (tmp_path / "log").read_text().strip()
