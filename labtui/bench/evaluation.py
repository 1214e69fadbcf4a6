"""Beside a launch that checks or evaluates: fetch its outputs as they are written, and score them.

Whatever touches numbers does so in a thread, one call at a time.
"""

import asyncio
import hashlib
from collections.abc import Callable
from contextlib import suppress

from labtui.core.accuracy import Tally
from labtui.core.events import AccuracyUpdated, BenchEvent, Scored
from labtui.core.model import LaunchUid
from labtui.core.plan import EvalTask
from labtui.core.protocol import Evaluated
from labtui.errors import BadOutputs, DeviceError, RunnerFailed, UsageError
from labtui.failure import FailureCode
from labtui.ports import MIN_PIECE_BYTES, Device, Scorer

FETCH_S = 0.5
"""Between looks at outputs that have not grown."""
_PIECES_A_ROUND = 8
_MAX_HEADER_BYTES, _MAX_VALUE_BYTES = 1 << 16, 8
_SCORED_OUTPUT = 0
"""A classifier's logits; whatever else a variant puts out is not fetched."""


class Evaluation:
    """The outputs of one launch on their way into a score."""

    def __init__(
        self,
        device: Device,
        launch: LaunchUid,
        task: EvalTask,
        make_scorer: Callable[[], Scorer],
        emit: Callable[[BenchEvent], None],
    ) -> None:
        """Take the parts; `make_scorer` is called in a thread and may raise UsageError."""
        self._device = device
        self._launch = launch
        self._task = task
        self._make_scorer = make_scorer
        self._emit = emit
        self._scorer: Scorer | None = None
        self._digest = hashlib.sha256()
        self._fetched_bytes = 0
        self.failure: BadOutputs | None = None
        """Why the outputs cannot be scored."""
        self._tally = self._told = Tally()

    async def open(self) -> None:
        """Get ready to score. Raises BadOutputs when the eval set cannot be read."""
        try:
            self._scorer = await asyncio.to_thread(self._make_scorer)
        except UsageError as error:
            raise BadOutputs(str(error)) from error

    async def follow(self) -> None:
        """Score what is there, again and again, until cancelled or until there is a `failure`.

        A device that cannot be read now is the business of the launch's stream to notice.
        """
        while self.failure is None:
            last_bytes = 0
            with suppress(DeviceError):
                last_bytes = await self._round()
            if last_bytes < MIN_PIECE_BYTES:
                await asyncio.sleep(FETCH_S)

    async def finish(self, evaluated: Evaluated | None) -> None:
        """Score the rest and report the score.

        Raises RunnerFailed when the runner did not evaluate, BadOutputs when its outputs cannot be
        scored or are not those whose digest it told, and DeviceError.
        """
        if evaluated is None or not evaluated.files:
            raise RunnerFailed(
                FailureCode.PROTOCOL_BROKEN,
                "it ended without running the eval set; install the runner that belongs to this "
                "labtui.",
            )
        while await self._round():
            pass
        if self._digest.hexdigest() != evaluated.files[_SCORED_OUTPUT].sha256:
            raise BadOutputs("The outputs of the eval set have changed on their way: try again.")
        score, predictions = await asyncio.to_thread(self._opened.finish)
        self._emit(Scored(self._launch, self._device.id, score, predictions))

    async def drop(self) -> None:
        """Remove the outputs from the device, as far as it lets us."""
        with suppress(DeviceError):
            await self._device.drop_outputs(self._launch)

    @property
    def _opened(self) -> Scorer:
        assert self._scorer is not None  # noqa: S101 (for the type checker: a launch opens it first)
        return self._scorer

    async def _round(self) -> int:
        """Fetch and score what there is, or a few pieces of it; return the length of the last."""
        for _ in range(_PIECES_A_ROUND):
            if self.failure is not None:
                raise self.failure
            offset = self._fetched_bytes
            piece = await self._device.read_outputs(self._launch, _SCORED_OUTPUT, offset)
            await _to_its_end(self._take, piece)
            if len(piece) < MIN_PIECE_BYTES:
                break
        self._tell()
        return len(piece)

    def _tell(self) -> None:
        if self._tally != self._told:
            self._told = self._tally
            update = AccuracyUpdated(self._launch, self._device.id, self._told, self._task.items)
            self._emit(update)

    def _take(self, piece: bytes) -> None:
        """Score a piece, in a thread; what is wrong with it is raised by the next round."""
        self._digest.update(piece)
        self._fetched_bytes += len(piece)
        if self._fetched_bytes > self._most_bytes:
            self.failure = BadOutputs("The outputs of the eval set never end.")
            return
        try:
            self._opened.feed(piece)
            self._tally = self._opened.tally
        except BadOutputs as error:
            self.failure = error

    @property
    def _most_bytes(self) -> int:
        """More than any outputs can take."""
        return _MAX_HEADER_BYTES + self._task.items * self._task.eval_set.classes * _MAX_VALUE_BYTES


async def _to_its_end(work: Callable[[bytes], None], piece: bytes) -> None:
    """Work in a thread; who is cancelled meanwhile waits for it: no two may score at once."""
    working = asyncio.ensure_future(asyncio.to_thread(work, piece))
    try:
        await asyncio.shield(working)
    except asyncio.CancelledError:
        await asyncio.wait({working})
        raise
