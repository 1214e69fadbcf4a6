"""An app package is looked at before any phone is: whose app it is, and whether it is one."""

import hashlib
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labtui.cli.ipa import read_package
from labtui.errors import UsageError
from tests.virtual.ios.rig import make_ipa

RUNNER = "org.example.labtui.runner"


def test_a_runner_is_known_by_its_id(tmp_path: Path) -> None:
    path = make_ipa(tmp_path / "runner.ipa", RUNNER)
    package = read_package(path)
    assert (path, RUNNER) == (package.path, package.bundle_id)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == package.digest


def no_archive(path: Path) -> None:
    path.write_bytes(b"PK no archive at all")


def no_app(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("README.md", "no app")


def no_plist(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("Payload/Small.app/Info.plist", "bplist00 no list")


def no_id(path: Path) -> None:
    make_ipa(path, CFBundleIdentifier=7)


def damaged(path: Path) -> None:
    data = bytearray(make_ipa(path, RUNNER).read_bytes())
    at = data.index(b"CFBundleIdentifier")
    data[at : at + 8] = b"damaged!"
    path.write_bytes(data)


def another(path: Path) -> None:
    make_ipa(path, "org.example.game")


def missing(_path: Path) -> None:
    pass


WRONG = [
    (no_archive, "is no .ipa"),
    (no_app, "is no .ipa"),
    (no_plist, "is no .ipa"),
    (no_id, "is no .ipa"),
    (damaged, "is no .ipa"),
    (another, "is the app org.example.game, not labtui's runner"),
    (missing, "cannot be read: No such file"),
    (Path.mkdir, "cannot be read: Is a directory"),
]


@pytest.mark.parametrize(("make", "told"), WRONG, ids=lambda value: getattr(value, "__name__", ""))
def test_what_is_no_runner_says_so(tmp_path: Path, make: object, told: str) -> None:
    assert callable(make)
    path = tmp_path / "runner.ipa"
    make(path)
    with pytest.raises(UsageError, match=told):
        read_package(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 900), put=st.binary(min_size=1, max_size=8))
def test_any_damage_is_wrong_input(tmp_path: Path, at: int, put: bytes) -> None:
    data = bytearray(make_ipa(tmp_path / "whole.ipa", RUNNER).read_bytes())
    data[at : at + len(put)] = put
    path = tmp_path / "damaged.ipa"
    path.write_bytes(data)
    bundle_id = None
    with suppress(UsageError):
        bundle_id = read_package(path).bundle_id
    assert bundle_id is None or bundle_id.endswith(".labtui.runner")
