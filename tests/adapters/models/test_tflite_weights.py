"""What is read of the constants of a `.tflite` file: kinds, uses, duplicates, leftovers."""

from typing import Any

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from labtui.adapters.models.tflite import read_tflite
from labtui.core.inspection.facts import Inspection, Scheme, WeightGroup, WeightUse
from labtui.errors import BadVariant
from labtui.resources import demo_data
from tests.tiny_tflite import Graph, Op, Type

SIDE = 16


def inspected(graph: Graph, inputs: list[int], outputs: list[int]) -> Inspection:
    return read_tflite(graph.pack(inputs, outputs)).inspection


def read_by(op: int, weight: dict[str, Any], output: int = Type.FLOAT32) -> WeightGroup:
    """Return the group of the only weight of a graph: one op reads it."""
    graph = Graph()
    x = graph.tensor("x", (1, SIDE), output)
    data = np.zeros(SIDE * SIDE)
    w = graph.tensor("w", (SIDE, SIDE), data=data, **weight)
    y = graph.tensor("y", (1, SIDE), output)
    graph.op(op, [w] if op == Op.DEQUANTIZE else [x, w], [y])
    (group,) = inspected(graph, [x], [y]).weights
    return group


INT8 = {"dtype": Type.INT8, "scale": 0.5}
PER_CHANNEL = {"dtype": Type.INT8, "scale": [0.5] * SIDE}
USES = {
    "plain floats": (Op.FULLY_CONNECTED, {}, Type.FLOAT32, Scheme.PLAIN, WeightUse.FLOAT),
    "half floats": (
        Op.DEQUANTIZE, {"dtype": Type.FLOAT16}, Type.FLOAT32, Scheme.PLAIN, WeightUse.DEQUANTIZED,
    ),
    "weight-only": (
        Op.DEQUANTIZE, PER_CHANNEL, Type.FLOAT32, Scheme.PER_CHANNEL, WeightUse.DEQUANTIZED,
    ),
    "dynamic range": (
        Op.FULLY_CONNECTED, PER_CHANNEL, Type.FLOAT32, Scheme.PER_CHANNEL, WeightUse.HYBRID,
    ),
    "integers": (Op.FULLY_CONNECTED, INT8, Type.INT8, Scheme.PER_TENSOR, WeightUse.INTEGER),
}  # fmt: skip


@pytest.mark.parametrize("name", USES)
def test_scheme_and_use(name: str) -> None:
    op, weight, output, scheme, use = USES[name]
    group = read_by(op, weight, output)
    assert (scheme, use) == (group.scheme, group.use)
    assert (1, SIDE * SIDE, False) == (group.tensors, group.elements, group.is_sparse)


def test_blocks_are_told_from_channels() -> None:
    graph = Graph()
    w = graph.tensor("w", (SIDE, SIDE), Type.INT8, data=np.zeros(SIDE * SIDE))
    scales = graph.tensor("scales", (SIDE,), Type.FLOAT16, data=np.ones(SIDE))
    quantization = schema.QuantizationParametersT()
    quantization.detailsType = schema.QuantizationDetails.BlockwiseQuantization
    quantization.details = schema.BlockwiseQuantizationT()
    quantization.details.scales = scales
    graph.tensors[w].quantization = quantization
    (group,) = inspected(graph, [w], [w]).weights
    assert Scheme.BLOCKWISE is group.scheme


def test_zeros_that_are_left_out() -> None:
    graph = Graph()
    w = graph.tensor("w", (SIDE,), data=np.zeros(SIDE))
    graph.tensors[w].sparsity = schema.SparsityParametersT()
    (group,) = inspected(graph, [w], [w]).weights
    assert group.is_sparse


def test_groups_are_largest_first_and_add_up() -> None:
    graph = Graph()
    graph.tensor("a", (4,), data=np.zeros(4))
    for name in "bc":
        graph.tensor(name, (100,), Type.INT8, data=np.zeros(100), scale=0.5)
    first, second = inspected(graph, [0], [1]).weights
    assert ("int8", 2, 200, 200) == (
        first.dtype,
        first.tensors,
        first.elements,
        first.stored_bytes,
    )
    assert ("float32", 4, 16) == (second.dtype, second.elements, second.stored_bytes)


