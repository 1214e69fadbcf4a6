"""Every op, every compression and some small networks against what they have to compute."""

import numpy as np
import pytest

from labtui.mil.model import load_model
from labtui.mil.ops.table import OPS
from labtui.mil.package import read_package
from labtui.mil.program import read_program
from tests.mil import corpus

SINGLE = 1e-6
HALF = 2e-3
COMPRESSED = [name for name in corpus.NAMES if name.startswith("ios")]


def computed(name: str) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    outputs = load_model(corpus.package(name)).run(corpus.inputs(name))
    return np.concatenate([output.reshape(-1) for output in outputs]).astype(np.float64)


@pytest.mark.parametrize("name", sorted(set(corpus.NAMES) - set(COMPRESSED)))
def test_outputs_are_those_of_the_reference(name: str) -> None:
    expected = corpus.expected(name)
    tolerance = HALF if ".fp16" in name else SINGLE
    np.testing.assert_allclose(computed(name), expected, tolerance, tolerance)


@pytest.mark.parametrize("name", COMPRESSED)
def test_weights_are_decompressed_bit_for_bit(name: str) -> None:
    np.testing.assert_array_equal(computed(name), corpus.expected(name))


def test_every_op_of_the_table_is_in_the_corpus() -> None:
    programs = [read_program(read_package(corpus.package(name)).spec) for name in corpus.NAMES]
    assert set(OPS) <= {op.type for program in programs for op in program.operations}


ENDS = {
    "cnn.fp32": ("float32", "float32"),
    "cnn.fp16": ("float16", "float16"),
    "vit.fp16_ios15": ("float32", "float32"),
    "hybrid.fp16_ios26": ("float16", "float16"),
}


@pytest.mark.parametrize("name", ENDS)
def test_inputs_and_outputs_have_the_types_of_the_program(name: str) -> None:
    model = load_model(corpus.package(name))
    (output,) = model.run(corpus.inputs(name))
    assert ENDS[name] == (model.inputs[0].dtype, output.dtype.name)
    assert (model.outputs[0].dtype, model.outputs[0].shape) == (output.dtype.name, output.shape)


def test_a_run_leaves_nothing_for_the_next() -> None:
    model = load_model(corpus.package("cnn.fp32"))
    (item,) = corpus.inputs("cnn.fp32")
    first = model.run([item])[0].copy()
    model.run([item * 0])
    np.testing.assert_array_equal(first, model.run([item])[0])


def test_constants_are_computed_once() -> None:
    program = read_program(read_package(corpus.package("ios18_pruned_palette4")).spec)
    assert {"constexpr_lut_to_sparse", "linear"} < {op.type for op in program.operations}
    assert 1 == load_model(corpus.package("ios18_pruned_palette4")).op_count


def test_inputs_come_in_the_order_of_their_names() -> None:
    assert ["x", "y"] == [spec.name for spec in load_model(corpus.package("shapes.fp32")).inputs]
    x, y = corpus.inputs("shapes.fp32")
    outputs = load_model(corpus.package("shapes.fp32"))
    names = [spec.name for spec in outputs.outputs]
    assert names == sorted(names)
    stacked = outputs.run([x, y])[[spec.shape for spec in outputs.outputs].index((2, 2, 4, 4, 4))]
    np.testing.assert_array_equal(np.stack([x, y], 1), stacked)
