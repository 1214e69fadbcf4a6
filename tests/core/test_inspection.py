"""What the facts of a model file mean."""

from dataclasses import replace

import pytest

from labtui.core.inspection.facts import (
    Inspection,
    OpGroup,
    Scheme,
    WeightGroup,
    WeightUse,
    bits_of,
)
from labtui.core.inspection.meaning import (
    Compression,
    Layout,
    compression,
    compute_mix,
    float_ops,
    group_text,
    layout,
    weights_text,
)
from labtui.core.inspection.mismatch import bits_of_recipe, bits_per_weight, mismatches
from labtui.core.inspection.needs import foreign_ops, minimum_ios
from labtui.core.inspection.summary import report, summary
from labtui.core.model import Digest, TensorSpec, Variant, VariantFormat


def op(name: str, dtype: str = "float32", count: int = 1) -> OpGroup:
    return OpGroup(name, 1, dtype, count)


def weights(
    dtype: str,
    scheme: Scheme = Scheme.PLAIN,
    use: WeightUse = WeightUse.FLOAT,
    *,
    elements: int = 1000,
    is_sparse: bool = False,
) -> WeightGroup:
    stored_bytes = elements * bits_of(dtype) // 8
    return WeightGroup(dtype, scheme, use, is_sparse, 1, elements, stored_bytes)


FLOATS = weights("float32")
HALVES = weights("float16")
INT8 = weights("int8", Scheme.PER_CHANNEL, WeightUse.INTEGER)
DYNAMIC = weights("int8", Scheme.PER_CHANNEL, WeightUse.HYBRID)
STORED = weights("int8", Scheme.PER_CHANNEL, WeightUse.DEQUANTIZED)
PALETTE = weights("uint6", Scheme.PALETTE, WeightUse.DEQUANTIZED)
SPARSE = weights("float16", use=WeightUse.DEQUANTIZED, is_sparse=True)
BIASES = weights("int32", Scheme.PER_CHANNEL, WeightUse.INTEGER, elements=10)

KINDS = {
    "float32": ((op("CONV_2D"),), (FLOATS,), Compression.NONE),
    "no weights": ((op("ADD"),), (), Compression.NONE),
    "half floats": ((op("conv", "float16"),), (HALVES,), Compression.FLOAT16),
    "few half floats": ((op("conv"),), (FLOATS, replace(HALVES, elements=9)), Compression.NONE),
    "dynamic range": ((op("CONV_2D"),), (DYNAMIC, FLOATS), Compression.DYNAMIC),
    "weight-only": ((op("CONV_2D"),), (STORED,), Compression.WEIGHT_ONLY),
    "palette": ((op("conv", "float16"),), (PALETTE, HALVES), Compression.WEIGHT_ONLY),
    "sparse": ((op("conv", "float16"),), (SPARSE,), Compression.WEIGHT_ONLY),
    "integers": ((op("CONV_2D", "int8"),), (INT8, BIASES), Compression.FULL_INTEGER),
    "integers between float ends": (
        (op("QUANTIZE", "int8"), op("CONV_2D", "int8"), op("DEQUANTIZE")),
        (INT8,),
        Compression.FULL_INTEGER,
    ),
    "moved floats": ((op("CONV_2D", "int8"), op("RESHAPE")), (INT8,), Compression.FULL_INTEGER),
    "mixed": ((op("CONV_2D", "int8"), op("SOFTMAX")), (INT8,), Compression.MIXED),
    "int16": ((op("CONV_2D", "int16"), op("MEAN")), (INT8,), Compression.INT16X8),
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_kinds_of_compression(name: str) -> None:
    ops, found, expected = KINDS[name]
    assert expected is compression(Inspection(3, ops, found))


def test_what_stayed_float_is_listed_only_where_others_did_not() -> None:
    mixed = Inspection(3, (op("CONV_2D", "int8"), op("SOFTMAX", count=9), op("TRANSPOSE")), ())
    assert (("SOFTMAX", 9),) == float_ops(mixed)
    assert () == float_ops(Inspection(3, (op("SOFTMAX"),), ()))


def test_the_precision_mix_leaves_conversions_and_moves_aside() -> None:
    ops = (op("CONV_2D", "int8", 5), op("QUANTIZE", "int8", 9), op("SOFTMAX"), op("PAD", "int8"))
    assert (("int8", 5), ("float32", 1)) == compute_mix(Inspection(3, ops, ()))


@pytest.mark.parametrize(
    ("group", "words"),
    [
        (FLOATS, "float32"),
        (INT8, "int8 per channel"),
        (PALETTE, "6-bit palette"),
        (SPARSE, "sparse float16"),
        (replace(PALETTE, is_sparse=True), "sparse 6-bit palette"),
        (replace(INT8, dtype="int4", scheme=Scheme.BLOCKWISE), "int4 blockwise"),
    ],
)
def test_groups_in_words(group: WeightGroup, words: str) -> None:
    assert words == group_text(group)


def test_shares_of_less_than_one_per_cent_are_not_worth_words() -> None:
    few = replace(FLOATS, elements=5)
    assert "int8 per channel 100 %" == weights_text(Inspection(3, (), (INT8, few)))
    assert "" == weights_text(Inspection(3, (), ()))


@pytest.mark.parametrize(
    ("dtype", "bits"),
    [("float32", 32), ("bfloat16", 16), ("uint6", 6), ("int4", 4), ("float8_e4m3fn", 8), ("?", 8)],
)
def test_bits_of_a_type(dtype: str, bits: int) -> None:
    assert bits == bits_of(dtype)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((1, 3, 224, 224), Layout.NCHW),
        ((-1, 224, 224, 3), Layout.NHWC),
        ((1, 1, 32, 64), Layout.NCHW),
        ((1, 3, 3, 3), Layout.UNKNOWN),
        ((1, 197, 192, 8), Layout.UNKNOWN),
        ((1, 100), Layout.UNKNOWN),
    ],
)
def test_layouts_by_shape(shape: tuple[int, ...], expected: Layout) -> None:
    assert expected is layout(shape)


