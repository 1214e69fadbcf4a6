"""The second engine, for real, in an environment of its own."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from labtui.core.placement import Placement
from labtui.core.protocol import End, Hello, Outputs
from labtui.failure import FailureCode
from labtui.resources import demo_data
from tests.hostrunner.launching import REPOSITORY, Ran, job_for, run
from tests.tiny_tflite import fully_connected, half_delegated

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        sys.platform != "linux" or sys.version_info >= (3, 12),
        reason="tflite-runtime exists for Linux and Python 3.11 or older",
    ),
]
DEMO_VARIANTS = sorted((demo_data() / "variants").glob("*.fp32.tflite"))


@pytest.fixture(scope="module")
def old_python() -> Path:
    """Return the Python that has tflite-runtime and numpy 1, and no LiteRT."""
    script = REPOSITORY / "scripts" / "tflite_runtime_env"
    made = subprocess.run([sys.executable, script], check=True, stdout=subprocess.PIPE, text=True)
    return Path(made.stdout.strip())


def heads(ran: Ran) -> list[tuple[float, ...]]:
    (outputs,) = ran.all(Outputs)
    assert isinstance(outputs, Outputs)
    return [output.head for output in outputs.outputs]


def assert_same_on_both(path: Path, old_python: Path) -> None:
    here, there = run(job_for(path)), run(job_for(path), python=old_python)
    assert isinstance(there.outcome, End)
    np.testing.assert_allclose(heads(there), heads(here), rtol=1e-4, atol=1e-5)
    hello = there.events[0]
    assert isinstance(hello, Hello)
    assert ("tflite-runtime", "2.14.0") == (hello.engine, hello.engine_version)


@pytest.mark.parametrize("content", [fully_connected(), half_delegated()], ids=["dense", "mixed"])
def test_both_engines_compute_the_same(tmp_path: Path, old_python: Path, content: bytes) -> None:
    path = tmp_path / "tiny.tflite"
    path.write_bytes(content)
    assert_same_on_both(path, old_python)


@pytest.mark.parametrize("path", DEMO_VARIANTS, ids=lambda path: path.name)
def test_both_engines_compute_the_same_with_the_demo_variants(path: Path, old_python: Path) -> None:
    assert_same_on_both(path, old_python)


def test_placement_is_counted_there_too(tmp_path: Path, old_python: Path) -> None:
    path = tmp_path / "half.tflite"
    path.write_bytes(half_delegated())
    here, there = run(job_for(path)), run(job_for(path), python=old_python)
    assert here.all(Placement) == there.all(Placement)


def test_with_numpy_2_it_is_refused_before_it_crashes(tmp_path: Path, old_python: Path) -> None:
    """The real engine beside the real numpy 2 of this environment."""
    site = Path(np.__file__).parents[1]
    mixed = tmp_path / "site"
    mixed.mkdir()
    for name in ("numpy", "numpy.libs"):
        if (site / name).exists():
            (mixed / name).symlink_to(site / name)
    variant = tmp_path / "tiny.tflite"
    variant.write_bytes(fully_connected())
    ran = run(job_for(variant), python=old_python, PYTHONPATH=f"{mixed}:{REPOSITORY}")
    assert (FailureCode.ENGINE_MISSING, 1) == (ran.error.code, ran.exit_code)
    assert "install numpy<2, or better ai-edge-litert instead of it" in ran.error.text
