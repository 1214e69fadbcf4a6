"""What a broken or malicious runner does: to prove that nobody downstream falls over it."""

import signal
from dataclasses import dataclass

from labtui.core.protocol import Hello, encode_event
from labtui.errors import UsageError
from labtui.virtual.clock import boot_time_ns
from labtui.virtual.runners import RUNNER_NAME

HOSTILE_NAME = "Pixel\x1b[31m\x1b]52;c;cHduZWQ=\x07 [/] [bold]7[/bold] \x9b2J\nPro\u202e"
"""A model name with CSI, OSC 52, Rich markup, C1, a newline and a bidi override."""

WRONG_ABI = "not executable: 64-bit ELF file"
"""The shell's words for a program that its processor cannot run."""

_SAMPLES = '{"ev":"samples","i":0,"t":1,"ns":[%s]}\n'


@dataclass(frozen=True, slots=True)
class Misdeed:
    """One way in which a runner goes wrong."""

    after_hello: bytes = b""
    """What it prints after a proper hello."""
    stderr: bytes = b""
    status: int = 0
    """As the phone's shell says it."""
    is_started: bool = True

    def stdout(self) -> bytes:
        """Return all that it prints."""
        return _hello() + self.after_hello if self.is_started else b""


MISDEEDS = {
    "garbage": Misdeed(b"\x00\xff\x1b]52;c;cHduZWQ=\x07 not a runner [/]\n" * 500),
    "long_line": Misdeed(b'{"ev":"log","level":"info","text":"' + b"x" * (10 << 20) + b'"}\n'),
    "nan": Misdeed((_SAMPLES % "NaN").encode()),
    "negative": Misdeed((_SAMPLES % "-5").encode()),
    "crash": Misdeed(stderr=b"Segmentation fault \n", status=128 + signal.SIGSEGV),
    "wrong_abi": Misdeed(
        stderr=f"sh: {RUNNER_NAME}: {WRONG_ABI}\n".encode(), status=126, is_started=False
    ),
}
RUNNER_FAULTS = tuple(MISDEEDS)


def check_runner_fault(kind: str) -> None:
    """Raise UsageError unless `kind` is empty or a known fault."""
    if kind and kind not in MISDEEDS:
        raise UsageError(f"unknown runner fault {kind!r}; known are {', '.join(MISDEEDS)}")


def _hello() -> bytes:
    return encode_event(
        Hello(1, "labtui-hostile", "0", "none", "0", pid=1, mono_ns=1, boot_ns=boot_time_ns())
    )
