"""Ids that sort by time of birth, so that a list of runs needs no second column to sort by."""

import secrets

from labtui.ports import Clock

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_uid(clock: Clock) -> str:
    """Return 16 characters: 9 of wall-clock ms, 7 random (Crockford's base 32, lower case)."""
    return _base32(clock.unix_us() // 1000, 9) + _base32(secrets.randbits(35), 7)


def _base32(number: int, width: int) -> str:
    digits = [_ALPHABET[number >> (5 * place) & 31] for place in reversed(range(width))]
    return "".join(digits)
