"""What is read of Core ML packages; and packages that are broken, hostile or of another kind."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labtui.adapters.models import mlpackage
from labtui.adapters.models.facts import FileFacts, decode_facts, encode_facts
from labtui.adapters.models.inspector import ChildInspector
from labtui.adapters.models.mlpackage import read_mlpackage
from labtui.core.inspection.facts import OpGroup, Scheme, WeightGroup, WeightUse
from labtui.core.model import TensorSpec, Variant, VariantFormat
from labtui.errors import BadVariant
from labtui.mil.errors import MissingCoremltools
from tests.tiny_mlpackage import MODEL, WEIGHTS, Program, linear


def read(folder: Path, program: Program) -> FileFacts:
    facts = read_mlpackage(program.save(folder / "net.mlpackage"))
    assert facts == decode_facts(encode_facts(facts))
    return facts


def test_what_is_known_of_a_float_program(tmp_path: Path) -> None:
    facts = read(tmp_path, linear())
    assert (TensorSpec("x", (1, 16), "float32"),) == facts.inputs
    assert (TensorSpec("y", (1, 10), "float32"),) == facts.outputs
    assert ((("linear", 1),), (("float32", 680),), 170) == (
        facts.ops,
        facts.weight_bytes,
        facts.parameters,
    )
    found = facts.inspection
    assert (8, "CoreML7", ()) == (found.format_version, found.opset, found.signatures)
    assert (OpGroup("linear", None, "float32", 1),) == found.ops
    assert (
        WeightGroup("float32", Scheme.PLAIN, WeightUse.FLOAT, False, 2, 170, 680),
    ) == found.weights
    assert (0, 0) == (found.duplicate_bytes, found.unused_bytes)


def test_tools_are_named_from_the_metadata(tmp_path: Path) -> None:
    program = linear()
    metadata = program.spec.description.metadata.userDefined
    metadata["com.github.apple.coremltools.version"] = "9.0"
    metadata["com.github.apple.coremltools.source"] = "torch==2\x1b"
    assert (("coremltools", "9.0"), ("from", "torch==2\ufffd")) == read(
        tmp_path, program
    ).inspection.tools


def quantized(program: Program) -> None:
    """Add a linear with int8 weights of the newer kind."""
    data = program.blob(np.zeros((10, 16)), "INT8")
    scale = program.blob(np.ones((10, 1)), "FLOAT16")
    program.op(
        "constexpr_blockwise_shift_scale", {"data": data, "scale": scale}, "q", shape=(10, 16)
    )
    program.op("linear", {"x": "x", "weight": "q"}, "z", shape=(1, 10))


def test_compressed_weights_count_with_their_scales(tmp_path: Path) -> None:
    program = Program()
    quantized(program)
    expected = WeightGroup(
        "int8", Scheme.PER_CHANNEL, WeightUse.DEQUANTIZED, False, 1, 160, 160 + 20
    )
    assert (expected,) == read(tmp_path, program).inspection.weights


def test_the_ops_of_blocks_inside_are_counted(tmp_path: Path) -> None:
    program = linear()
    inner = program.op("cond", {"pred": "x"}, "c").blocks.add()
    inner.operations.add(type="relu").outputs.add(name="r")
    assert ("relu", 1) in read(tmp_path, program).ops


def test_ends_of_other_kinds(tmp_path: Path) -> None:
    program = linear()
    picture = program.spec.description.input.add(name="photo").type.imageType
    picture.width, picture.height, picture.colorSpace = 64, 32, 20
    gray = program.spec.description.input.add(name="gray").type.imageType
    gray.width, gray.height, gray.colorSpace = 8, 8, 10
    sizes = program.spec.description.input.add(name="any").type.multiArrayType
    sizes.shape.extend((1, 3))
    sizes.dataType = 65552
    for lower, upper in ((1, 1), (1, 9)):
        sizes.shapeRange.sizeRanges.add(lowerBound=lower, upperBound=upper)
    program.spec.description.output.add(name="word").type.stringType.SetInParent()
    facts = read(tmp_path, program)
    assert facts.inputs[1:] == (
        TensorSpec("photo", (32, 64, 3), "image"),
        TensorSpec("gray", (8, 8, 1), "image"),
        TensorSpec("any", (1, -1), "float16"),
    )
    assert TensorSpec("word", (), "string") == facts.outputs[1]


def test_several_functions_are_named_and_the_default_one_is_read(tmp_path: Path) -> None:
    program = linear()
    description = program.spec.description
    other = program.spec.mlProgram.functions["other"]
    other.opset = "CoreML8"
    op = other.block_specializations["CoreML8"].operations.add(type="const")
    op.attributes["val"].CopyFrom(program.blob(np.zeros(1000)))
    described = description.functions.add(name="main")
    described.input.extend(description.input)
    del description.input[:], description.output[:]
    description.defaultFunctionName = "main"
    facts = read(tmp_path, program)
    assert (("main", "other"), "x") == (facts.inspection.signatures, facts.inputs[0].name)
    assert (170, 0) == (facts.parameters, facts.inspection.unused_bytes)


def test_weights_that_are_stored_twice_or_in_vain(tmp_path: Path) -> None:
    program = Program()
    noise = np.random.default_rng(1).standard_normal((32, 32))
    for name in "ab":
        program.constant(name, noise)
    program.blob(noise, "FLOAT16")
    program.op("add", {"x": "a", "y": "b"}, "y")
    found = read(tmp_path, program).inspection
    assert (4096, 2048 + 64) == (found.duplicate_bytes, found.unused_bytes)


async def inspect(path: Path) -> Variant:
    return await ChildInspector().inspect(path)


async def test_a_package_goes_through_the_child_and_its_digest_leaves_the_manifest_out(
    tmp_path: Path,
) -> None:
    first = linear().save(tmp_path / "tiny_net.fp32.mlpackage")
    again = linear().save(tmp_path / "tiny_net.copy.mlpackage")
    (again / "Manifest.json").write_text((again / "Manifest.json").read_text() + "\n")
    one, two = await inspect(first), await inspect(again)
    assert ("tiny_net", "fp32", VariantFormat.MLPACKAGE) == (one.model, one.recipe, one.format)
    assert one.digest == two.digest
    assert sum(f.stat().st_size for f in first.rglob("*") if f.is_file()) == one.size_bytes


def cut(file: str, keep: int) -> Callable[[Path], None]:
    def spoil(package: Path) -> None:
        os.truncate(package / "Data" / file, keep)

    return spoil


def _remove_weights(package: Path) -> None:
    (package / "Data" / WEIGHTS).unlink()


def _link_weights(package: Path) -> None:
    _remove_weights(package)
    (package / "Data" / WEIGHTS).symlink_to("/etc/passwd")


def _link_folder(package: Path) -> None:
    (package / "more").symlink_to("/")


def _add_pipe(package: Path) -> None:
    os.mkfifo(package / "pipe")


def _manifest(text: str) -> Callable[[Path], None]:
    def spoil(package: Path) -> None:
        (package / "Manifest.json").write_text(text)

    return spoil


_AWAY = '{"itemInfoEntries":{"A":{"path":"../../secret"}},"rootModelIdentifier":"A"}'
SPOILED = {
    "no weights": (_remove_weights, "lacks its weights"),
    "cut weights": (cut(WEIGHTS, 300), "damaged or cut weights"),
    "empty weights": (cut(WEIGHTS, 0), "damaged or cut weights"),
    "cut specification": (cut(MODEL, 60), "damaged"),
    "empty specification": (cut(MODEL, 0), "holds no model"),
    "linked weights": (_link_weights, "holds something that is no plain file"),
    "linked folder": (_link_folder, "holds something that is no plain file"),
    "a pipe": (_add_pipe, "holds something that is no plain file"),
    "a way out": (_manifest(_AWAY), "leaves the package"),
    "no manifest": (lambda package: (package / "Manifest.json").unlink(), "has no Manifest.json"),
    "no JSON": (_manifest("{"), "damaged Manifest.json"),
    "an empty manifest": (_manifest("{}"), "names no model"),
}


@pytest.mark.parametrize("name", SPOILED)
async def test_spoiled_packages(tmp_path: Path, name: str) -> None:
    spoil, sentence = SPOILED[name]
    package = linear().save(tmp_path / "net.mlpackage")
    spoil(package)
    with pytest.raises(BadVariant, match=sentence) as caught:
        await inspect(package)
    assert str(caught.value).startswith(f"{package} ")
    assert str(caught.value).endswith((".", ")"))


async def test_a_package_of_very_many_files(tmp_path: Path) -> None:
    package = linear().save(tmp_path / "net.mlpackage")
    for number in range(1001):
        (package / f"file{number}").touch()
    with pytest.raises(BadVariant, match="more than 1000 files"):
        await inspect(package)


async def test_a_file_that_is_called_a_package(tmp_path: Path) -> None:
    (tmp_path / "net.mlpackage").write_bytes(b"x")
    with pytest.raises(BadVariant, match="is no folder"):
        await inspect(tmp_path / "net.mlpackage")


def _old_kind(program: Program) -> None:
    program.spec.neuralNetwork.SetInParent()


def _no_function(program: Program) -> None:
    program.spec.mlProgram.functions["main"].opset = "gone"


def _huge(program: Program) -> None:
    program.op("relu", {"x": "x"}, "h", shape=(1 << 40, 1 << 20))


def _many_dimensions(program: Program) -> None:
    program.op("relu", {"x": "x"}, "h", shape=(1,) * 99)


def _circle(program: Program) -> None:
    program.op("constexpr_cast", {"data": "b2"}, "a2")
    program.op("constexpr_cast", {"data": "a2"}, "b2")
    program.op("relu", {"x": "a2"}, "r")


WRONG: dict[str, tuple[Callable[[Program], Any], str]] = {
    "neural network": (_old_kind, "a neural network of the old kind: convert it to an ML Program"),
    "no function": (_no_function, "without a main function"),
    "impossible shape": (_huge, "contradicts itself"),
    "impossible rank": (_many_dimensions, "contradicts itself"),
}


@pytest.mark.parametrize("name", WRONG)
def test_programs_that_cannot_be_used(tmp_path: Path, name: str) -> None:
    change, sentence = WRONG[name]
    program = linear()
    change(program)
    with pytest.raises(BadVariant, match=sentence):
        read(tmp_path, program)


def test_weights_that_decompress_each_other_end(tmp_path: Path) -> None:
    program = linear()
    _circle(program)
    assert 171 == read(tmp_path, program).parameters


def test_without_coremltools_one_sentence_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(_: Path) -> None:
        raise MissingCoremltools

    monkeypatch.setattr(mlpackage, "read_package", missing)
    with pytest.raises(BadVariant, match=r"cannot be read: .*pip install 'labtui\[ios\]'"):
        read(tmp_path, linear())
