"""Files of both formats on a bench of both kinds of phone."""

from pathlib import Path

import pytest

from tests.e2e.rig import Labtui
from tests.tiny_mlpackage import linear

BOTH = ("--virtual", "pixel-7-pro,iphone-15-pro", "run", "--dry-run")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Return a Core ML package that iOS 17 runs."""
    return linear().save(tmp_path / "tiny.fp16.mlpackage")


def test_each_phone_gets_what_it_can_run_and_the_rest_is_named(
    labtui: Labtui, tiny: Path, package: Path
) -> None:
    shown = labtui.run(*BOTH, "--device", "android", "--device", "ios", tiny, package)
    assert 0 == shown.returncode, shown.stderr
    reason = "tiny fp16: .mlpackage files do not run there: convert the model to .tflite"
    assert f"left out: Pixel 7 Pro: {reason}" in shown.stderr
    assert "left out: iPhone" not in shown.stderr


def test_the_document_of_a_plan_holds_what_it_leaves_out(
    labtui: Labtui, tiny: Path, package: Path
) -> None:
    found = labtui.json(*BOTH, "--device", "android", "--device", "ios", tiny, package)
    (skip,) = found["preview"]["plan"]["skipped"]
    assert (1, True) == (skip["variant_index"], skip["device"].startswith("android:"))
    left_out = {d["device"]["facts"]["name"]: d["left_out"] for d in found["preview"]["devices"]}
    assert [1, 0] == [len(left_out["Pixel 7 Pro"]), len(left_out["iPhone 15 Pro"])]


def test_a_file_that_no_phone_runs_is_refused_before_anything_happens(
    labtui: Labtui, tiny: Path, package: Path
) -> None:
    refused = labtui.run(*BOTH, "--device", "android", tiny, package)
    assert 2 == refused.returncode
    assert "tiny fp16 can run on none of the devices (Pixel 7 Pro: .mlpackage" in refused.stderr
