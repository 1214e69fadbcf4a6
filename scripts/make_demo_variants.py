"""Train the demo's nets and write their variants and eval set to `labtui/demodata`.

Needs an environment of its own, never labtui's. torch comes alone and first, from its CPU index,
or pip takes the build with GPU libraries:

    pip install torch==2.13.0
    pip install -r scripts/demo_variants/requirements.txt

Takes about ten minutes on one thread. Prints the table of what was measured. Nothing is replaced,
and the exit status is 1, when a variant is too far from its float net or all is too big to ship.
"""

# mypy: disable-error-code="import-not-found, import-untyped"
# torch and its converters live in an environment of their own: here they count as Any.

import argparse
import shutil
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.demo_variants.build import build, total_bytes
from scripts.demo_variants.recipe import Variant
from scripts.demo_variants.report import table

OUT = Path(__file__).resolve().parent.parent / "labtui" / "demodata"
MAX_BYTES = 6_000_000


def main() -> int:
    """Return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=OUT)
    out = parser.parse_args().out
    torch.set_num_threads(1)
    with TemporaryDirectory() as name:
        staged = Path(name)
        with redirect_stdout(sys.stderr):  # the converter prints its progress
            variants = build(staged)
        print(table(variants))
        problems = _problems(staged, variants)
        if not problems:
            _install(staged, out)
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def _problems(staged: Path, variants: Sequence[Variant]) -> list[str]:
    """Return why the files must not be shipped."""
    faults = [f"{v.name}: {v.measured.fault()}" for v in variants if v.measured.fault()]
    size = total_bytes(staged)
    if size > MAX_BYTES:
        faults.append(f"{size:,} bytes in all; at most {MAX_BYTES:,} are shipped")
    return faults


def _install(staged: Path, out: Path) -> None:
    """Replace what `out` holds of an earlier run."""
    out.mkdir(parents=True, exist_ok=True)
    for entry in staged.iterdir():
        target = out / entry.name
        if target.is_dir():
            shutil.rmtree(target)
        shutil.move(entry, target)


if __name__ == "__main__":
    sys.exit(main())
