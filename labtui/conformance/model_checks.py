"""Checks of variants that an engine cannot run."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from labtui.conformance.desk import DOUBLE, Desk, digest_of
from labtui.conformance.refusals import refused
from labtui.core.protocol import encode_job
from labtui.failure import FailureCode


def broken_model(name: str, make: Callable[[bytes], bytes]) -> Callable[[Desk], Iterable[str]]:
    """Return a check of a file made from a good model's bytes."""

    def look(desk: Desk) -> Iterator[str]:
        path = desk.folder / f"{name}.tflite"
        path.write_bytes(make((desk.models / DOUBLE).read_bytes()))
        job = replace(desk.job(), variant=str(path), sha256=digest_of(path))
        return refused(desk, encode_job(job), FailureCode.MODEL_REFUSED)

    return look


def unknown_op(desk: Desk) -> Iterator[str]:
    """Yield how a model with an op of no engine was taken other than refused."""
    return refused(desk, encode_job(desk.job("unknown_op.tflite")), FailureCode.OP_UNSUPPORTED)
