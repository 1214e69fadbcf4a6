"""How weights of ML Programs are compressed, as converters write it for iOS 16 and iOS 18."""

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from labtui.adapters.models.mlpackage import read_mlpackage
from labtui.core.inspection.facts import Inspection, Scheme, WeightGroup
from labtui.core.inspection.meaning import Compression, compression, group_text
from labtui.errors import BadVariant
from tests.tiny_mlpackage import MODEL, Program, linear

SHAPE = (32, 64)
ELEMENTS = 32 * 64
HALF = ELEMENTS // 2


def zeros(count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.zeros(count)


def _blockwise(program: Program, scales: tuple[int, ...]) -> None:
    data = program.blob(np.zeros(SHAPE), "INT8")
    scale = program.blob(np.ones(scales), "FLOAT16")
    program.op("constexpr_blockwise_shift_scale", {"data": data, "scale": scale}, "w", shape=SHAPE)


def _affine(program: Program) -> None:
    """iOS 16: everything is an attribute."""
    op = program.op("constexpr_affine_dequantize", {}, "w", "FLOAT16", SHAPE)
    op.attributes["quantized_data"].CopyFrom(program.blob(np.zeros(SHAPE), "INT8"))
    op.attributes["scale"].CopyFrom(program.blob(np.ones(32), "FLOAT16"))


def _palette(program: Program) -> None:
    """iOS 18: indices have a type of their own, here one that is stored by bytes."""
    indices = program.blob(np.zeros(SHAPE), "UINT8")
    lut = program.blob(np.zeros((1, 1, 256, 1)), "FLOAT16")
    program.op("constexpr_lut_to_dense", {"indices": indices, "lut": lut}, "w", shape=SHAPE)


def _packed_palette(program: Program) -> None:
    """iOS 16: indices of 4 bits are packed into bytes, and only the table tells."""
    op = program.op("constexpr_lut_to_dense", {}, "w", "FLOAT16", SHAPE)
    op.attributes["indices"].CopyFrom(program.blob(zeros(HALF), "UINT8"))
    op.attributes["lut"].CopyFrom(program.blob(zeros(16), "FLOAT16"))


def _sparse(program: Program) -> None:
    mask = program.blob(zeros(ELEMENTS // 8), "UINT8")
    data = program.blob(zeros(HALF), "FLOAT16")
    program.op("constexpr_sparse_to_dense", {"nonzero_data": data, "mask": mask}, "w", shape=SHAPE)


def _sparse_palette(program: Program) -> None:
    mask = program.blob(zeros(ELEMENTS // 8), "UINT8")
    indices = program.blob(zeros(HALF), "UINT8")
    lut = program.blob(np.zeros((1, 1, 256, 1)), "FLOAT16")
    given = {"indices_mask": mask, "indices_nonzero_data": indices, "lut": lut}
    first = program.op("constexpr_lut_to_sparse", given, "mask", "UINT8", SHAPE)
    first.outputs.add().CopyFrom(first.outputs[0])
    first.outputs[1].name = "nonzero"
    program.op(
        "constexpr_sparse_to_dense", {"nonzero_data": "nonzero", "mask": "mask"}, "w", shape=SHAPE
    )


def _cast(program: Program) -> None:
    source = program.blob(np.zeros(SHAPE), "FLOAT16")
    program.op("constexpr_cast", {"source_val": source}, "w", shape=SHAPE)


def _named(program: Program) -> None:
    """Constants that have an op and a name of their own."""
    program.constant("data", np.zeros(SHAPE), "INT8")
    program.constant("scale", np.ones((32, 1)), "FLOAT16")
    given = {"data": "data", "scale": "scale"}
    program.op("constexpr_blockwise_shift_scale", given, "w", shape=SHAPE)


KINDS: dict[str, tuple[Callable[[Program], None], str, int]] = {
    "per tensor": (lambda p: _blockwise(p, (1, 1)), "int8 per tensor", ELEMENTS + 2),
    "per channel": (lambda p: _blockwise(p, (32, 1)), "int8 per channel", ELEMENTS + 64),
    "blockwise": (lambda p: _blockwise(p, (32, 2)), "int8 blockwise", ELEMENTS + 128),
    "affine": (_affine, "int8 per channel", ELEMENTS + 64),
    "palette": (_palette, "8-bit palette", ELEMENTS + 512),
    "packed palette": (_packed_palette, "4-bit palette", HALF + 32),
    "sparse": (_sparse, "sparse float16", ELEMENTS // 8 + ELEMENTS),
    "sparse palette": (_sparse_palette, "sparse 8-bit palette", ELEMENTS // 8 + HALF + 512),
    "by name": (_named, "int8 per channel", ELEMENTS + 64),
}


def inspected(folder: Path, program: Program) -> Inspection:
    return read_mlpackage(program.save(folder / "net.mlpackage")).inspection


@pytest.mark.parametrize("name", KINDS)
def test_kinds_of_compressed_weights(tmp_path: Path, name: str) -> None:
    add, words, stored_bytes = KINDS[name]
    program = Program()
    add(program)
    program.op("linear", {"x": "x", "weight": "w"}, "y")
    found = inspected(tmp_path, program)
    (group,) = found.weights
    assert (words, ELEMENTS, stored_bytes, 1) == (
        group_text(group),
        group.elements,
        group.stored_bytes,
        group.tensors,
    )
    assert (0, 0) == (found.duplicate_bytes, found.unused_bytes)
    assert Compression.WEIGHT_ONLY is compression(found)


def test_numbers_that_say_how_an_op_works_are_no_weights(tmp_path: Path) -> None:
    program = Program()
    program.constant("axes", zeros(2), "INT8")
    epsilon = program.mil.Value()
    epsilon.type.tensorType.dataType = program.mil.DataType.Value("FLOAT32")
    program.op("layer_norm", {"x": "x", "axes": "axes", "epsilon": epsilon}, "y")
    assert () == inspected(tmp_path, program).weights


def test_weights_inside_the_program_count_too(tmp_path: Path) -> None:
    program = Program()
    inline = program.blob(zeros(8))
    inline.immediateValue.tensor.floats.values.extend([0.0] * 8)
    program.op("add", {"x": "x", "y": inline}, "y")
    (group,) = inspected(tmp_path, program).weights
    assert (8, 32) == (group.elements, group.stored_bytes)


def test_ops_between_dequantize_and_quantize_compute_with_integers(tmp_path: Path) -> None:
    program = Program()
    program.op("quantize", {"input": "x"}, "q", "INT8")
    program.op("dequantize", {"input": "q"}, "d", "FLOAT16")
    program.op("conv", {"x": "d"}, "c", "FLOAT16")
    program.op("quantize", {"input": "c"}, "q2", "INT8")
    program.op("dequantize", {"input": "q2"}, "d2", "FLOAT16")
    program.op("softmax", {"x": "d2"}, "s", "FLOAT16")
    found = inspected(tmp_path, program)
    types = {op.name: op.dtype for op in found.ops}
    assert ("int8", "float16") == (types["conv"], types["softmax"])
    assert Compression.MIXED is compression(found)


def test_floats_that_are_stored_as_halves(tmp_path: Path) -> None:
    program = Program()
    _cast(program)
    program.op("linear", {"x": "x", "weight": "w"}, "y")
    found = inspected(tmp_path, program)
    assert ("float16", 2 * ELEMENTS) == (found.weights[0].dtype, found.weights[0].stored_bytes)
    assert Compression.FLOAT16 is compression(found)


CORPUS = Path(__file__).parents[2] / "mil" / "packages"
CONVERTED = {
    "ios16_int8": "int8 per channel",
    "ios16_palette6": "6-bit palette",
    "ios16_pruned": "sparse float16",
    "ios18_int4_block": "int4 blockwise",
    "ios18_palette3": "3-bit palette",
    "ios18_pruned_int8": "sparse int8 per channel",
    "ios18_pruned_palette4": "sparse 4-bit palette",
    "ios18_uint4": "uint4 per channel",
}


@pytest.mark.parametrize("name", CONVERTED)
def test_packages_of_the_real_converter(name: str) -> None:
    found = read_mlpackage(CORPUS / f"{name}.mlpackage").inspection
    assert CONVERTED[name] == group_text(found.weights[0])
    assert 0 == found.unused_bytes


@pytest.mark.parametrize("seed", range(4))
def test_mutants_are_read_or_refused(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    package = linear().save(tmp_path / "net.mlpackage")
    file = package / "Data" / MODEL
    good = file.read_bytes()
    for _ in range(100):
        content = bytearray(good)
        for _ in range(chance.choice((1, 2, 16))):
            content[chance.randrange(len(content))] = chance.choice((0, 1, 8, 127, 255))
        file.write_bytes(content)
        try:
            groups = read_mlpackage(package).inspection.weights
        except BadVariant:
            continue
        assert all(isinstance(group, WeightGroup) for group in groups)


def test_a_scale_of_fewer_dimensions_is_per_channel(tmp_path: Path) -> None:
    program = Program()
    _affine(program)
    program.op("linear", {"x": "x", "weight": "w"}, "y")
    (group,) = inspected(tmp_path, program).weights
    assert Scheme.PER_CHANNEL is group.scheme