@pytest.mark.parametrize(
    ("recipe", "bits"),
    [
        ("fp32", 32), ("fp16", 16), ("float16", 16), ("dyn8", 8), ("dynamic8", 8), ("full8", 8),
        ("full8-1image", 8), ("int8", 8), ("wo4", 4), ("dyn4b32", 4), ("lin4b32", 4), ("pal6", 6),
        ("pal6a8", 6), ("w8a8", 8), ("i16x8", 8), ("int16x8", 8), ("mixed8", 8), ("v2.fp16", 16),
        ("prune50", None), ("", None), ("v2", None), ("224", None), ("final", None),
    ],
)  # fmt: skip
def test_what_a_name_promises(recipe: str, bits: int | None) -> None:
    assert bits == bits_of_recipe(recipe)


def test_bits_per_weight_leave_the_biases_of_integers_aside() -> None:
    assert 8.0 == bits_per_weight(Inspection(3, (), (INT8, BIASES)))
    assert bits_per_weight(Inspection(3, (), (BIASES,))) is None


MB = 1_000_000
LARGE = weights("float32", elements=MB)
MISMATCHES = {
    "as it should be": (Inspection(3, (), (LARGE,)), "fp32", 4 * MB, ""),
    "small and all graph": (Inspection(3, (op("ADD"),), ()), "fp32", 30_000, ""),
    "wider than its name": (Inspection(3, (), (LARGE,)), "full8", 4 * MB, "take 32.0: part of"),
    "narrower than its name": (Inspection(3, (), (INT8,)), "fp32", 1000, "compressed further"),
    "doubled": (
        Inspection(3, (), (LARGE,), duplicate_bytes=MB), "fp32", 5 * MB,
        "1.0 MB of constants are stored twice",
    ),
    "left over": (
        Inspection(3, (), (LARGE,), unused_bytes=MB // 2), "fp32", 4_500_000,
        "500 KB of constants are used by nothing",
    ),
    "larger than can be": (
        Inspection(3, (), (LARGE,)), "", 6 * MB, "takes 6.0 MB on disk, but its weights need only",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISMATCHES)
def test_mismatches(name: str) -> None:
    found, recipe, size_bytes, expected = MISMATCHES[name]
    sentences = mismatches(found, recipe, size_bytes)
    assert bool(expected) == len(sentences)
    assert expected in "".join(sentences)


def test_ops_that_stock_litert_lacks() -> None:
    names = ("ADD", "CUSTOM FlexErf", "CUSTOM TFLite_Detection_PostProcess", "OP 9999", "ADD")
    assert ("FlexErf", "OP 9999") == foreign_ops(Inspection(3, tuple(map(op, names)), ()))


def test_the_ios_that_a_package_needs() -> None:
    versions = {version: minimum_ios(Inspection(version, (), ())) for version in (6, 8, 10, 99)}
    assert {6: 15, 8: 17, 10: 26, 99: None} == versions


def variant(inspection: Inspection | None, dtype: str = "float32") -> Variant:
    return Variant(
        "net.full8.tflite", "net", "full8", VariantFormat.TFLITE, Digest("0" * 64), 1000,
        (TensorSpec("x", (1, 3, 32, 32), dtype),), (TensorSpec("y", (1, 10), dtype),), (), (), 1000,
        inspection,
    )  # fmt: skip


def test_nothing_is_said_of_a_file_that_nobody_looked_into() -> None:
    assert (None, ()) == (summary(variant(None)), report(variant(None)))


@pytest.mark.parametrize(("dtype", "expected"), [("int8", True), ("float32", False)])
def test_full_integer_means_the_ends_as_well(dtype: str, expected: bool) -> None:
    known = summary(variant(Inspection(3, (op("CONV_2D", "int8"),), (INT8,)), dtype))
    assert known is not None
    assert expected is known.is_full_integer


def lines(of: Variant) -> dict[str, str]:
    return {line.label: line.text for line in report(of)}


def test_a_report_on_a_tflite_file() -> None:
    found = Inspection(
        3, (op("CONV_2D", "int8", 2), op("SOFTMAX"), op("CUSTOM Erf", "int8")), (INT8,),
        signatures=("main",), declared_runtime="2.9.0",
    )  # fmt: skip
    assert lines(variant(found)) == {
        "compression": "mixed precision",
        "stored": "int8 per channel 100 %; 8.0 bits a weight",
        "computes in": "int8 (3 ops), float32 (1 op)",
        "still float": "SOFTMAX × 1",
        "layout": "NCHW, by its shape",
        "needs": "ops that stock LiteRT lacks: Erf",
        "declared": "runtime 2.9.0 (the converter's claim, often wrong)",
        "signatures": "main",
    }


def test_a_report_on_a_package() -> None:
    found = Inspection(9, (op("conv", "float16"),), (PALETTE,), "CoreML8", tools=(("made", "1"),))
    package = replace(variant(found), format=VariantFormat.MLPACKAGE, recipe="pal6")
    assert "iOS 18 or newer (specification 9, opset CoreML8)" == lines(package)["needs"]
    assert "made 1" == lines(package)["made by"]
    newer = replace(package, inspection=replace(found, format_version=42))
    assert "not known here (specification 42" in lines(newer)["needs"]


def test_contradictions_come_first_and_are_warnings() -> None:
    first = report(variant(Inspection(3, (op("CONV_2D"),), (FLOATS,))))[0]
    assert ("mismatch", True) == (first.label, first.is_warning)
