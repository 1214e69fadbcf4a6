"""`labtui accuracy`: what a session's evaluations say, as a table and as a document."""

import json
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labtui.cli.labels import read_labels
from labtui.cli.main import main
from labtui.core.accuracy import Predictions
from labtui.core.evalset import EvalFile, EvalSet
from labtui.core.events import BenchEvent
from labtui.core.model import Digest, LaunchUid
from labtui.core.plan import LaunchSpec, Purpose
from labtui.errors import UsageError
from labtui.store import open_store
from tests.prediction_rows import wrong_at
from tests.store.bench_events import (
    EVAL_SET,
    SESSION,
    launch_ended,
    launch_started,
    scored,
    session_ended,
    session_started,
    variant,
    whole_session,
)

ITEMS = 60
SCORED = {
    "fp32": wrong_at(ITEMS),
    "full8": wrong_at(ITEMS, 1, 2),
    "int4": wrong_at(ITEMS, *range(20)),
}


def labelled(folder: Path) -> EvalSet:
    """Return an eval set whose labels lie in a folder: all of class 0."""
    np.save(folder / "y.npy", np.zeros(ITEMS, np.int32))
    data = (folder / "y.npy").read_bytes()
    labels = EvalFile(len(data), Digest(sha256(data).hexdigest()))
    return replace(EVAL_SET, count=ITEMS, labels=labels, folder=str(folder))


def session(eval_set: EvalSet, outputs: dict[str, Predictions]) -> list[BenchEvent]:
    planned = [replace(variant(recipe, Digest(recipe[-1] * 64)), evaluate=0) for recipe in outputs]
    events: list[BenchEvent] = [session_started(variants=planned, eval_sets=(eval_set,))]
    for number, predictions in enumerate(outputs.values()):
        launch = LaunchUid(f"L{number}")
        event = scored(launch, predictions)
        score = replace(event.score, eval_set=eval_set.digest)
        events += [
            launch_started(launch, spec=LaunchSpec(number, number, 0, Purpose.EVALUATE)),
            replace(event, score=score),
            launch_ended([], launch),
        ]
    return [*events, session_ended()]


def recorded(folder: Path, events: Sequence[BenchEvent]) -> str:
    store = open_store(folder / "history.db")
    with store.recorder() as recorder:
        for event in events:
            recorder.record(event)
    return str(store.path)


@pytest.fixture
def db(tmp_path: Path) -> str:
    return recorded(tmp_path, session(labelled(tmp_path), SCORED))


def table(db: str, capsys: pytest.CaptureFixture[str], *words: str) -> list[list[str]]:
    assert 0 == main(["--db", db, "--ascii", "accuracy", *words])
    lines = capsys.readouterr().out.splitlines()
    return [[cell.strip() for cell in line.split("|")] for line in lines]


def document(db: str, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert 0 == main(["--db", db, "--json", "accuracy", *words])
    loaded: dict[str, Any] = json.loads(capsys.readouterr().out)
    return loaded


def test_each_variant_stands_beside_the_float_one(
    db: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "\n".join(" ".join(row) for row in table(db, capsys))
    assert "Pixel 7 Pro: net on 60 items of digits, against net fp32" in text
    assert "100.0 [94.0, 100.0]" in text
    (worse,) = (line for line in text.splitlines() if "net int4" in line)
    assert "66.7 [54.1, 77.3]" in worse
    assert " 20 0 " in worse
    assert "worse" in worse
    (unclear,) = (line for line in text.splitlines() if "net full8" in line)
    assert "cannot tell" in unclear


def test_another_variant_can_be_the_reference(db: str, capsys: pytest.CaptureFixture[str]) -> None:
    (peers,) = document(db, capsys, "--against", "int4")["comparisons"]
    assert "int4" == peers["reference"]["scored"]["recipe"]
    verdicts = {one["scored"]["recipe"]: one["verdict"] for one in peers["variants"]}
    assert {"fp32": "better", "full8": "better"} == verdicts


def test_the_margin_decides_what_is_the_same(db: str, capsys: pytest.CaptureFixture[str]) -> None:
    (peers,) = document(db, capsys, "--margin", "20")["comparisons"]
    verdicts = {one["scored"]["recipe"]: one["verdict"] for one in peers["variants"]}
    assert {"full8": "same", "int4": "worse"} == verdicts


def test_classes_and_mistakes_are_listed_on_request(
    db: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "\n".join(" ".join(row) for row in table(db, capsys, "--per-class", "--wrong", "1"))
    assert "zero 60 100.0 96.7 66.7" in text
    assert "net full8 (gpu, 2 threads) 1 zero one 50.0 2" in text
    (peers,) = document(db, capsys, "--per-class", "--wrong", "1")["comparisons"]
    assert [{"label": 0, "items": 60, "right": 60}] == peers["reference"]["per_class"]
    assert [1] == [one["item"] for one in peers["variants"][0]["wrong"]]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--against", "int2"), 4, "there are fp32, full8, int4"),
        (("--margin", "0"), 2, "more than 0"),
        (("nothing",), 4, "No session matches"),
    ],
)
def test_what_cannot_be_answered_is_said(
    db: str, words: tuple[str, ...], code: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert code == main(["--db", db, "accuracy", *words])
    assert says in capsys.readouterr().err


def test_a_session_without_evaluations_says_how_to_get_some(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    db = recorded(tmp_path, whole_session())
    assert 4 == main(["--db", db, "accuracy", SESSION])
    assert "run it with --eval SET" in capsys.readouterr().err


def test_labels_that_are_gone_or_changed_are_refused(tmp_path: Path) -> None:
    eval_set = labelled(tmp_path)
    assert (0,) * ITEMS == read_labels(eval_set)
    np.save(tmp_path / "y.npy", np.ones(ITEMS, np.int32))
    with pytest.raises(UsageError, match="has changed"):
        read_labels(eval_set)
    (tmp_path / "y.npy").unlink()
    with pytest.raises(UsageError, match="cannot be read"):
        read_labels(eval_set)
