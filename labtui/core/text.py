"""Text that came from a device, a model file or a log, made harmless at the border."""

import re

_HOSTILE = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # C0, DEL and C1 controls
    "\u061c\u200b-\u200f\u202a-\u202e\u2066-\u2069"  # zero width and direction
    "\u2028\u2029\u2060-\u2065\ufeff"  # separators, joiners, byte order mark
    "\ud800-\udfff]"  # halves of surrogate pairs
)


def clean(text: str, limit: int = 120) -> str:
    """Return `text` on one line, without control characters, at most `limit` characters long.

    Each hostile character becomes U+FFFD, so that the reader sees that something was there.
    Markup is left alone: whoever renders must render plain text.
    """
    shown = _HOSTILE.sub("\ufffd", text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
