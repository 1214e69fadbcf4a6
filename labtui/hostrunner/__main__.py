"""`python -m labtui.hostrunner`: one job from stdin, its events to stdout."""

import sys

from labtui.hostrunner.main import main

if __name__ == "__main__":
    sys.exit(main())
