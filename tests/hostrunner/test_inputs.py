"""Seeded inputs against the vectors that runners in other languages read too."""

import json
from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.core.model import TensorSpec
from labtui.failure import FailureCode
from labtui.hostrunner.engine import RunnerFailure
from labtui.hostrunner.inputs import seeded_inputs, splitmix64
from labtui.resources import data

VECTORS = json.loads((data("runners") / "seeded_inputs.json").read_text())
MASK = (1 << 64) - 1
SEEDS = st.integers(0, (1 << 63) - 1)


def one_by_one(seed: int, count: int) -> list[int]:
    """SplitMix64 as runners/PROTOCOL.md writes it."""
    values, state = [], seed
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        values.append(z ^ (z >> 31))
    return values


@given(SEEDS, st.integers(0, 20))
def test_all_at_once_is_the_same_as_one_by_one(seed: int, count: int) -> None:
    assert one_by_one(seed, count) == [int(value) for value in splitmix64(seed, 0, count)]


@pytest.mark.parametrize("seed", sorted(VECTORS["splitmix64"]))
def test_generator_vectors(seed: str) -> None:
    expected = VECTORS["splitmix64"][seed]
    assert expected == [f"{value:016x}" for value in one_by_one(int(seed), len(expected))]


@pytest.mark.parametrize("dtype", sorted(VECTORS["seed_7_2x4"]))
def test_vectors_of_each_element_type(dtype: str) -> None:
    (array,) = seeded_inputs([TensorSpec("x", (2, 4), dtype)], 7)
    assert VECTORS["seed_7_2x4"][dtype] == array.tobytes().hex()
    assert ((2, 4), dtype) == (array.shape, array.dtype.name)


def test_inputs_share_one_generator() -> None:
    specs = [TensorSpec("a", (3,), "uint8"), TensorSpec("b", (2, 2), "float32")]
    expected = VECTORS["seed_7_two_inputs"]
    found = [array.tobytes().hex() for array in seeded_inputs(specs, 7)]
    assert [expected["uint8_3"], expected["float32_2x2"]] == found


@given(SEEDS, st.lists(st.integers(0, 5), max_size=4))
def test_floats_are_in_range_and_exact(seed: int, shape: list[int]) -> None:
    (array,) = seeded_inputs([TensorSpec("x", tuple(shape), "float32")], seed)
    expected = [(u >> 40) * 2.0**-23 - 1.0 for u in one_by_one(seed, prod(shape))]
    assert expected == array.astype(np.float64).ravel().tolist()
    assert all(-1.0 <= value < 1.0 for value in expected)


def test_a_type_without_a_rule_is_refused() -> None:
    with pytest.raises(RunnerFailure, match="complex64") as caught:
        seeded_inputs([TensorSpec("x", (1,), "complex64")], 1)
    assert FailureCode.MODEL_REFUSED is caught.value.code
