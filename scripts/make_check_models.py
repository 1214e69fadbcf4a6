"""Write the models of `labtui runner check` to `runners/check`: a few hundred bytes each.

They only copy or double what they are given, so that their outputs prove their inputs.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.tiny_tflite import Type, added, copied, unresolved

OUT = Path(__file__).resolve().parent.parent / "runners" / "check"
COMMON = ("FLOAT32", "INT8", "UINT8", "INT16", "INT32", "INT64", "BOOL")
RARE = ("FLOAT16", "FLOAT64", "UINT16", "UINT32", "UINT64")


def models() -> dict[str, bytes]:
    """Return each file by its name."""
    return {
        "double.fp32.tflite": added(shape=(1, 2, 2, 3)),
        "copy.full8.tflite": copied(("x", Type.INT8), shape=(1, 8), scale=0.5, zero_point=3),
        "common_types.tflite": copied(*_inputs(COMMON)),
        "rare_types.tflite": copied(*_inputs(RARE)),
        "unknown_op.tflite": unresolved(),
    }


def _inputs(types: tuple[str, ...]) -> list[tuple[str, int]]:
    return [(f"x{i}_{name.lower()}", getattr(Type, name)) for i, name in enumerate(types)]


def main() -> None:
    """Replace the files."""
    OUT.mkdir(exist_ok=True)
    for name, content in models().items():
        (OUT / name).write_bytes(content)
        print(f"{len(content):6d} bytes  {OUT / name}")


if __name__ == "__main__":
    main()
