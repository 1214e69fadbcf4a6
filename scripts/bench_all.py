"""Runs the measurements of the speed goals and prints one JSON line each."""

import importlib
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

GROUPS = {
    "cli": "bench_cli",
    "tui": "bench_tui",
    "push": "bench_push",
    "discover": "bench_discover",
    "ingest": "bench_ingest",
    "plan": "bench_plan",
    "runner": "bench_runner",
    "mil": "bench_mil",
    "ios": "bench_ios",
    "scoring": "bench_scoring",
    "compare": "bench_compare",
}


def main(groups: list[str]) -> int:
    """Measure the named groups (default: all); return 1 if a goal is missed."""
    if unknown := set(groups) - set(GROUPS):
        print(f"no such group: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    all_ok = True
    for group in groups or GROUPS:
        for result in importlib.import_module(GROUPS[group]).measure():
            print(json.dumps(result), flush=True)
            all_ok = all_ok and bool(result["ok"])
    return 0 if all_ok else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
