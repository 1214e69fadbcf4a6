"""Who may talk to a phone: the Trust dialog and what it leaves behind."""

import secrets
import ssl
from enum import Enum
from pathlib import Path

from labtui.virtual.ios.keys import server_context
from labtui.virtual.ios.wire import Record, text_of

_MAX_PAIRINGS = 64
_ESCROW_BYTES = 32


class TrustAnswer(Enum):
    """What the person does with the dialog that asks whether to trust this computer."""

    TRUST = "trust"
    NONE_YET = "none yet"
    DO_NOT_TRUST = "do not trust"


class PairingRefused(Exception):
    """Pairing fails; the message is lockdownd's word for it."""


class Pairings:
    """The computers that a phone trusts, by their HostID."""

    def __init__(self, folder: Path) -> None:
        self._scratch = folder / "pairing.pem"
        self._contexts: dict[str, ssl.SSLContext] = {}
        self.answer = TrustAnswer.TRUST

    def __len__(self) -> int:
        return len(self._contexts)

    def pair(self, record: Record) -> bytes:
        """Trust a host and return its escrow bag. Raises PairingRefused."""
        if self.answer is TrustAnswer.NONE_YET:
            raise PairingRefused("PairingDialogResponsePending")
        if self.answer is TrustAnswer.DO_NOT_TRUST:
            raise PairingRefused("UserDeniedPairing")
        host_id = text_of(record, "HostID")
        if not host_id or len(self._contexts) >= _MAX_PAIRINGS:
            raise PairingRefused("InvalidPairRecord")
        self._contexts[host_id] = self._context(record)
        return secrets.token_bytes(_ESCROW_BYTES)

    def context(self, host_id: str) -> ssl.SSLContext | None:
        """Return how to talk to a host; None for one that is not trusted."""
        return self._contexts.get(host_id)

    def forget(self, host_id: str) -> None:
        """Trust a host no longer; harmless for an unknown one."""
        self._contexts.pop(host_id, None)

    def forget_all(self) -> None:
        """Trust nobody: *Reset Location & Privacy* in the phone's settings."""
        self._contexts.clear()

    def _context(self, record: Record) -> ssl.SSLContext:
        try:
            owners = ("Device", "Host", "Root")
            device, host, root = (_bytes(record[f"{owner}Certificate"]) for owner in owners)
            # Some clients present the host's certificate, others the root's.
            return server_context(device, host + b"\n" + root, self._scratch)
        except (KeyError, TypeError, ValueError, ssl.SSLError) as error:
            raise PairingRefused("InvalidPairRecord") from error


def _bytes(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise TypeError("a certificate is data")
    return value
