"""Which hosts a phone talks to: adb's key exchange, checked with Python's own integers."""

import base64
import binascii
import os
import struct
from enum import StrEnum

TOKEN_BYTES = 20
_MODULUS_BYTES = 256
_KEY = struct.Struct(f"<II{_MODULUS_BYTES}s{_MODULUS_BYTES}sI")
"""Android's own layout: words, n0inv, modulus, R^2 (both little-endian), exponent."""
_SHA1_DIGEST_INFO = bytes.fromhex("3021300906052b0e03021a05000414")


class Trust(StrEnum):
    """What the phone's owner does about a new host."""

    OPEN = "open"
    """No keys asked for, like an emulator."""
    ASK = "ask"
    """Keys asked for; a new one is allowed at once, as if somebody tapped `Allow`."""
    REFUSE = "refuse"
    """Keys asked for; nobody ever taps."""


class Authenticator:
    """Remembers the keys that were allowed, as long as the phone lives."""

    def __init__(self, trust: Trust = Trust.OPEN) -> None:
        self.trust = trust
        self._keys: set[tuple[int, int]] = set()

    def new_token(self) -> bytes:
        """Return a random challenge."""
        return os.urandom(TOKEN_BYTES)

    def is_signed(self, token: bytes, signature: bytes) -> bool:
        """Return whether an allowed key signed the token."""
        if self.trust is Trust.REFUSE:
            return False
        return any(_verifies(key, token, signature) for key in self._keys)

    def allow(self, public_key: bytes) -> bool:
        """Offer a host's public key line; return whether it is allowed now."""
        key = _parse_key(public_key)
        if self.trust is Trust.REFUSE or key is None:
            return False
        self._keys.add(key)
        return True


def _parse_key(line: bytes) -> tuple[int, int] | None:
    try:
        blob = base64.b64decode(line.rstrip(b"\0").split(b" ")[0], validate=True)
        _, _, modulus, _, exponent = _KEY.unpack(blob)
    except (binascii.Error, struct.error):
        return None
    return int.from_bytes(modulus, "little"), exponent


def _verifies(key: tuple[int, int], token: bytes, signature: bytes) -> bool:
    """RFC 8017 section 8.2.2; the token stands in for the SHA-1 digest."""
    modulus, exponent = key
    if len(signature) != _MODULUS_BYTES:
        return False
    shown = pow(int.from_bytes(signature, "big"), exponent, modulus).to_bytes(_MODULUS_BYTES, "big")
    tail = b"\0" + _SHA1_DIGEST_INFO + token
    return shown == b"\0\1" + b"\xff" * (_MODULUS_BYTES - 2 - len(tail)) + tail
