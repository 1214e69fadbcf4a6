"""Sweeps: sizes by shape or name, neighbours only, and fall-offs."""

from typing import Any

import pytest

from labtui.core.history import Numerics, ResultRow
from labtui.core.sweeps import Axis, family_of, point_of, sweep_steps
from tests.core.result_rows import MS, result


def row(model: str, p50_ms: float, *shape: int, recipe: str = "fp32", **others: Any) -> ResultRow:
    return result(model, recipe, p50_ns=p50_ms * MS, input_shape=shape, **others)


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("net@384b4", "net"),
        ("net@384", "net"),
        ("net@b4", "net"),
        ("net@", "net"),
        ("net", "net"),
        ("net@large", "net@large"),
        ("a@b@2", "a@b"),
        ("@384", "@384"),
        ("net@0", "net@0"),
    ],
)
def test_the_family_is_the_name_without_its_sizes(model: str, family: str) -> None:
    assert family == family_of(model)


@pytest.mark.parametrize(
    ("model", "shape", "expected"),
    [
        ("net", (2, 224, 320, 3), (2, 224, 320)),
        ("net", (2, 3, 224, 320), (2, 224, 320)),
        ("net", (1, 28, 28), (1, 28, 28)),
        ("net@384b4", (), (4, 384, 384)),
        ("net@384", (), (1, 384, 384)),
        ("net@384b4", (1, 224, 224, 3), (1, 224, 224)),
        ("net@384b4", (-1, 3, -1, -1), (4, 384, 384)),
        ("net@b4", (-1, 224, 224, 3), (4, 224, 224)),
        ("net@b4", (), None),
        ("net", (), None),
        ("net", (1, 1_000), None),
        ("net", (1, 16, 24, 32), None),
        ("net", (1, -1, -1, 3), None),
    ],
)
def test_sizes_come_from_the_shape_or_else_from_the_name(
    model: str, shape: tuple[int, ...], expected: tuple[int, int, int] | None
) -> None:
    point = point_of(row(model, 1.0, *shape))
    assert expected == (point and (point.batch, point.height, point.width))


def test_a_point_has_its_cost_by_item_and_by_pixel() -> None:
    point = point_of(row("net", 8.0, 4, 100, 200, 3))
    assert point is not None
    assert (2 * MS, 100.0, "200x100") == (point.ns_per_item, point.ns_per_pixel, point.size)


@pytest.mark.parametrize(
    "useless",
    [
        result("net@224", p90_ms=None),
        result("net@224", numerics=Numerics.BROKEN),
        result("net@224", p50_ns=0.0),
    ],
)
def test_what_says_nothing_about_cost_is_left_out(useless: ResultRow) -> None:
    assert point_of(useless) is None


def test_a_step_that_costs_much_more_per_pixel_is_a_fall_off() -> None:
    steps = sweep_steps(
        [row("vit@384", 20.0), row("vit@224", 4.0), row("vit@448", 27.0), row("vit@112", 1.1)]
    )
    assert [("112x112", "224x224"), ("224x224", "384x384"), ("384x384", "448x448")] == [
        (step.smaller.size, step.larger.size) for step in steps
    ]
    assert [False, True, False] == [step.is_fall_off for step in steps]
    assert [0.909, 1.701, 0.992] == [round(step.ratio, 3) for step in steps]
    assert {("vit", Axis.RESOLUTION)} == {(step.family, step.axis) for step in steps}
    assert (
        "At 224x224 a pixel takes 79.7 ns, 9 % less than at 112x112 (87.7 ns).",
        "Fall-off: At 384x384 a pixel takes 136 ns, 70 % more than at 224x224 (79.7 ns).",
    ) == (steps[0].text, steps[1].text)


def test_batches_are_an_axis_of_their_own() -> None:
    steps = sweep_steps([row("net@32b1", 1.0), row("net@32b4", 6.0), row("net@64b1", 4.0)])
    found = {step.axis: step for step in steps}
    assert (2, 1.5, 1.0) == (
        len(steps), found[Axis.BATCH].ratio, found[Axis.RESOLUTION].ratio,
    )  # fmt: skip
    assert (
        "Fall-off: In a batch of 4 an item takes 1.5 ms, 50 % more than in a batch of 1 (1 ms)."
        == found[Axis.BATCH].text
    )


@pytest.mark.parametrize(
    "other",
    [
        row("net@64", 9.0, session="01T"),
        row("net@64", 9.0, device="ios:2"),
        row("net@64", 9.0, recipe="int8"),
        row("net@64", 9.0, accelerator_asked="gpu"),
        row("net@64", 9.0, threads=4),
        row("net@64", 9.0, xnnpack=False),
        row("web@64", 9.0),
        row("net@64b2", 9.0),
        row("net@32", 9.0),
    ],
)
def test_neighbours_differ_in_nothing_else(other: ResultRow) -> None:
    assert () == sweep_steps([row("net@32", 1.0), other])


@pytest.mark.parametrize(("limit", "is_fall_off"), [(0.2, True), (0.3, False)])
def test_the_limit_is_free(limit: float, is_fall_off: bool) -> None:
    (step,) = sweep_steps([row("net@10", 1.0), row("net@20", 5.0)], limit)
    assert is_fall_off is step.is_fall_off
