"""The options of `labtui run` that say how variants are executed, and by which program.

Every command parses them, so this module imports next to nothing.
"""

import argparse
from pathlib import Path

from labtui.core.accelerators import ACCELERATORS


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """Add the options; those that were not given are None."""
    add = parser.add_argument
    add("--plan", type=Path, metavar="FILE", help="a plan (TOML); other options go before it")
    add("--until-decided", action="store_true", default=None, help="stop once all is told apart")
    add("--accelerator", choices=ACCELERATORS, help="what shall execute the variants")
    add("--threads", type=int, metavar="N", help="of the engine; default 1")
    add("--affinity", metavar="MASK", help="CPUs the runner may use: hex mask f0, or list 4-7")
    add("--no-xnnpack", action="store_true", default=None, help="the engine's own CPU kernels")
    add("--profile", type=int, metavar="N", help="inferences of the profiling pass; 0: none")
    add("--control", type=int, metavar="N", help="inferences without accelerator or XNNPACK")
    add("--canary", metavar="FILE", help="run this small one between blocks; demo: one of ours")
    add("--eval", type=Path, metavar="SET", help="score the variants on an eval set's folder")
    add("--eval-items", type=int, metavar="N", help="score on its first N items only")
    add("--hygiene", action="store_true", default=None, help="Android: quiet settings, no boost")
    add("--benchmark-model", type=Path, metavar="PATH", help="measure with benchmark_model")
