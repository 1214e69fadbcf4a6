"""`python -m labtui` is the `labtui` command."""

import sys

from labtui.cli.main import main

sys.exit(main())
