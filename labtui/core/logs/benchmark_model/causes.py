"""Why a run failed: the first line that tells more than that it did."""

import re
from collections.abc import Iterator, Sequence

from labtui.core.logs.benchmark_model.lines import LogLine
from labtui.core.logs.benchmark_model.runs import Delegation
from labtui.core.text import clean

MAX_CAUSE = 300

_FATAL = (
    re.compile(r"(?:NN API returned error|.{0,80}\bANEURALNETWORKS_[A-Z_]{3,40} at line)"),
    re.compile(r"Node number \d{1,9} \(.{1,80}?\) failed to \w+"),
    re.compile(r"Disallowed CPU fallback detected"),
    re.compile(r"Failed to (?:load|initialize|construct|compile) (?:the )?(?:model|interpreter)"),
    re.compile(r"Failed to create (?:litert environment|input buffer|output buffer)"),
    re.compile(r"(?:Failed to allocate tensors|Failed to apply \w+ delegate)"),
    re.compile(r"(?:Requesting full delegation and CPU|Run failed|Compiled model not)"),
    re.compile(r".{0,200}(?:cannot locate symbol|library \".{1,80}\" not found|not executable:)"),
    re.compile(r"Benchmarking failed"),
    re.compile(r"(?:Segmentation fault|Aborted|Killed|Bus error|Illegal instruction)\b"),
)
"""The most telling first. What the dynamic linker and the shell say has no prefix."""


def find_failure(lines: Sequence[LogLine], delegations: Sequence[Delegation]) -> str:
    """Return the cause of the failure in one sentence; empty if no line tells of one."""
    found = min(_fatal(lines), key=lambda ranked: ranked[0], default=None)
    if found is None:
        return ""
    text = clean(found[1].rstrip(". "), MAX_CAUSE)
    refused = next((d.delegate for d in delegations if d.is_asked and _was_refused(d)), None)
    return f"{text}; the {refused} delegate was not applied" if refused else text


def _fatal(lines: Sequence[LogLine]) -> Iterator[tuple[int, str]]:
    """Yield the lines that tell of a failure; a line that calls itself a remark does not."""
    for line in lines:
        for rank, pattern in enumerate(_FATAL):
            if not line.is_cut and line.is_error is not False and pattern.match(line.text):
                yield rank, line.text


def _was_refused(delegation: Delegation) -> bool:
    return delegation.stated == "none"
