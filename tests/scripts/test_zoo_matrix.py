"""The matrix: names, shapes, selections and digests."""

from dataclasses import replace

import pytest

from scripts.zoo_models.matrix import (
    Cell,
    NothingSelected,
    Shape,
    cells,
    choose_models,
    choose_recipes,
    digest,
    net_digest,
    shapes,
)
from scripts.zoo_models.recipes import Format, ModelSource, Quantization, Recipe, Scheme

NET = ModelSource("net", "timm:net", (224, 384), (1, 4))
DEMO = ModelSource("pairs", "demo:pairs")
FP32 = Recipe("fp32", Format.TFLITE, "")
PAL4 = Recipe("pal4", Format.COREML, "")
TOOLS = {"torch": "2"}


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (Cell(NET, Shape(224, 1), FP32), "net.fp32.tflite"),
        (Cell(NET, Shape(384, 1), FP32), "net@384.fp32.tflite"),
        (Cell(NET, Shape(224, 4), PAL4), "net@224b4.pal4.mlpackage"),
        (Cell(NET, Shape(384, 4), PAL4), "net@384b4.pal4.mlpackage"),
        (Cell(DEMO, Shape(0, 1), PAL4), "pairs.pal4.mlpackage"),
        (Cell(DEMO, Shape(0, 2), replace(FP32, format=Format.ONNX)), "pairs@b2.fp32.onnx"),
    ],
)
def test_file_names(cell: Cell, expected: str) -> None:
    assert expected == cell.file_name


def test_batches_share_the_items_of_their_size() -> None:
    assert "net" == Cell(NET, Shape(224, 4), FP32).items_name
    assert "net@384" == Cell(NET, Shape(384, 4), FP32).items_name


@pytest.mark.parametrize(
    ("model", "sizes", "batches", "expected"),
    [
        (NET, (), (1,), [(224, 1)]),
        (NET, (384, 224), (1,), [(224, 1), (384, 1)]),
        (NET, (224,), (1, 4), [(224, 1), (224, 4)]),
        (NET, (256,), (1,), []),
        (NET, (), (8,), []),
        (DEMO, (), (1,), [(0, 1)]),
        (DEMO, (224, 384), (1, 4), [(0, 1)]),
    ],
)
def test_only_shapes_that_a_model_takes(
    model: ModelSource,
    sizes: tuple[int, ...],
    batches: tuple[int, ...],
    expected: list[tuple[int, int]],
) -> None:
    assert [Shape(*shape) for shape in expected] == list(shapes(model, sizes, batches))


def test_the_matrix_goes_model_by_model() -> None:
    made = cells([NET, DEMO], [FP32, PAL4])
    names = ["net.fp32", "net.pal4", "pairs.fp32", "pairs.pal4"]
    assert names == [cell.name for cell in made]


def test_selections() -> None:
    assert (DEMO,) == choose_models([NET, DEMO], "p*")
    assert (NET, DEMO) == choose_models([NET, DEMO], "pairs, net")
    assert (FP32, PAL4) == choose_recipes([FP32, PAL4], "*")
    assert (PAL4,) == choose_recipes([FP32, PAL4], "coreml/pal?")
    with pytest.raises(NothingSelected, match="'fp32'; there are tflite/fp32"):
        choose_recipes([FP32], "fp32")


CELL = Cell(NET, Shape(224, 1), FP32)
OTHERS = {
    "shape": replace(CELL, shape=Shape(384, 1)),
    "seed": replace(CELL, model=replace(NET, seed=1)),
    "settings": replace(CELL, recipe=replace(FP32, quantization=Quantization(Scheme.HALF))),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_whatever_decides_the_file_changes_its_digest(other: Cell) -> None:
    assert digest(CELL, TOOLS) == digest(replace(CELL), dict(TOOLS))
    assert digest(CELL, TOOLS) != digest(other, TOOLS)


def test_other_tools_make_another_digest() -> None:
    assert digest(CELL, TOOLS) != digest(CELL, {"torch": "3"})


def test_recipes_share_the_float_net_and_seeds_do_not() -> None:
    assert net_digest(CELL, TOOLS) == net_digest(OTHERS["settings"], TOOLS)
    assert net_digest(CELL, TOOLS) != net_digest(OTHERS["seed"], TOOLS)
    assert net_digest(CELL, TOOLS) != net_digest(OTHERS["shape"], TOOLS)
