"""What the import linter cannot see: how heavy a start is."""

import subprocess
import sys

import pytest

HEAVY = ("textual", "rich", "numpy", "coremltools", "pymobiledevice3", "adbutils", "sqlite_utils")


@pytest.mark.parametrize("module", ["labtui.cli.main", "labtui.bench.service", "labtui.plot"])
def test_importing_loads_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print([m for m in {HEAVY} if m in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


def test_the_bench_and_the_core_do_not_even_load_asyncio_for_values() -> None:
    code = "import sys, labtui.core.plan, labtui.ports; print('asyncio' in sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "False"


def test_help_needs_no_protocol_and_no_plan() -> None:
    code = "import sys, labtui.cli.main; print([m for m in sys.modules if 'labtui.core' in m])"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "['labtui.core', 'labtui.core.accelerators']"
