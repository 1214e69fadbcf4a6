"""The app's own process knows nothing of pymobiledevice3."""

import subprocess
import sys

APP_SIDE = "labtui.adapters.ios.bus, labtui.adapters.ios.device, labtui.adapters.ios.config"


def test_the_app_loads_neither_the_library_nor_what_it_needs() -> None:
    heavy = ("pymobiledevice3", "cryptography", "requests", "labtui.adapters.ios.worker")
    code = f"import sys, {APP_SIDE}; print([m for m in {heavy} if m in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert "[]" == result.stdout.strip()


def test_looking_for_the_library_does_not_load_it() -> None:
    code = (
        "import sys; from labtui.adapters.ios.config import has_library; "
        "print(has_library(), 'pymobiledevice3' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert "True False" == result.stdout.strip()
