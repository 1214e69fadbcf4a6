"""A variant's details, and pairs that a plan leaves out, as lines."""

from dataclasses import replace
from pathlib import Path

import pytest

from labtui.bench.preview import preview
from labtui.core.model import DeviceId, Platform, Variant, VariantFormat
from labtui.errors import UsageError
from labtui.tui.cells import PageLine
from labtui.tui.draft import Draft
from labtui.tui.shelf import Item
from labtui.tui.theme import Tone
from labtui.tui.views.plan import plan_lines
from labtui.tui.views.variant_details import variant_lines
from tests.tui.fakes import phone, variant

WIDTH = 80 - 2


def text(lines: list[PageLine]) -> str:
    return "\n".join("".join(cell.text for cell in line) for line in lines)


def known(item: Variant) -> list[PageLine]:
    return variant_lines(Item(Path(item.path), item))


def test_details_tell_what_the_file_is_made_of() -> None:
    shown = text(known(variant("full8")))
    for words in (
        "  parameters  875\u00a0000, 980 kB on disk",
        "  compression mixed precision",
        "  stored      int8 per channel 100 %; 8.0 bits a weight",
        "  still float SOFTMAX × 1",
        "  input       1×96×96×3 int8  image  scale 0.0078125, zero point -1",
        "  ops         CONV_2D × 36, DEPTHWISE_CONV_2D × 17, ADD × 10, SOFTMAX × 1",
    ):
        assert words in shown.splitlines()


def test_long_texts_take_as_many_lines_as_they_need() -> None:
    ops = tuple((f"LONG_NAME_OF_AN_OP_{number}", number) for number in range(40))
    lines = known(replace(variant("fp32"), ops=ops))
    assert max(map(len, text(lines).splitlines())) <= WIDTH
    assert "LONG_NAME_OF_AN_OP_39" in text(lines)


def test_a_mismatch_is_a_warning() -> None:
    odd = replace(variant("fp32"), recipe="full8")
    tones = {line[0].text.strip(): line[1].tone for line in known(odd)}
    assert Tone.WARN is tones["mismatch"]


def test_a_file_that_nobody_looked_into_shows_what_there_is() -> None:
    shown = text(known(replace(variant("fp32"), inspection=None)))
    assert "compression" not in shown
    assert "float32  image" in shown


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (Item(Path("a.tflite")), "reading…"),
        (Item(Path("a.tflite"), error="is \x1b[31mbroken"), "unusable    is \ufffd[31mbroken"),
    ],
)
def test_files_that_are_not_known(item: Item, words: str) -> None:
    assert words in text(variant_lines(item))


IPHONE = replace(phone(1, is_virtual=False), id=DeviceId("ios:1"), platform=Platform.IOS)
PACKAGE = replace(variant("fp16"), format=VariantFormat.MLPACKAGE)


def test_the_plan_says_what_it_leaves_out() -> None:
    bench = (phone(0), IPHONE)
    plan = Draft().plan((variant("fp32"), PACKAGE), bench)
    shown = text(plan_lines(preview(plan, bench), is_running=False))
    assert "LEFT OUT" in shown
    assert "up to 4 launches on each" in shown
    assert f"▲ {phone(0).name}: mobilenet_v2 fp16: .mlpackage files do not run there" in shown
    assert max(map(len, shown.splitlines())) <= WIDTH + 2


def test_a_plan_with_nothing_for_a_device_cannot_be_made() -> None:
    with pytest.raises(UsageError, match="can run none of the variants"):
        Draft().plan((variant("fp32"),), (phone(0), IPHONE))
