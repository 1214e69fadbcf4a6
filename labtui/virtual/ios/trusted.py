"""A computer that a phone trusts already: what one pairing leaves in a usbmuxd and on the phone."""

import plistlib
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from labtui.virtual.ios.keys import device_key, new_key
from labtui.virtual.ios.pairing import Pairings

_NOBODY = x509.Name([])
"""Certificates of a pairing name nobody: the phone knows them by heart."""
_LIFETIME = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class _Computer:
    """The two keys of a computer; certificates are PEM."""

    root_key: RSAPrivateKey
    host_key: RSAPrivateKey
    root_certificate: bytes
    host_certificate: bytes


@cache
def _computer() -> _Computer:
    """Return the computer of this process: its keys take a third of a second."""
    root, host = new_key(), new_key()
    return _Computer(
        root, host, _certificate(root.public_key(), root, is_root=True),
        _certificate(host.public_key(), root),
    )  # fmt: skip


def trusted_record(pairings: Pairings, wifi_address: str, buid: str) -> bytes:
    """Pair a phone with this computer without its dialog; return the pair record as a plist.

    Raises PairingRefused when the phone does not trust anybody now.
    """
    computer = _computer()
    record: dict[str, object] = {
        "DeviceCertificate": _certificate(device_key().public_key(), computer.root_key),
        "HostCertificate": computer.host_certificate,
        "RootCertificate": computer.root_certificate,
        "HostID": str(uuid.uuid4()).upper(),
        "SystemBUID": buid,
    }
    escrow_bag = pairings.pair(record)
    return plistlib.dumps(
        record
        | {
            "EscrowBag": escrow_bag,
            "HostPrivateKey": _pem(computer.host_key),
            "RootPrivateKey": _pem(computer.root_key),
            "WiFiMACAddress": wifi_address,
        }
    )


def _certificate(key: RSAPublicKey, issuer: RSAPrivateKey, *, is_root: bool = False) -> bytes:
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(_NOBODY)
        .issuer_name(_NOBODY)
        .public_key(key)
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _LIFETIME)
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
        .sign(issuer, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM)


def _pem(key: RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
