"""Marker sets: which characters a plot is drawn with."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One set of characters; a cell holds `dots_x` x `dots_y` dots."""

    name: str
    dots_x: int
    dots_y: int
    cells: str
    """Character of each dot pattern; bit `y * dots_x + x`, y counted from the top."""
    levels: str
    """Bars from low to high, one row tall."""
    clipped: str
    """A value above the top of the axis."""
    launch: str
    """Start of a launch, in the row of marks."""
    rule: str
    """Start of a launch, in the empty cells below."""
    throttled: str
    axis: str
    last: str
    """Points from the last value to its number."""
    above: str
    below: str
    """Where something lies that is not in sight."""
    limit: str
    """A limit, in the empty cells of its row."""


def _braille() -> str:
    bit_of_dot = (0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80)
    return " " + "".join(
        chr(0x2800 + sum(bit for i, bit in enumerate(bit_of_dot) if dots >> i & 1))
        for dots in range(1, 256)
    )


_LINES = {
    "launch": "│",
    "rule": "┊",
    "throttled": "▲",
    "axis": "┤",
    "last": "◂",
    "limit": "╌",
    "above": "▲",
    "below": "▼",
}

BRAILLE = Glyphs("braille", 2, 4, _braille(), "▁▂▃▄▅▆▇█", "▲", **_LINES)
BLOCK = Glyphs("block", 2, 2, " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█", "▁▂▃▄▅▆▇█", "▲", **_LINES)
ASCII = Glyphs(
    "ascii", 1, 2, " '.:", "_.-~=+*#", "^",
    launch="|", rule="|", throttled="^", axis="+", last="<", limit="-", above="^", below="v",
)  # fmt: skip
