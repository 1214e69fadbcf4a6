"""TOML files of the zoo: what they mean, and what is refused."""

from pathlib import Path

import pytest

from scripts.zoo_models.recipes import (
    BadZooFile,
    Calibration,
    Format,
    ModelSource,
    Qat,
    Quantization,
    Ranges,
    Recipe,
    Scheme,
    load_models,
    load_recipes,
)


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return folder


def test_a_recipe_is_named_by_its_file_and_folder(tmp_path: Path) -> None:
    (recipe,) = load_recipes(write(tmp_path, "tflite/fp32", 'summary = "as is"'))
    assert Recipe("fp32", Format.TFLITE, "as is") == recipe
    assert "tflite/fp32" == recipe.id


def test_a_recipe_with_everything(tmp_path: Path) -> None:
    text = """
        summary = "all"
        target = "iOS17"
        min_snr_db = 12
        min_agreement = 0.5
        is_naive = true
        [quantization]
        scheme = "static"
        weight_bits = 8
        activation_bits = 16
        block_size = 32
        sparsity = 0.5
        float_ops = ["SOFTMAX"]
        [calibration]
        ranges = "moving average"
        items = 1
        seed = 4
    """
    (recipe,) = load_recipes(write(tmp_path, "coreml/all", text))
    assert Quantization(Scheme.STATIC, 8, 16, 32, 0.5, ("SOFTMAX",)) == recipe.quantization
    assert Calibration(Ranges.MOVING_AVERAGE, 1, 4) == recipe.calibration
    assert ("iOS17", 12, 0.5, True) == (
        recipe.target,
        recipe.min_snr_db,
        recipe.min_agreement,
        recipe.is_naive,
    )


def test_calibration_takes_128_items_unless_told(tmp_path: Path) -> None:
    (recipe,) = load_recipes(write(tmp_path, "tflite/a", 'summary = ""\n[calibration]'))
    assert Calibration(Ranges.MIN_MAX, 128) == recipe.calibration


def test_a_model_with_everything(tmp_path: Path) -> None:
    text = """
        source = "timm:net"
        sizes = [224, 384]
        batches = [1, 4]
        weights = "net.pt"
        inputs = "/data/items.npy"
        seed = 3
        [qat]
        weight_bits = 4
        steps = 10
        peak_rate = 0.1
    """
    (model,) = load_models(write(tmp_path, "models/net", text))
    weights, inputs = str(tmp_path.resolve() / "models" / "net.pt"), "/data/items.npy"
    qat = Qat(4, 10, 0.1)
    expected = ModelSource("net", "timm:net", (224, 384), (1, 4), weights, inputs, 3, qat)
    assert expected == model


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("summary = ", "Invalid value"),
        ('summary = ""\nbits = 4', "knows no bits"),
        ('summary = ""\n[quantization]\nscheme = "magic"', "'magic' is not a valid Scheme"),
        ('summary = ""\n[calibration]\nranges = "x"', "'x' is not a valid Ranges"),
        ("", "summary"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadZooFile, match=r"tflite/bad\.toml") as caught:
        load_recipes(write(tmp_path, "tflite/bad", text))
    assert said in str(caught.value)


def test_the_zoo_has_the_architectures_and_recipes_that_are_promised() -> None:
    models = {model.name: model for model in load_models()}
    assert {
        "mobilenetv2_100",
        "vit_base_patch16",
        "vit_large_patch16",
        "mobilevit_s",
        "mobilevitv2_100",
        "efficientformer_l1",
        "deit_tiny",
        "pairs_mbv2",
        "pairs_vit",
        "pairs_mvit",
    } <= set(models)
    assert (224, 384) == models["mobilenetv2_100"].sizes
    recipes = {recipe.id: recipe for recipe in load_recipes()}
    tflite = {
        *("fp32", "fp16", "dyn8", "full8", "full8_1item", "full8_avg"),
        *("mix8", "mix8_softmax", "i16x8", "wo8", "wo4"),
    }
    coreml = {
        *("fp32", "fp16", "lin8", "lin4", "lin4b32", "w8a8", "prune50"),
        *("pal8", "pal6", "pal4", "pal3"),
    }
    expected = {f"tflite/{name}" for name in tflite} | {f"coreml/{name}" for name in coreml}
    assert expected | {"onnx/fp32"} == set(recipes)


@pytest.mark.parametrize("recipe", load_recipes(), ids=lambda recipe: recipe.id)
def test_every_recipe_says_what_it_does_and_can_be_made(recipe: Recipe) -> None:
    assert recipe.summary
    assert recipe.is_naive == recipe.summary.startswith("naive: ")
    assert (recipe.format is Format.COREML) == bool(recipe.target)
    assert (recipe.quantization.scheme is Scheme.STATIC) == (recipe.calibration is not None)
