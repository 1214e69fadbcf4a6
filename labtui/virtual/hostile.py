"""What a broken or malicious runner prints: to prove that nobody downstream falls over it."""

from labtui.core.protocol import Hello, encode_event
from labtui.errors import UsageError
from labtui.virtual.clock import boot_time_ns

HOSTILE_NAME = "Pixel\x1b[31m\x1b]52;c;cHduZWQ=\x07 [/] [bold]7[/bold] \x9b2J\nPro\u202e"
"""A model name with CSI, OSC 52, Rich markup, C1, a newline and a bidi override."""

_SAMPLES = '{"ev":"samples","i":0,"t":1,"ns":[%s]}\n'
_OUTPUTS = {
    "garbage": b"\x00\xff\x1b]52;c;cHduZWQ=\x07 not a runner [/]\n" * 500,
    "long_line": b'{"ev":"log","level":"info","text":"' + b"x" * (10 << 20) + b'"}\n',
    "nan": (_SAMPLES % "NaN").encode(),
    "negative": (_SAMPLES % "-5").encode(),
}
RUNNER_FAULTS = tuple(_OUTPUTS)


def hostile_output(kind: str) -> bytes:
    """Return what a runner with a fault prints after a proper hello."""
    return _hello() + _OUTPUTS[kind]


def check_runner_fault(kind: str) -> None:
    """Raise UsageError unless `kind` is empty or a known fault."""
    if kind and kind not in _OUTPUTS:
        raise UsageError(f"unknown runner fault {kind!r}; known are {', '.join(_OUTPUTS)}")


def _hello() -> bytes:
    return encode_event(
        Hello(1, "labtui-hostile", "0", "none", "0", pid=1, mono_ns=1, boot_ns=boot_time_ns())
    )
