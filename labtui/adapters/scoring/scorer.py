"""Scores raw outputs while they arrive, in constant memory for each item of the set."""

from math import prod

import numpy as np

from labtui.adapters.scoring.arrays import MAX_PREFIX_BYTES, Array, NpyHeader, parse_header
from labtui.adapters.scoring.folder import EvalFolder
from labtui.adapters.scoring.golden import golden_check
from labtui.adapters.scoring.rows import score_rows
from labtui.core.accuracy import (
    NO_CLASS,
    RANK_LIMIT,
    Golden,
    Health,
    Predictions,
    Score,
    Tally,
)
from labtui.core.accuracy.predictions import CONFIDENCE_UNITS
from labtui.core.evalset import EvalSet
from labtui.errors import BadOutputs, UsageError
from labtui.hostrunner.npy import BadNpy

BLOCK_BYTES = 1 << 20
"""Outputs are scored in blocks of about this size: fewer calls, and they stay in the cache."""
_MIN_ITEMS_TO_DOUBT = 30
"""With fewer items, chance explains nearly everything."""


def scorer_for(eval_set: EvalSet, model: str, items: int | None = None) -> "OutputScorer":
    """Return a scorer of a variant of `model`, for the first `items` items (None = all).

    Raises UsageError when labels or reference outputs cannot be read.
    """
    count = eval_set.count if items is None else items
    if not 0 < count <= eval_set.count:
        raise UsageError(
            f"{eval_set.name} holds {eval_set.count} items, and {count} are asked for."
        )
    folder = EvalFolder(eval_set)
    return OutputScorer(eval_set, folder.labels()[:count], folder.reference(model))


class OutputScorer:
    """Takes the bytes of an outputs file in order; implements `labtui.ports.Scorer`."""

    def __init__(self, eval_set: EvalSet, labels: Array, reference: Array | None) -> None:
        self._eval_set = eval_set
        self._labels = labels
        self._reference = reference
        self._pending = bytearray()
        self._header: NpyHeader | None = None
        self._done = 0
        self._predicted = np.full(len(labels), NO_CLASS, np.int32)
        self._label_rank = np.full(len(labels), RANK_LIMIT, np.uint8)
        self._confidence = np.zeros(len(labels), np.float32)
        self._first_row: Array | None = None
        self._is_constant = True
        self._golden_rows: list[Array] = []

    @property
    def tally(self) -> Tally:
        """What the items that are complete so far say."""
        self._score_pending()
        rank = self._label_rank[: self._done]
        return Tally(self._done, int(np.count_nonzero(rank == 1)), int(np.count_nonzero(rank <= 5)))

    def feed(self, data: bytes) -> None:
        """Take the next bytes. Raises BadOutputs when they are not what this set's outputs are."""
        self._pending += data
        if self._header is None:
            self._read_header()
        if len(self._pending) >= BLOCK_BYTES:
            self._score_pending()

    def finish(self) -> tuple[Score, Predictions]:
        """Return score and predictions. Raises BadOutputs when the file is cut, or too long."""
        tally = self.tally
        if self._done < len(self._labels):
            raise self._bad(f"they are cut after {self._done} of {len(self._labels)} items")
        if self._pending:
            raise self._bad("the file goes on after its last item")
        golden = self._golden()
        return Score(
            self._eval_set.digest, tally, golden, self._health(tally, golden)
        ), self._predictions()

    def _read_header(self) -> None:
        try:
            header = parse_header(bytes(self._pending[:MAX_PREFIX_BYTES]))
        except BadNpy as error:
            raise self._bad(str(error)) from error
        if header is None:
            return
        self._check(header)
        del self._pending[: header.offset]
        self._header = header

    def _check(self, header: NpyHeader) -> None:
        items, classes = len(self._labels), self._eval_set.classes
        if header.shape[0] != items:
            raise self._bad(f"they are of {header.shape[0]} items, not {items}")
        if (values := prod(header.shape[1:])) != classes:
            raise self._bad(
                f"they have {values} values an item, and {self._eval_set.name} has {classes} "
                "classes: this variant answers another question"
            )

    def _score_pending(self) -> None:
        if self._header is None:
            return
        item_bytes = self._eval_set.classes * self._header.dtype.itemsize
        count = min(len(self._pending) // item_bytes, len(self._labels) - self._done)
        block = max(1, BLOCK_BYTES // item_bytes)
        for start in range(0, count, block):
            end = min(start + block, count)
            data = self._pending[start * item_bytes : end * item_bytes]
            self._score(np.frombuffer(data, self._header.dtype).reshape(end - start, -1))
        del self._pending[: count * item_bytes]

    def _score(self, rows: Array) -> None:
        first, end = self._done, self._done + len(rows)
        span = slice(first, end)
        scored = score_rows(rows, self._labels[span])
        self._predicted[span] = scored.predicted
        self._label_rank[span] = scored.label_rank
        self._confidence[span] = scored.confidence
        self._compare_with_first(rows)
        self._keep_golden(rows, first)
        self._done = end

    def _compare_with_first(self, rows: Array) -> None:
        if self._first_row is None:
            self._first_row = rows[0].copy()
        if self._is_constant:
            self._is_constant = bool((rows == self._first_row).all())

    def _keep_golden(self, rows: Array, first: int) -> None:
        if self._reference is not None and self._eval_set.golden is not None:
            places = [item - first for item in self._eval_set.golden.items]
            self._golden_rows += [rows[i].copy() for i in places if 0 <= i < len(rows)]

    def _golden(self) -> Golden | None:
        if self._reference is None or not self._golden_rows:
            return None
        return golden_check(np.stack(self._golden_rows), self._reference[: len(self._golden_rows)])

    def _health(self, tally: Tally, golden: Golden | None) -> Health:
        if (self._predicted == NO_CLASS).any():
            return Health.NAN
        if self._is_constant and tally.items > 1:
            return Health.CONSTANT
        if golden is not None and golden.is_broken:
            return Health.UNLIKE_REFERENCE
        is_guess = tally.interval().low <= 1 / self._eval_set.classes
        return Health.GUESSING if is_guess and tally.items >= _MIN_ITEMS_TO_DOUBT else Health.OK

    def _predictions(self) -> Predictions:
        units = np.round(self._confidence.astype(np.float64) * CONFIDENCE_UNITS)
        return Predictions(
            tuple(self._predicted.tolist()),
            tuple(self._label_rank.tolist()),
            tuple((units / CONFIDENCE_UNITS).tolist()),
        )

    def _bad(self, text: str) -> BadOutputs:
        return BadOutputs(f"The outputs cannot be scored: {text}.")
