"""How much longer a plan takes on four phones than on the slowest of them alone."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PHONES = ("pixel-7-pro", "galaxy-s23-ultra", "redmi-12c", "pixel-10-pro")
WORDS = ("--seconds", "3", "--launches", "2", "--device", "android")
TARGET_RATIO = 1.15


def measure() -> list[dict[str, object]]:
    """Return the time of a plan on four phones together over the longest of them alone."""
    alone_s = max(_session_s(phone) for phone in PHONES)
    together_s = _session_s(",".join(PHONES))
    ratio = together_s / alone_s
    return [
        {
            "name": "a plan on 4 phones",
            "value": round(together_s, 2),
            "unit": "s",
            "target": f"<= {TARGET_RATIO} x",
            "ratio_to": "the longest phone alone",
            "ratio": round(ratio, 3),
            "ok": ratio <= TARGET_RATIO,
        }
    ]


def _session_s(phones: str) -> float:
    """Return how long a session took, from its first event to its last."""
    with tempfile.TemporaryDirectory() as folder:
        argv = [sys.executable, "-m", "labtui", "--json", "--db", f"{folder}/history.sqlite"]
        argv += ["--virtual", phones, "run", *_variants(), *WORDS]
        process = subprocess.Popen(
            argv, stdout=subprocess.PIPE, text=True, env={**os.environ, "HOME": folder}
        )
        assert process.stdout is not None
        times = {json.loads(line)["kind"]: time.monotonic() for line in process.stdout}
        process.communicate()
    return times["session_ended"] - times["session_started"]


def _variants() -> list[str]:
    folder = Path(__file__).resolve().parents[1] / "labtui" / "demodata" / "variants"
    return [str(folder / f"pairs_mbv2.{recipe}.tflite") for recipe in ("fp32", "full8")]
