"""Raw outputs become scores while they arrive."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.adapters.scoring.folder import EvalFolder
from labtui.adapters.scoring.scorer import BLOCK_BYTES, OutputScorer, scorer_for
from labtui.core.accuracy import NO_CLASS, RANK_LIMIT, Health, Predictions, Score, Tally
from labtui.core.evalset import EvalSet
from labtui.core.protocol import EvalJob, Evaluated
from labtui.errors import BadOutputs, UsageError
from labtui.ports import Scorer
from labtui.resources import demo_data
from tests.adapters.scoring.sets import CLASSES, MODEL, Values, arrays, npy, opened
from tests.hostrunner.launching import job_for, run

CONTENT = arrays()
DEMO = EvalFolder.open(demo_data() / "pairs100").eval_set


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> EvalFolder:
    return opened(tmp_path_factory.mktemp("set"), CONTENT)


def scored(
    folder: EvalFolder, outputs: Values | bytes, piece: int = 1000, items: int | None = None
) -> tuple[Score, Predictions]:
    data = outputs if isinstance(outputs, bytes) else npy(outputs)
    scorer: Scorer = scorer_for(folder.eval_set, MODEL, items)
    for start in range(0, len(data), piece):
        scorer.feed(data[start : start + piece])
    return scorer.finish()


@pytest.mark.parametrize("piece", [1, 7, 64, 1 << 20])
@pytest.mark.parametrize("version", [(1, 0), (2, 0)])
def test_pieces_of_any_size_give_the_same_score(
    folder: EvalFolder, piece: int, version: tuple[int, int]
) -> None:
    score, predictions = scored(folder, npy(CONTENT.reference, version), piece)
    assert (Tally(40, 40, 40), Health.OK) == (score.tally, score.health)
    assert folder.eval_set.digest == score.eval_set
    assert tuple(CONTENT.y.tolist()) == predictions.predicted


def test_the_tally_counts_the_items_that_are_complete(folder: EvalFolder) -> None:
    data = npy(CONTENT.reference)
    scorer = scorer_for(folder.eval_set, MODEL)
    assert Tally() == scorer.tally
    scorer.feed(data[:128])
    assert Tally() == scorer.tally
    scorer.feed(data[128 : 128 + 2 * 16 + 15])
    assert Tally(2, 2, 2) == scorer.tally
    scorer.feed(data[128 + 2 * 16 + 15 :])
    assert Tally(40, 40, 40) == scorer.tally


def test_ranks_and_confidences_are_those_of_a_full_sort() -> None:
    generator = np.random.default_rng(5)
    outputs = generator.standard_normal((300, 300)).astype(np.float32).round(1)  # with ties
    labels = generator.integers(0, 300, 300).astype(np.int32)
    _, predictions = _feed_all(OutputScorer(_with_classes(300), labels, None), npy(outputs))
    order = np.argsort(-outputs, axis=1, kind="stable")
    ranks = 1 + np.argmax(order == labels[:, None], axis=1)
    shares = np.exp(outputs) / np.exp(outputs).sum(axis=1, keepdims=True)
    assert tuple(order[:, 0].tolist()) == predictions.predicted
    assert tuple(np.minimum(ranks, RANK_LIMIT).tolist()) == predictions.label_rank
    assert shares.max(axis=1) == pytest.approx(np.array(predictions.confidence), abs=6e-5)


def _with_classes(classes: int) -> EvalSet:
    return replace(DEMO, classes=classes)


@pytest.mark.parametrize("dtype", ["<f2", "<f4", "<f8", ">f4", "i1", "<i4", "u1", "<u2", "<i8"])
def test_outputs_of_every_number_type(folder: EvalFolder, dtype: str) -> None:
    outputs = np.clip(CONTENT.reference * 10, 0, 100).astype(dtype)
    score, _ = scored(folder, outputs)
    assert 40 == score.tally.top1


def test_probabilities_are_their_own_confidence(folder: EvalFolder) -> None:
    shares = np.full((40, CLASSES), 0.1, np.float32)
    shares[np.arange(40), CONTENT.y] = 0.7
    _, predictions = scored(folder, shares)
    assert (0.7,) * 40 == predictions.confidence


def test_axes_of_one_do_not_matter(folder: EvalFolder) -> None:
    score, _ = scored(folder, CONTENT.reference.reshape(40, 1, 1, CLASSES))
    assert 40 == score.tally.top1


def test_only_the_first_items(folder: EvalFolder) -> None:
    score, predictions = scored(folder, CONTENT.reference[:4], items=4)
    assert (4, 4) == (score.tally.items, len(predictions))
    assert score.golden is not None
    assert 4 == score.golden.items


def changed(change: str) -> Values:
    outputs = CONTENT.reference.copy()
    match change:
        case "nan":
            outputs[7, 2] = np.nan
        case "infinite":
            outputs[7] = -np.inf
        case "constant":
            outputs[:] = outputs[0]
        case "noisy":
            outputs += np.random.default_rng(1).standard_normal(outputs.shape).astype(np.float32)
        case "other":
            outputs[3] = outputs[3, ::-1] * 1.0001
        case "shuffled":
            outputs[8:] = np.roll(outputs[8:], 1, axis=1)
    return outputs


@pytest.mark.parametrize(
    ("change", "health"),
    [
        ("none", Health.OK),
        ("nan", Health.NAN),
        ("infinite", Health.NAN),
        ("constant", Health.CONSTANT),
        ("noisy", Health.UNLIKE_REFERENCE),
        ("other", Health.UNLIKE_REFERENCE),
        ("shuffled", Health.GUESSING),
    ],
)
def test_garbage_is_named(folder: EvalFolder, change: str, health: Health) -> None:
    score, _ = scored(folder, changed(change))
    assert health is score.health
    assert (health is not Health.OK) == score.is_red


def test_an_item_that_is_not_finite_is_wrong_and_says_nothing(folder: EvalFolder) -> None:
    score, predictions = scored(folder, changed("nan"))
    assert 39 == score.tally.top1
    assert (NO_CLASS, RANK_LIMIT, 0.0) == (
        predictions.predicted[7],
        predictions.label_rank[7],
        predictions.confidence[7],
    )
    assert score.golden is not None
    assert (None, None) == (score.golden.snr_db, score.golden.cosine)


def test_the_golden_check_measures_the_distance(folder: EvalFolder) -> None:
    score, _ = scored(folder, CONTENT.reference * np.float32(1.01))
    assert score.golden is not None
    assert 40.0 == pytest.approx(score.golden.snr_db, abs=0.01)
    assert (8, 8) == (score.golden.items, score.golden.argmax_agrees)
    assert 1.0 == pytest.approx(score.golden.cosine)


def test_equal_outputs_have_the_highest_distance_there_is(folder: EvalFolder) -> None:
    score, _ = scored(folder, CONTENT.reference)
    assert score.golden is not None
    assert 200.0 == score.golden.snr_db


def test_other_models_have_no_golden_check(folder: EvalFolder) -> None:
    score, _ = _feed_all(scorer_for(folder.eval_set, "other_net"), npy(CONTENT.reference))
    assert score.golden is None


DATA = npy(CONTENT.reference)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (DATA[:-1], "cut after 39 of 40 items"),
        (DATA[:128], "cut after 0 of 40 items"),
        (DATA[:50], "cut after 0 of 40 items"),
        (b"", "cut after 0 of 40 items"),
        (DATA + b"\0", "goes on after its last item"),
        (npy(CONTENT.reference[:39]), "of 39 items, not 40"),
        (npy(np.zeros((40, 5), np.float32)), "5 values an item, and set has 4 classes"),
        (npy(np.zeros(40, np.int32)), "1 values an item"),
        (npy(np.asfortranarray(CONTENT.reference)), "C order"),
        (npy(np.zeros((40, 4), np.complex64)), "no list of numbers"),
        (npy(np.zeros((40, 4), bool)), "no list of numbers"),
        (npy(np.array(1.0)), "no list of numbers"),
        (b"PK\3\4" + bytes(100), "no .npy file"),
        (DATA.replace(b"(40, 4)", b"(40L,4)"), "written by Python 2"),
        (b"\x93NUMPY\x01\x00\xff\xff" + b"{" * 70_000, "longer than"),
        (b"\x93NUMPY\x03\x00\x10\x00\x00\x00" + b"x" * 100, "no .npy file"),
    ],
)
def test_outputs_that_cannot_be_scored_are_named(
    folder: EvalFolder, data: bytes, reason: str
) -> None:
    with pytest.raises(BadOutputs, match="cannot be scored") as caught:
        scored(folder, data)
    assert reason in str(caught.value)


@given(st.sampled_from([b"", b"\x93NUMPY\x01\x00"]), st.binary(max_size=300))
def test_no_bytes_do_anything_else_than_fail(magic: bytes, data: bytes) -> None:
    scorer = OutputScorer(_with_classes(4), np.zeros(1000, np.int32), None)
    with pytest.raises(BadOutputs):
        _feed_all(scorer, magic + data)


def _feed_all(scorer: Scorer, data: bytes) -> tuple[Score, Predictions]:
    scorer.feed(data)
    return scorer.finish()


@pytest.mark.parametrize("items", [0, 41])
def test_there_must_be_as_many_items_as_are_asked_for(folder: EvalFolder, items: int) -> None:
    with pytest.raises(UsageError, match="40 items"):
        scorer_for(folder.eval_set, MODEL, items)


def test_more_than_a_block_at_once() -> None:
    items, classes = 3000, 200
    generator = np.random.default_rng(2)
    outputs = generator.standard_normal((items, classes)).astype(np.float32)
    assert outputs.nbytes > 2 * BLOCK_BYTES
    labels = outputs.argmax(axis=1).astype(np.int32)
    score, _ = _feed_all(OutputScorer(_with_classes(classes), labels, None), npy(outputs))
    assert Tally(items, items, items) == score.tally


@pytest.mark.parametrize(
    ("variant", "top1", "snr_db"),
    [("pairs_mbv2.fp32", 958, 130.0), ("pairs_vit.full8", 940, 28.0)],
)
def test_real_variants_reach_the_accuracy_they_were_made_with(
    tmp_path: Path, variant: str, top1: int, snr_db: float
) -> None:
    """Other kernels of int8 may move an item or two."""
    score, _ = _measured(tmp_path, variant)
    assert score.tally.top1 == pytest.approx(top1, abs=5)
    assert score.golden is not None
    assert score.golden.snr_db is not None
    assert score.golden.snr_db > snr_db
    assert Health.OK is score.health


def _measured(tmp_path: Path, variant: str) -> tuple[Score, Predictions]:
    folder = EvalFolder(DEMO)
    job = EvalJob(
        inputs=str(folder.inputs_path),
        sha256=DEMO.inputs.sha256,
        outputs=str(tmp_path / "outputs"),
        layout=DEMO.layout,
        normalise=DEMO.normalise,
    )
    path = demo_data() / "variants" / f"{variant}.tflite"
    (evaluated,) = run(job_for(path, eval_job=job)).all(Evaluated)
    assert isinstance(evaluated, Evaluated)
    scorer = scorer_for(DEMO, variant.partition(".")[0])
    for piece in _pieces(Path(evaluated.files[0].path)):
        scorer.feed(piece)
    return scorer.finish()


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(65_536):
            yield piece