def test_equal_constants_in_two_buffers_are_duplicates() -> None:
    graph = Graph()
    noise = np.random.default_rng(0).standard_normal(1000)
    for name, data in {"a": noise, "b": noise, "c": noise[::-1]}.items():
        graph.tensor(name, (1000,), data=data)
    assert 4000 == inspected(graph, [0], [1]).duplicate_bytes


def test_constants_that_are_alike_at_first_sight_are_no_duplicates() -> None:
    graph = Graph()
    other = np.zeros(1000)
    other[300] = 1
    graph.tensor("a", (1000,), data=np.zeros(1000))
    graph.tensor("b", (1000,), data=other)
    assert 0 == inspected(graph, [0], [1]).duplicate_bytes


def test_constants_that_nothing_refers_to() -> None:
    graph = Graph()
    graph.tensor("a", (100,), data=np.zeros(100))
    graph.tensor("b", (50,), data=np.zeros(50))
    graph.tensors.pop()
    assert 200 == inspected(graph, [0], [0]).unused_bytes


def packed(model: Any) -> bytes:
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def model_of(graph: Graph) -> Any:
    return schema.ModelT.InitFromPackedBuf(graph.pack([0], [0]))


def test_the_runtime_that_the_converter_claims_and_the_signatures() -> None:
    graph = Graph()
    graph.tensor("a", (4,), data=np.zeros(4))
    model = model_of(graph)
    version, metadata, signature = schema.BufferT(), schema.MetadataT(), schema.SignatureDefT()
    version.data = np.frombuffer(b"2.9.0\0\0\0", dtype=np.uint8)
    model.buffers.append(version)
    metadata.name, metadata.buffer = "min_runtime_version", len(model.buffers) - 1
    signature.signatureKey, signature.subgraphIndex = "serve\x1b", 0
    model.metadata, model.signatureDefs = [metadata], [signature]
    found = read_tflite(packed(model)).inspection
    assert ("2.9.0", ("serve\ufffd",), 0) == (
        found.declared_runtime,
        found.signatures,
        found.unused_bytes,
    )


def test_weights_in_another_file_are_refused() -> None:
    graph = Graph()
    graph.tensor("a", (4,), data=np.zeros(4))
    model = model_of(graph)
    model.externalBuffers = [schema.ExternalBufferT()]
    with pytest.raises(BadVariant, match="keeps weights in other files"):
        read_tflite(packed(model))


def test_ops_are_told_apart_by_version_and_type() -> None:
    graph = Graph()
    floats = [graph.tensor(name, (4,)) for name in "xy"]
    integers = [graph.tensor(name, (4,), Type.INT8, scale=0.5) for name in "ab"]
    graph.op(Op.ADD, floats[:1] * 2, floats[1:])
    graph.op(Op.ADD, integers[:1] * 2, integers[1:])
    graph.codes[1].version = 2
    found = inspected(graph, [0], [1])
    assert {("ADD", 1, "float32"), ("ADD", 2, "int8")} == {
        (op.name, op.version, op.dtype) for op in found.ops
    }


DEMO = {
    "fp32": (Scheme.PLAIN, WeightUse.FLOAT, "float32"),
    "fp16": (Scheme.PLAIN, WeightUse.DEQUANTIZED, "float16"),
    "dyn8": (Scheme.PER_CHANNEL, WeightUse.HYBRID, "int8"),
    "full8": (Scheme.PER_CHANNEL, WeightUse.INTEGER, "int8"),
}


@pytest.mark.parametrize("recipe", DEMO)
@pytest.mark.parametrize("model", ["pairs_mbv2", "pairs_vit"])
def test_the_files_of_real_converters(model: str, recipe: str) -> None:
    content = (demo_data() / "variants" / f"{model}.{recipe}.tflite").read_bytes()
    largest = read_tflite(content).inspection.weights[0]
    assert DEMO[recipe] == (largest.scheme, largest.use, largest.dtype)
