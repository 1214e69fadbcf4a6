"""A benchmark_model that is a script: it prints what the tool prints, in the tool's order."""

import shlex
from pathlib import Path

from tests.adapters.android.tool_texts import CLASSIC_HELP
from tests.core.logs.benchmark_logs import XNNPACK_37_OF_40, profile, recent

_SCRIPT = """#!/system/bin/sh
profiles=0
for word in "$@"; do
  if test "$word" = --help; then echo {help}; exit 1; fi
  if test "$word" = --enable_op_profiling=true; then profiles=1; fi
done
if test -z "$(ls variants)"; then
  echo "ERROR: Failed to load model"
  exit 1
fi
{before}
echo {log}
if test $profiles = 1; then echo {profile}; fi
"""


def a_tool(folder: Path, *, before: str = "", log: str = "") -> Path:
    """Return the script; `before` is done before it prints `log`."""
    path = folder / "benchmark_model"
    text = _SCRIPT.format(
        help=shlex.quote(CLASSIC_HELP),
        before=before,
        log=shlex.quote(log or recent(XNNPACK_37_OF_40)),
        profile=shlex.quote(profile()),
    )
    path.write_text(text)
    return path
