"""`labtui demo`: virtual phones and demo variants; the bench and history of the user stay out."""

import argparse
import sys
from dataclasses import replace

from labtui.cli import run as run_command
from labtui.cli import screen
from labtui.cli.eval_sets import DEMO_SET
from labtui.cli.output import say
from labtui.cli.parser import build_parser
from labtui.cli.settings import Settings, demo_db
from labtui.cli.variants import demo_variants
from labtui.resources import demo_data

HEADLESS_VARIANTS = (
    "pairs_mbv2.fp32.tflite",
    "pairs_mbv2.full8.tflite",
    "pairs_mbv2.fp16.mlpackage",
    "pairs_mvit.full8.tflite",
    "pairs_mvit.full8_1item.tflite",
)
"""One model in three precisions, both formats; another one quantized well and carelessly."""
DEMO_ITEMS = 300
"""Of the demo's eval set: enough to show what the worst recipes lose, in a few seconds."""


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Open the screen on a terminal; otherwise, or with --headless, run a plan and print it."""
    settings = replace(settings, virtual=arguments.phones, variants=demo_variants())
    if arguments.db is None:
        settings = replace(settings, db=demo_db())
    if arguments.eval is None:
        arguments.eval = demo_data() / DEMO_SET
    if arguments.eval_items is None:
        arguments.eval_items = DEMO_ITEMS
    if not (arguments.headless or not (sys.stdin.isatty() and sys.stdout.isatty())):
        return screen.run(arguments, settings)
    say("Virtual phones, real inference: these numbers say nothing about any real phone.")
    words = ["run", "--name", "demo", "--preset", "quick", *_variants(), *_asked(arguments)]
    code = run_command.run(build_parser().parse_args(words), settings)
    say(f"history: {settings.db}")
    return code


def _asked(arguments: argparse.Namespace) -> list[str]:
    """Return what was asked of the demo as options of `labtui run`."""
    options = {
        "--eval": arguments.eval,
        "--eval-items": arguments.eval_items,
        "--budget-ms": arguments.budget_ms,
        "--fps": arguments.fps,
    }
    given = ((name, str(value)) for name, value in options.items() if value is not None)
    return [word for option in given for word in option]


def _variants() -> list[str]:
    return [str(path) for path in demo_variants() if path.name in HEADLESS_VARIANTS]
