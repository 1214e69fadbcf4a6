"""The reader of TFLite's flatbuffer, against damage of every kind."""

import random
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.adapters.models.facts import FileFacts, decode_facts, encode_facts
from labtui.adapters.models.tflite import read_tflite
from labtui.core.inspection.facts import Inspection, OpGroup, Scheme, WeightGroup, WeightUse
from labtui.core.model import TensorSpec
from labtui.core.protocol import ProtocolViolation
from labtui.errors import BadVariant
from tests.tiny_tflite import Graph, Op, Type, fully_connected, half_delegated

GOOD = half_delegated()


def test_every_cut_of_a_file_is_noticed() -> None:
    whole = fully_connected()
    for length in range(0, len(whole) - 16, 7):
        with pytest.raises(BadVariant):
            read_tflite(whole[:length])


@pytest.mark.parametrize("seed", range(4))
def test_mutants_are_read_or_refused(seed: int) -> None:
    """Hundreds of damaged files: nothing but BadVariant, or facts that survive the pipe."""
    chance = random.Random(seed)
    for _ in range(150):
        content = bytearray(GOOD)
        for _ in range(chance.choice((1, 2, 16))):
            content[chance.randrange(8, len(content))] = chance.choice((0, 1, 127, 255))
        try:
            line = encode_facts(read_tflite(bytes(content)))
            decode_facts(line)
        except (BadVariant, ValueError):
            continue


@given(st.binary(max_size=200))
def test_arbitrary_tails_are_refused(tail: bytes) -> None:
    with pytest.raises(BadVariant):
        read_tflite(GOOD[:8] + tail)


def test_a_custom_op_is_named() -> None:
    graph = Graph()
    x, y = graph.tensor("x", (1,)), graph.tensor("y", (1,))
    graph.op(Op.CUSTOM, [x], [y])
    graph.codes[0].customCode = "Magic\x1b[31m"
    assert (("CUSTOM Magic\ufffd[31m", 1),) == read_tflite(graph.pack([x], [y])).ops


def test_an_op_newer_than_the_schema_is_counted() -> None:
    graph = Graph()
    x, y = graph.tensor("x", (1,)), graph.tensor("y", (1,))
    graph.op(9999, [x], [y])
    assert (("OP 9999", 1),) == read_tflite(graph.pack([x], [y])).ops


def test_the_precision_mix_is_largest_first_and_shared_buffers_count_once() -> None:
    graph = Graph()
    graph.tensor("a", (10,), Type.INT8, data=np.zeros(10), scale=0.5)
    graph.tensor("b", (100,), Type.FLOAT16, data=np.zeros(100))
    graph.tensor("again", (100,), Type.FLOAT16)
    graph.tensors[-1].buffer = graph.tensors[-2].buffer
    facts = read_tflite(graph.pack([0], [1]))
    assert ((("float16", 200), ("int8", 10)), 110) == (facts.weight_bytes, facts.parameters)


FACTS = FileFacts(
    inputs=(TensorSpec("x", (-1, 8), "int8", 0.5, -3),),
    outputs=(TensorSpec("y", (), "float32"),),
    ops=(("ADD", 2),),
    weight_bytes=(),
    parameters=7,
    inspection=Inspection(
        format_version=3,
        ops=(OpGroup("ADD", 2, "float32", 2), OpGroup("conv", None, "", 1)),
        weights=(
            WeightGroup("int4", Scheme.BLOCKWISE, WeightUse.HYBRID, True, 1, 1 << 40, 1 << 39),
        ),
        opset="CoreML8",
        signatures=("main",),
        declared_runtime="2.9.0",
        tools=(("coremltools", "9.0"),),
        duplicate_bytes=1,
        unused_bytes=2,
    ),
)


def test_facts_arrive_as_they_were_sent() -> None:
    assert FACTS == decode_facts(encode_facts(FACTS))


REFUSED = {
    "shape below -1": (b"[-1, 8]", b"[-2, 8]"),
    "shape of text": (b"[-1, 8]", b'["8"]'),
    "shape as bool": (b"[-1, 8]", b"[true]"),
    "ops of three": (b'["ADD", 2]', b'["ADD", 2, 3]'),
    "negative count": (b'["ADD", 2]', b'["ADD", -2]'),
    "scale of text": (b"0.5", b'"0.5"'),
    "parameters": (b'"parameters": 7', b'"parameters": 1e3'),
    "scheme": (b'"blockwise"', b'"by mood"'),
    "use": (b'"hybrid"', b'"plain"'),
    "sparse": (b'"is_sparse": true', b'"is_sparse": 1'),
    "signatures": (b'["main"]', b"[1]"),
    "tools": (b'[["coremltools", "9.0"]]', b'["coremltools"]'),
    "no inspection": (b'"inspection": {', b'"inspected": {'),
}


@pytest.mark.parametrize("name", REFUSED)
def test_facts_that_are_none(name: str) -> None:
    good, bad = REFUSED[name]
    line = encode_facts(FACTS)
    assert good in line
    with pytest.raises(ProtocolViolation):
        decode_facts(line.replace(good, bad))


def test_the_child_keeps_to_its_memory() -> None:
    """What a hostile file can make it allocate ends with an error, not with the computer."""
    code = (
        "from labtui.adapters.models import child\n"
        "child._limit(0)\n"
        "try: bytearray(3 << 30)\n"
        "except MemoryError: print('bounded')\n"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    )
    assert "bounded\n" == output.stdout or sys.platform != "linux"
