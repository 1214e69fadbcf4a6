"""Numbers as the screens write them: 3 significant digits; units are in the header if any."""

from datetime import UTC, datetime

from labtui.core.accuracy import Tally, percent

NOTHING = "–"
"""Shown where a device did not say."""


def latency_ms(latency_ns: float | None) -> str:
    """Return a latency in ms, without its unit."""
    if latency_ns is None:
        return NOTHING
    value = latency_ns / 1e6
    if value >= 99.95:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"


def accuracy(tally: Tally | None) -> str:
    """Return a top-1 accuracy in % with half the width of its interval: `93.1 ±1.5`."""
    if tally is None or not tally.items:
        return NOTHING
    interval = tally.interval()
    return f"{percent(tally.share)} ±{percent((interval.high - interval.low) / 2)}"


def share_over(share: float) -> str:
    """Return by how much something is too large, in whole %: `+12 %`."""
    return f"+{100 * share:.0f} %" if share >= 0.01 else "+<1 %"


def temp(temp_c: float | None) -> str:
    """Return a temperature in °C, without its unit."""
    return NOTHING if temp_c is None else f"{temp_c:.1f}"


def size(size_bytes: float | None) -> str:
    """Return a size with its decimal unit."""
    if size_bytes is None:
        return NOTHING
    for unit in ("B", "kB", "MB"):
        if size_bytes < 999.5:
            return (
                f"{size_bytes:.0f} {unit}"
                if size_bytes >= 100 or unit == "B"
                else f"{size_bytes:.1f} {unit}"
            )
        size_bytes /= 1000
    return f"{size_bytes:.1f} GB" if size_bytes < 99.95 else f"{size_bytes:.0f} GB"


def duration(seconds: float) -> str:
    """Return a duration: `42 s`, `3 min 20 s`, `1 h 05 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s" if rest else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def count(number: int) -> str:
    """Return a count with thousands apart."""
    return f"{number:,}".replace(",", "\N{NO-BREAK SPACE}")


def when(unix_us: int) -> str:
    """Return a time in the user's zone, to the minute."""
    return datetime.fromtimestamp(unix_us / 1e6, UTC).astimezone().strftime("%Y-%m-%d %H:%M")


def bar(share: float, width: int) -> str:
    """Return a bar of `width` cells, filled to `share`."""
    filled = round(min(1.0, max(0.0, share)) * width)
    return "█" * filled + "░" * (width - filled)


def plural(number: int, noun: str, nouns: str = "") -> str:
    """Return `1 device`, `2 devices`; `nouns` where an s is not enough."""
    return f"{number} {noun}" if number == 1 else f"{number} {nouns or noun + 's'}"
