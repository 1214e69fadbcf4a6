"""Where the data files lie, in an installed wheel and in a checkout."""

from importlib.resources import files
from pathlib import Path

_PACKAGE = Path(str(files("labtui")))


def data(name: str) -> Path:
    """Return the folder `db` or `runners`: inside the wheel, else beside the package."""
    installed = _PACKAGE / "_data" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


def demo_data() -> Path:
    """Return the folder of the demo variants (`variants/`) and their eval set (`pairs100/`)."""
    return _PACKAGE / "demodata"
