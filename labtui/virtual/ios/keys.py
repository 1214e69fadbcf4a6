"""The phone's side of the cryptography: its key, and TLS with those who have paired."""

import ssl
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

_KEY_BITS = 2048


@cache
def device_key() -> RSAPrivateKey:
    """Return the key of the virtual phones of this process: making one takes a sixth of a second.

    They share it. What keeps them apart are the certificates that hosts make for each of them.
    """
    return new_key()


def new_key() -> RSAPrivateKey:
    """Make a key as pairings use them."""
    return generate_private_key(65537, _KEY_BITS)


@cache
def public_key_pem() -> bytes:
    """Return the public key as lockdownd shows it: PKCS#1, `RSA PUBLIC KEY`."""
    return (
        device_key()
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.PKCS1)
    )


@cache
def _private_key_pem() -> bytes:
    return device_key().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def server_context(certificate: bytes, clients: bytes, scratch: Path) -> ssl.SSLContext:
    """Return TLS as the phone does it for one pairing.

    `certificate` is the one that the host made for the phone's key; `clients` are those that it may
    present. All are PEM. Raises ssl.SSLError for what is no certificate or belongs to another key.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # The certificates of a pairing may be signed with SHA-1.
    context.set_ciphers("ALL:!aNULL:!eNULL:@SECLEVEL=0")
    context.verify_mode = ssl.CERT_REQUIRED
    # Subject, issuer and serial are the same in all of them, so that no chain can be built: each
    # one is an anchor by itself.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        context.load_verify_locations(cadata=clients.decode("ascii"))
    except (UnicodeDecodeError, ValueError) as error:
        raise ssl.SSLError("no client certificate") from error
    scratch.touch(mode=0o600)
    try:
        scratch.write_bytes(certificate + b"\n" + _private_key_pem())
        context.load_cert_chain(scratch)
    finally:
        scratch.unlink()
    return context
