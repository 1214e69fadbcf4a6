"""`python -m scripts.runner_builds`, which `scripts/build_runners` runs."""

import sys

from scripts.runner_builds.cli import main

sys.exit(main(sys.argv[1:]))
