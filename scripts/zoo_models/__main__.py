"""`python -m scripts.zoo_models`, which `scripts/zoo` runs."""

import signal
import sys

from scripts.zoo_models.cli import main

_TERMINATED = 143

signal.signal(signal.SIGTERM, lambda *_: sys.exit(_TERMINATED))  # so that conversions end too
sys.exit(main(sys.argv[1:]))
