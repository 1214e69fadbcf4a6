"""A self-test as a file for a bug report: all that explains a failure, and nobody's name."""

import json
import os
import platform
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labtui import __version__
from labtui.cli.checks import Check, package_version
from labtui.cli.output import SCHEMA, plain
from labtui.cli.scrub import Scrubber
from labtui.cli.selftest import Step
from labtui.core.model import DeviceSnapshot
from labtui.errors import UsageError

_NOTE = (
    "Serial numbers, names, addresses, paths and keys were taken out. Please read it all the same "
    "before you pass it on."
)
_PACKAGES = (
    "adbutils",
    "ai-edge-litert",
    "numpy",
    "platformdirs",
    "pymobiledevice3",
    "rich",
    "sqlite-utils",
    "textual",
    "tflite-runtime",
)


@dataclass(slots=True)
class Transcript:
    """What happened in one self-test."""

    device: DeviceSnapshot
    checks: Sequence[Check]
    variant: Path
    steps: list[Step] = field(default_factory=list)
    is_complete: bool = False
    """Whether everything was tried: an interrupted self-test is kept as well."""

    def document(self, scrub: Scrubber) -> dict[str, Any]:
        """Return it as JSON knows it: named fields only, and every text of them scrubbed."""
        fields = {
            "host": _host(),
            "device": _device(self.device),
            "variant": {"format": self.variant.suffix.removeprefix(".")},
            "checks": plain(tuple(self.checks)),
            "steps": plain(self.steps),
            "is_complete": self.is_complete,
        }
        scrubbed = {name: scrub.all_texts(value) for name, value in fields.items()}
        kind = "selftest_transcript"
        head = {"schema": SCHEMA, "kind": kind, "labtui": __version__, "note": _NOTE}
        return head | scrubbed


def _host() -> dict[str, Any]:
    return {
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": {name: package_version(name) for name in _PACKAGES},
    }


def _device(device: DeviceSnapshot) -> dict[str, Any]:
    facts = plain(device.facts) if device.facts else {}
    facts.pop("hardware_id", None)
    return {
        "platform": device.platform.value,
        "state": device.state.value,
        "cure": device.cure,
        "reached_by": [transport.kind.value for transport in device.transports],
        "facts": facts,
        "reading": plain(device.reading),
        "free_bytes": device.free_bytes,
    }


def check_place(path: Path) -> None:
    """Raise UsageError, before anything is tried, for a place where no file can be."""
    if path.is_dir() or not os.access(path.absolute().parent, os.W_OK):
        raise UsageError(
            f"No transcript can be written to {path}: name a file in a folder of yours."
        )


def write_transcript(path: Path, document: dict[str, Any]) -> None:
    """Write a transcript so that nobody ever sees a part of it. Raises UsageError."""
    content = json.dumps(document, indent=2).encode() + b"\n"
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".labtui-", delete=False) as file:
            try:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).replace(path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise UsageError(
            f"The transcript cannot be written to {path}: {error.strerror}."
        ) from error
