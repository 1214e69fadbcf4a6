"""Wherever a log is cut: the same number as in the whole log, or none."""

import dataclasses
from collections.abc import Iterator
from enum import Enum
from typing import Any

import pytest

from labtui.core.logs.benchmark_model import BenchmarkRun, RunStatus, parse_benchmark_model
from tests.core.logs.benchmark_logs import CARRIERS, GOOD


def numbers(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every number and state in a value, with where it is."""
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from numbers(getattr(value, field.name), f"{path}.{field.name}")
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from numbers(item, f"{path}[{index}]")
    elif isinstance(value, int | float) and not isinstance(value, Enum | bool):
        yield path, value


def facts(run: BenchmarkRun) -> dict[str, Any]:
    """Return what a cut must not change; parameters are text, told apart by their names."""
    return dict(numbers(dataclasses.replace(run, parameters=()))) | dict(run.parameters)


def check_every_cut(log: str) -> None:
    whole = parse_benchmark_model(log).runs
    known = [facts(run) for run in whole]
    for cut in range(len(log)):
        runs = parse_benchmark_model(log[:cut]).runs
        assert len(runs) <= len(whole), cut
        for run, truth, reference in zip(runs, known, whole, strict=False):
            assert facts(run).items() <= truth.items(), (cut, log[max(0, cut - 40) : cut])
            assert run.status in (reference.status, RunStatus.INCOMPLETE)
            assert run.status is not RunStatus.OK or run.inference is not None


@pytest.mark.parametrize("name", GOOD)
def test_every_cut_of_a_good_log(name: str) -> None:
    check_every_cut(GOOD[name])


@pytest.mark.parametrize("carrier", ["levels", "logcat", "quoted", "printed twice"])
def test_every_cut_of_a_carried_log(carrier: str) -> None:
    check_every_cut(CARRIERS[carrier](GOOD["recent"]))
