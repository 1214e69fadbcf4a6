"""The shipped demo variants and their eval set: whole, small, and as good as their papers say."""

import json
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from labtui.core.accuracy.score import GOLDEN_MIN_SNR_DB
from labtui.core.digests import folder_digest
from labtui.core.model import Digest
from labtui.mil.model import load_model
from labtui.resources import demo_data

EVAL_SET = demo_data() / "pairs100"
VARIANTS = demo_data() / "variants"
MODELS = ("pairs_mbv2", "pairs_vit", "pairs_mvit")
CAREFUL = ("fp32", "fp16", "dyn8", "full8")
NAMES = [
    *(f"{model}.{recipe}" for model in MODELS[:2] for recipe in CAREFUL),
    "pairs_mvit.full8",
    "pairs_mvit.full8_1item",
]
PACKAGES = [
    *("pairs_mbv2.fp16", "pairs_mbv2.lin8"),
    "pairs_vit.lin8",
    *("pairs_mvit.fp16", "pairs_mvit.pal4"),
]
PAPERS = [f"{name}.recipe.json" for name in NAMES]
PAPERS += [f"{name}.mlpackage.recipe.json" for name in PACKAGES]
TOP1_TOLERANCE = 0.01
"""int8 kernels of other processors may decide a few items otherwise."""

Floats = NDArray[np.float32]


def digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


@cache
def document(path: Path) -> Any:
    return json.loads(path.read_text())


def manifest() -> Any:
    return document(EVAL_SET / "manifest.json")


def recipe(name: str) -> Any:
    return document(VARIANTS / f"{name}.recipe.json")


def quantised(tensor: Any) -> NDArray[np.int8]:
    """Return all items as the README says."""
    scale, zero_point = tensor["quantization"]
    steps = np.rint(normalised() / np.float32(scale)) + np.float32(zero_point)
    result: NDArray[np.int8] = steps.clip(-128, 127).astype(np.int8)
    return result


def array(name: str) -> NDArray[Any]:
    loaded: NDArray[Any] = np.load(EVAL_SET / name, allow_pickle=False)
    return loaded


def normalised() -> Floats:
    norm = manifest()["normalisation"]
    scaled = array("x.npy").astype(np.float32) * np.float32(norm["scale"])
    result: Floats = (scaled - np.float32(norm["mean"])) / np.float32(norm["std"])
    return result


@cache
def logits(name: str) -> Floats:
    """Run a variant over the eval set, fed as the README says."""
    interpreter = Interpreter(model_path=str(VARIANTS / f"{name}.tflite"), num_threads=1)
    interpreter.allocate_tensors()
    (source,), (target,) = interpreter.get_input_details(), interpreter.get_output_details()
    is_int8 = source["dtype"] is np.int8
    items = quantised(source) if is_int8 else normalised()
    rows = []
    for item in items:
        interpreter.set_tensor(source["index"], item[np.newaxis])
        interpreter.invoke()
        rows.append(interpreter.get_tensor(target["index"])[0].astype(np.float32))
    scale, zero_point = target["quantization"]
    raw = np.stack(rows)
    return (raw - np.float32(zero_point)) * np.float32(scale) if is_int8 else raw


def package_logits(name: str, count: int) -> Floats:
    """Run a Core ML package over the first items."""
    model = load_model(VARIANTS / f"{name}.mlpackage")
    rows = [model.run([item[np.newaxis]])[0][0] for item in normalised()[:count]]
    return np.stack(rows).astype(np.float32)


def top1_of(outputs: Floats) -> float:
    return float((outputs.argmax(axis=1) == array("y.npy")).mean())


def snr_db(reference: Floats, values: Floats) -> float:
    error = np.square(values - reference, dtype=np.float64).sum()
    return float(10 * np.log10(np.square(reference, dtype=np.float64).sum() / error))


