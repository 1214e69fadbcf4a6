"""Colours and state glyphs; no meaning hangs on colour alone.

The palette is Okabe and Ito's (2008), made for colour-blind readers.
"""

from dataclasses import dataclass
from enum import StrEnum

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter
from textual.theme import Theme

from labtui.core.model import DeviceState

TONES = 6
"""Colours for variants before they repeat."""

_DARK_TONES = ("#56B4E9", "#E69F00", "#2DC79A", "#F0E442", "#E58FC0", "#FF8A4C")
_LIGHT_TONES = ("#0072B2", "#B34700", "#00694C", "#7A6A00", "#A3437A", "#5B3A8C")

_DARK_EXTRAS = {
    "good": "#2DC79A", "warn": "#F0B429", "bad": "#FF8A5C", "heat": "#F0B429",
    "muted": "#8B98A9", "virtual": "#E58FC0", "cursor-row": "#1F3A52", "title-bar": "#16202B",
}  # fmt: skip
_LIGHT_EXTRAS = {
    "good": "#00694C", "warn": "#8A5A00", "bad": "#B33A00", "heat": "#8A5A00",
    "muted": "#5A6573", "virtual": "#A3437A", "cursor-row": "#CFE3F3", "title-bar": "#DDE4EC",
}  # fmt: skip

DARK = Theme(
    name="labtui-dark", dark=True,
    primary="#56B4E9", secondary="#E69F00", accent="#56B4E9",
    success="#2DC79A", warning="#F0B429", error="#FF8A5C",
    foreground="#DCE3EA", background="#0E141B", surface="#131B24", panel="#1A2530",
)  # fmt: skip
LIGHT = Theme(
    name="labtui-light", dark=False,
    primary="#0072B2", secondary="#B34700", accent="#0072B2",
    success="#00694C", warning="#8A5A00", error="#B33A00",
    foreground="#1B2229", background="#FAFBFC", surface="#F2F4F7", panel="#E4E9EF",
)  # fmt: skip


def variables(is_dark: bool) -> dict[str, str]:
    """Return the colours beyond those each Textual theme has, for any dark or light theme."""
    tones = _DARK_TONES if is_dark else _LIGHT_TONES
    extras = _DARK_EXTRAS if is_dark else _LIGHT_EXTRAS
    return {**extras, **{f"tone-{i}": tone for i, tone in enumerate(tones)}}


class Tone(StrEnum):
    """What a piece of text is about; the name of a component class."""

    PLAIN = "plain"
    MUTED = "muted"
    STRONG = "strong"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    ACCENT = "accent"
    VIRTUAL = "virtual"
    HEAT = "heat"
    TONE_0 = "tone-0"
    TONE_1 = "tone-1"
    TONE_2 = "tone-2"
    TONE_3 = "tone-3"
    TONE_4 = "tone-4"
    TONE_5 = "tone-5"


def variant_tone(number: int) -> Tone:
    """Return the colour of the plan's n-th variant."""
    return Tone(f"tone-{number % TONES}")


def variant_letter(number: int) -> str:
    """Return the letter of the plan's n-th variant: A, B, … Z, then numbers."""
    return chr(ord("A") + number) if number < 26 else str(number + 1)


@dataclass(frozen=True, slots=True)
class Sign:
    """A state as glyph, word and colour."""

    glyph: str
    word: str
    tone: Tone

    def __str__(self) -> str:
        return f"{self.glyph} {self.word}"


DEVICE_SIGNS = {
    DeviceState.READY: Sign("○", "ready", Tone.GOOD),
    DeviceState.CONNECTING: Sign("◌", "connecting", Tone.MUTED),
    DeviceState.UNAUTHORIZED: Sign("✖", "unauthorized", Tone.BAD),
    DeviceState.OFFLINE: Sign("✖", "offline", Tone.BAD),
    DeviceState.NO_PERMISSIONS: Sign("✖", "no permissions", Tone.BAD),
    DeviceState.DUPLICATE: Sign("✖", "duplicate", Tone.BAD),
    DeviceState.NOT_BOOTED: Sign("◌", "not booted", Tone.WARN),
    DeviceState.HUNG: Sign("✖", "hung", Tone.BAD),
    DeviceState.NOT_PAIRED: Sign("✖", "not paired", Tone.BAD),
    DeviceState.TRUST_PENDING: Sign("◌", "tap Trust", Tone.WARN),
    DeviceState.DENIED: Sign("✖", "denied", Tone.BAD),
    DeviceState.LOCKED: Sign("✖", "locked", Tone.BAD),
    DeviceState.NO_DEVELOPER_MODE: Sign("✖", "no dev mode", Tone.BAD),
    DeviceState.RUNNER_MISSING: Sign("✖", "no runner", Tone.BAD),
    DeviceState.RUNNER_CLOSED: Sign("◌", "open runner", Tone.WARN),
}

_ASCII = str.maketrans({
    "●": "*", "○": "o", "◐": "%", "◌": ".", "▲": "^", "▼": "v", "✖": "x", "✔": "+", "▸": ">",
    "◂": "<", "■": "#", "□": "-", "│": "|", "┊": "|", "┤": "+", "─": "-", "·": "-", "…": "~",
    "×": "x", "°": " ", "≈": "~", "→": ">", "–": "-", "—": "-", "µ": "u", "█": "#",
    "▓": "#", "░": ".", "▏": "|", "▕": "|", "▌": "|", "↑": "^", "↓": "v", "⏎": "<",
    "╌": "-", "≤": "<", "±": "~",
    "\N{NO-BREAK SPACE}": " ",
})  # fmt: skip


def to_ascii(words: str) -> str:
    """Return text of the same width in ASCII; what has no counterpart becomes `?`."""
    from rich.cells import cell_len  # noqa: PLC0415 (only needed for text that is not ASCII)

    return "".join(c if c.isascii() else "?" * cell_len(c) for c in words.translate(_ASCII))


class AsciiFilter(LineFilter):
    """Makes every line of the screen ASCII: for fonts and terminals without box characters."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """Return the segments with their text in ASCII."""
        return [
            segment if segment.text.isascii() else Segment(to_ascii(segment.text), segment.style)
            for segment in segments
        ]
