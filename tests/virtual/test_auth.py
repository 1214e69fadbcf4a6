import base64
import struct

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from labtui.virtual.adbd.auth import Authenticator, Trust


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_line(key: rsa.RSAPrivateKey) -> bytes:
    numbers = key.public_key().public_numbers()
    modulus = numbers.n.to_bytes(256, "little")
    blob = struct.pack("<II256s256sI", 64, 0, modulus, bytes(256), numbers.e)
    return base64.b64encode(blob) + b" user@host\0"


def signature(key: rsa.RSAPrivateKey, token: bytes) -> bytes:
    return key.sign(token, padding.PKCS1v15(), Prehashed(hashes.SHA1()))  # noqa: S303 (adb's choice)


def test_an_allowed_key_signs_in(key: rsa.RSAPrivateKey) -> None:
    guard = Authenticator(Trust.ASK)
    token = guard.new_token()
    assert not guard.is_signed(token, signature(key, token))
    assert guard.allow(public_line(key))
    assert guard.is_signed(token, signature(key, token))


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data[:-1],
        lambda data: data + b"\0",
        lambda data: bytes([data[0] ^ 1]) + data[1:],
        lambda _: b"",
        lambda _: b"\xff" * 256,
    ],
)
def test_a_changed_signature_does_not(key: rsa.RSAPrivateKey, change: object) -> None:
    guard = Authenticator(Trust.ASK)
    guard.allow(public_line(key))
    token = guard.new_token()
    assert callable(change)
    assert not guard.is_signed(token, change(signature(key, token)))
    assert not guard.is_signed(guard.new_token(), signature(key, token))


@pytest.mark.parametrize("line", [b"", b"no base64!", b"QUJD user", b"\xff\xfe"])
def test_a_broken_public_key_is_not_allowed(line: bytes) -> None:
    assert not Authenticator(Trust.ASK).allow(line)


def test_who_refuses_allows_nobody(key: rsa.RSAPrivateKey) -> None:
    guard = Authenticator(Trust.REFUSE)
    assert not guard.allow(public_line(key))