def test_all_of_it_stays_small() -> None:
    files = [path for path in demo_data().rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 6_000_000


def test_nothing_lies_beside_what_is_documented() -> None:
    files = [f"{name}.tflite" for name in NAMES] + [f"{name}.mlpackage" for name in PACKAGES]
    assert {*files, *PAPERS} == {path.name for path in VARIANTS.iterdir()}
    assert {"manifest.json", *manifest()["files"]} == {path.name for path in EVAL_SET.iterdir()}


def test_manifest_knows_every_array_by_its_digest() -> None:
    assert {"x.npy", "y.npy", "golden.npy"} == set(manifest()["files"])
    for name, known in manifest()["files"].items():
        assert known["bytes"] == (EVAL_SET / name).stat().st_size
        assert known["sha256"] == digest(EVAL_SET / name)


def test_arrays_have_the_shapes_of_the_manifest() -> None:
    count, classes = manifest()["count"], manifest()["classes"]
    assert (1000, 100) == (count, classes)
    assert (count, *manifest()["shape"]) == array("x.npy").shape
    assert (count,) == array("y.npy").shape
    assert (len(MODELS), len(manifest()["golden"]["items"]), classes) == array("golden.npy").shape
    dtypes = {name: array(name).dtype.str for name in manifest()["files"]}
    assert {"x.npy": "|u1", "y.npy": "<i4", "golden.npy": "<f4"} == dtypes


def test_labels_and_their_names() -> None:
    labels = array("y.npy")
    assert [f"{number:02}" for number in range(100)] == manifest()["label_names"]
    assert (0, 99) == (labels.min(), labels.max())
    assert len(np.unique(labels)) == 100


def test_golden_outputs_belong_to_the_shipped_models() -> None:
    assert list(MODELS) == manifest()["golden"]["models"]
    assert list(range(8)) == manifest()["golden"]["items"]


@pytest.mark.parametrize("name", NAMES)
def test_file_is_a_tflite_of_its_recipe(name: str) -> None:
    path = VARIANTS / f"{name}.tflite"
    assert path.read_bytes()[4:8] == b"TFL3"
    assert (name, digest(path)) == (recipe(name)["variant"], recipe(name)["sha256"])
    assert path.stat().st_size == recipe(name)["bytes"]


@pytest.mark.parametrize("name", PACKAGES)
def test_package_is_the_one_of_its_recipe(name: str) -> None:
    root = VARIANTS / f"{name}.mlpackage"
    files = [path for path in root.rglob("*") if path.is_file()]
    contents = {path.relative_to(root).as_posix(): Digest(digest(path)) for path in files}
    paper = recipe(f"{name}.mlpackage")
    assert (name, folder_digest(contents)) == (paper["variant"], paper["sha256"])
    assert sum(path.stat().st_size for path in files) == paper["bytes"]


@pytest.mark.parametrize("paper", PAPERS)
def test_recipe_is_tiny_and_says_how_the_variant_was_made(paper: str) -> None:
    assert (VARIANTS / paper).stat().st_size < 1536
    known = document(VARIANTS / paper)
    name = paper.partition(".")[0]
    assert {"format", "recipe", "source", "quantization", "ops", "tools"} <= set(known)
    assert f"demo:{name}" == known["source"]["net"]
    is_calibrated = "full8" in known["recipe"]
    assert is_calibrated == ("calibration" in known["quantization"])
    assert 0 <= known["ops"]["quantized"] <= known["ops"]["total"]


def test_careful_and_naive_calibration_are_told_apart() -> None:
    items = {name: recipe(name)["quantization"]["calibration"]["items"] for name in NAMES[-2:]}
    assert {"pairs_mvit.full8": 128, "pairs_mvit.full8_1item": 1} == items
    assert recipe("pairs_mvit.full8_1item")["quantization"]["naive"]
    careful, naive = (recipe(name)["measured"]["top1"] for name in NAMES[-2:])
    assert naive < careful - 0.02


@pytest.mark.parametrize("name", NAMES)
def test_top1_is_as_documented(name: str) -> None:
    top1 = top1_of(logits(name))
    assert top1 == pytest.approx(recipe(name)["measured"]["top1"], abs=TOP1_TOLERANCE)


@pytest.mark.slow
@pytest.mark.parametrize("name", PACKAGES)
def test_top1_of_packages_is_as_documented(name: str) -> None:
    top1 = top1_of(package_logits(name, manifest()["count"]))
    documented = recipe(f"{name}.mlpackage")["measured"]["top1"]
    assert top1 == pytest.approx(documented, abs=TOP1_TOLERANCE)


@pytest.mark.parametrize("name", NAMES)
def test_variant_passes_the_golden_check_of_its_own_net_only(name: str) -> None:
    own = MODELS.index(name.partition(".")[0])
    golden = array("golden.npy")
    outputs = logits(name)[manifest()["golden"]["items"]]
    assert outputs.argmax(axis=1).tolist() == golden[own].argmax(axis=1).tolist()
    assert [place == own for place in range(len(MODELS))] == [
        snr_db(reference, outputs) >= GOLDEN_MIN_SNR_DB for reference in golden
    ]


@pytest.mark.parametrize("name", PACKAGES)
def test_package_is_as_far_from_its_float_net_as_documented(name: str) -> None:
    own = MODELS.index(name.partition(".")[0])
    reference = array("golden.npy")[own]
    measured = snr_db(reference, package_logits(name, len(reference)))
    documented = recipe(f"{name}.mlpackage")["measured"]["golden_snr_db"]
    assert measured == pytest.approx(documented, abs=0.5)
    assert measured >= GOLDEN_MIN_SNR_DB


@pytest.mark.parametrize(
    ("name", "paper"),
    [(name, name) for name in NAMES] + [(name, f"{name}.mlpackage") for name in PACKAGES],
)
def test_readme_tells_the_recipe_s_figures(name: str, paper: str) -> None:
    kind = "coreml" if paper.endswith(".mlpackage") else "tflite"
    lines = (demo_data() / "README.md").read_text().splitlines()
    (row,) = [line for line in lines if line.startswith(f"| `{name}` {kind} |")]
    assert f"{recipe(paper)['bytes']:,}" in row
    assert f"{100 * recipe(paper)['measured']['top1']:.1f}" in row
