"""`labtui demo`: virtual phones and demo variants; the bench and history of the user stay out."""

import argparse
import sys
from dataclasses import replace

from labtui.cli import run as run_command
from labtui.cli import screen
from labtui.cli.output import say
from labtui.cli.parser import build_parser
from labtui.cli.settings import Settings, demo_db
from labtui.cli.variants import demo_variants


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Open the screen on a terminal; otherwise, or with --headless, run a plan and print it."""
    settings = replace(settings, virtual=arguments.phones, variants=demo_variants())
    if arguments.db is None:
        settings = replace(settings, db=demo_db())
    if not (arguments.headless or not (sys.stdin.isatty() and sys.stdout.isatty())):
        return screen.run(arguments, settings)
    say("Virtual phones, real inference: these numbers say nothing about any real phone.")
    words = ["run", "--name", "demo", "--preset", "quick", *map(str, headless_variants())]
    code = run_command.run(build_parser().parse_args(words), settings)
    say(f"history: {settings.db}")
    return code


def headless_variants() -> list[str]:
    """Return the variants of the headless demo: one model in every precision."""
    return [str(path) for path in demo_variants() if path.name.startswith("pairs_mbv2.")]
