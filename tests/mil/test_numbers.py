"""Rounding, bit fields, the error function, and fast convolutions against slow ones."""

from math import erf as exact_erf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from labtui.mil.blobs import unpacked_bits
from labtui.mil.half import round_to_half
from labtui.mil.ops.activations import erf
from labtui.mil.ops.conv import OPS as CONV
from labtui.mil.ops.node import Kernel, Node
from labtui.mil.plan import computed_by
from labtui.mil.types import TensorType

SINGLES = hnp.arrays(np.float32, st.integers(1, 40), elements=st.floats(width=32))


@given(SINGLES)
def test_halves_are_rounded_as_numpy_rounds(
    values: "np.ndarray[tuple[int], np.dtype[np.float32]]",
) -> None:
    with np.errstate(all="ignore"):
        expected = values.astype(np.float16).astype(np.float32)
    rounded = values.copy()
    with np.errstate(all="ignore"):
        round_to_half(rounded)
    np.testing.assert_array_equal(expected, rounded)


def test_all_halves_stay_as_they_are_and_ties_go_to_even() -> None:
    halves = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    finite = halves[np.isfinite(halves)].astype(np.float32)
    ties = (finite[:-1] + finite[1:]) / 2
    for values in (finite, ties):
        with np.errstate(over="ignore"):
            expected = values.astype(np.float16).astype(np.float32)
        rounded = values.astype(np.float32)
        round_to_half(rounded)
        np.testing.assert_array_equal(expected, rounded)


@given(st.sampled_from([1, 2, 3, 4, 6]), st.data())
def test_bit_fields_begin_at_the_lowest_bit(bits: int, data: st.DataObject) -> None:
    numbers = data.draw(st.lists(st.integers(0, (1 << bits) - 1), min_size=1, max_size=50))
    total = sum(number << (bits * place) for place, number in enumerate(numbers))
    packed = total.to_bytes((bits * len(numbers) + 7) // 8, "little")
    unpacked = unpacked_bits(np.frombuffer(packed, np.uint8), bits, len(numbers))
    assert numbers == unpacked.tolist()


def test_the_error_function() -> None:
    x = np.linspace(-7, 7, 20_001, dtype=np.float32)
    expected = np.array([exact_erf(value) for value in x])
    assert np.abs(erf(x) - expected).max() < 3e-7


SIZES = st.tuples(st.integers(1, 9), st.integers(1, 9))
SMALL = st.tuples(st.integers(1, 3), st.integers(1, 3))


@settings(max_examples=150, deadline=None)
@given(
    SIZES,
    SMALL,
    SMALL,
    SMALL,
    st.sampled_from(["valid", "same", "same_lower", "custom"]),
    st.tuples(*[st.integers(0, 3)] * 4),
)
def test_depthwise_convolutions_are_those_of_the_general_kind(  # noqa: PLR0917 (drawn)
    size: tuple[int, int],
    kernel: tuple[int, int],
    strides: tuple[int, int],
    dilations: tuple[int, int],
    pad_type: str,
    pad: tuple[int, int, int, int],
) -> None:
    rng = np.random.default_rng(7)
    x = rng.normal(size=(2, 3, *size)).astype(np.float32)
    weight = rng.normal(size=(3, 1, *kernel)).astype(np.float32)
    dense = np.zeros((3, 3, *kernel), np.float32)
    dense[range(3), range(3)] = weight[:, 0]
    constants = {
        "bias": rng.normal(size=3).astype(np.float32),
        "strides": np.array(strides),
        "dilations": np.array(dilations),
        "pad_type": pad_type,
        "pad": np.array(pad),
    }
    own = _made(constants | {"weight": weight, "groups": np.array(3)})
    general = _made(constants | {"weight": dense})
    span = [(k - 1) * d + 1 for k, d in zip(kernel, dilations, strict=True)]
    around = (pad[0] + pad[1], pad[2] + pad[3]) if pad_type == "custom" else (0, 0)
    fits = all(n + p >= s for n, p, s in zip(size, around, span, strict=True))
    if fits or pad_type.startswith("same"):
        np.testing.assert_allclose(general(x=x), own(x=x), 1e-5, 1e-5)
    else:
        with pytest.raises(ValueError, match="larger than the image"):
            own(x=x)


def _made(constants: dict[str, object]) -> Kernel:
    return CONV["conv"].make(
        Node("conv", constants, frozenset({"x"}), {}, (TensorType("float32", ()),))
    )


def test_results_in_another_layout_are_rounded_too() -> None:
    x = np.random.default_rng(7).normal(size=(5, 7)).astype(np.float32).T
    wanted = TensorType("float16", (7, 5))
    (rounded,) = computed_by(lambda: x + 1, {}, [wanted], "add", rounds=True)
    np.testing.assert_array_equal((x + 1).astype(np.float16), rounded)


def test_a_single_number_stays_one() -> None:
    wanted = TensorType("float16", ())
    (rounded,) = computed_by(lambda: np.float32(0.1), {}, [wanted], "sum", rounds=True)
    assert ((), float(np.float16(0.1))) == (rounded.shape, rounded.item())
