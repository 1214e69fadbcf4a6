"""Makes the whole folder: eval set, variants, recipes and README."""

# mypy: disable-error-code="import-not-found, import-untyped"
# torch and its converters live in an environment of their own: here they count as Any.

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from torch import Tensor

from scripts.demo_variants.data import Digits, Pairs, compose, seeded, split_originals
from scripts.demo_variants.evalset import NAME, fingerprint, write_eval_set
from scripts.demo_variants.export import CALIBRATION_ITEMS, FLOAT, PRECISIONS, convert, quantize
from scripts.demo_variants.nets import NETS
from scripts.demo_variants.recipe import CALIBRATION_SEED, Variant, write_recipe
from scripts.demo_variants.report import readme
from scripts.demo_variants.train import Trained, predict, train
from scripts.demo_variants.verify import Floats, measure

EVAL_ITEMS = 1000
EVAL_SEED = 3


@dataclass(frozen=True, slots=True)
class Inputs:
    """What every net is trained, calibrated and scored with."""

    originals: Digits
    """Of the training split."""
    calibration: Tensor
    """uint8 items of the training split."""
    items: Pairs
    """The eval set."""


def build(folder: Path) -> list[Variant]:
    """Fill the empty `folder`; returns the variants in it."""
    inputs = _inputs()
    nets = {model: train(model, inputs.originals) for model in NETS}
    references = {
        model: predict(trained.net, inputs.items.pixels).numpy() for model, trained in nets.items()
    }
    write_eval_set(folder / NAME, inputs.items, references)
    (folder / "variants").mkdir()
    variants = [
        variant
        for model, trained in nets.items()
        for variant in _variants(folder / "variants", model, trained, inputs, references[model])
    ]
    text = readme(variants, nets, total_bytes(folder / NAME))
    (folder / "README.md").write_text(text)
    return variants


def total_bytes(folder: Path) -> int:
    """Return the size of all files under `folder`."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _inputs() -> Inputs:
    training, test = split_originals()
    return Inputs(
        training,
        compose(training, CALIBRATION_ITEMS, seeded(CALIBRATION_SEED)).pixels,
        compose(test, EVAL_ITEMS, seeded(EVAL_SEED)),
    )


def _variants(
    folder: Path, model: str, trained: Trained, inputs: Inputs, reference: Floats
) -> list[Variant]:
    """Write one net in every precision, each with its recipe."""
    paths = {name: folder / f"{model}.{name}.tflite" for name in (FLOAT, *PRECISIONS)}
    convert(trained.net, inputs.calibration[:1], paths[FLOAT])
    for name, precision in PRECISIONS.items():
        quantize(paths[FLOAT], precision, inputs.calibration, paths[name])
    variants = [
        Variant(path, name, measure(path, inputs.items, reference)) for name, path in paths.items()
    ]
    for variant in variants:
        write_recipe(variant, _source(variant, paths[FLOAT], inputs.originals), trained)
    return variants


def _source(variant: Variant, float_file: Path, originals: Digits) -> dict[str, str]:
    """Return what the variant was made of: the float file, or for that one the training data."""
    if variant.path != float_file:
        return {"file": float_file.name, "sha256": str(fingerprint(float_file)["sha256"])}
    digest = sha256(originals.images.numpy().tobytes() + originals.labels.numpy().tobytes())
    return {"data": "scikit-learn digits, training split", "sha256": digest.hexdigest()}
