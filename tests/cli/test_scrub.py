"""Nothing that tells who somebody is survives, wherever in a text it stands."""

import getpass
import socket
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.cli.scrub import Scrubber, private_words
from labtui.core.model import (
    DeviceFacts,
    DeviceId,
    DeviceSnapshot,
    DeviceState,
    Platform,
    Transport,
    TransportKind,
)

UDID = "00008120-001A2B3C4D5E6F70"
OLD_UDID = "0123456789abcdef0123456789abcdef01234567"
NAMES = ("Anna's iPhone", "José", "電話", "Q")
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIE/+o=\nAAAA\n-----END RSA PRIVATE KEY-----"
FORMS = [
    UDID,
    UDID.lower(),
    OLD_UDID,
    "F0E1D2C3-B4A5-9687-7869-5A4B3C2D1E0F",
    "02:ab:CD:ef:01:23",
    "192.168.178.23",
    "fe80::1c2d:3e4f%en0",
    "2001:db8:0:1:2:3:4:5",
    "anna.mueller@example.org",
    "/home/anna/secret/model.tflite",
    "/Users/anna/Library/labtui",
    "/private/var/folders/zz/t0",
    "/tmp/anna",
    "~anna/secret",
    "file:///home/anna/x",
    PEM,
    PEM[:40],
    "c2VjcmV0IGtleSBvZiBhIHBob25lIHRoYXQgbm9ib2R5IG1heSBzZWU=",
    "com.anna-mueller.labtui.runner",
]
KEPT = [
    "ran on cpu XNNPACK 25 + cpu 8 (full), control run p50 0.393 ms",
    "google/cheetah/cheetah:14/UP1A.231005.007/10754064:user/release-keys",
    "dlopen failed: library /vendor/lib64/libOpenCL.so not found",
    "labtui-runner: /data/local/tmp/labtui/labtui-runner: permission denied",
    "iPhone 14 Pro, iOS 16.6 (20G75), pymobiledevice3 11.45.0",
    "MismatchedApplicationIdentifierEntitlement (0xe80000be)",
    "12:30:05.123 std::bad_alloc",
]
PLACEHOLDERS = "<key> <address> <team>.labtui.runner <path> <udid> <uuid> <mac> <ip> <id>"
words_between = st.text(st.sampled_from(string.ascii_lowercase + " .,!?\n"), max_size=30)


def snapshot(serial: str = UDID, name: str = "iPhone 14 Pro") -> DeviceSnapshot:
    facts = DeviceFacts(serial, name, "A16 Bionic", "iOS 16.6", "20G75", "arm64e", False)
    usb = Transport(serial.replace("-", ""), TransportKind.USB, DeviceState.READY)
    return DeviceSnapshot(
        DeviceId(f"ios:{serial}"), Platform.IOS, DeviceState.READY, (usb,), facts=facts
    )


def scrubber(*names: str, serial: str = UDID, files: tuple[Path, ...] = ()) -> Scrubber:
    return Scrubber(private_words([snapshot(serial)], names, files))


@pytest.mark.parametrize("form", FORMS)
@given(before=words_between, after=words_between)
def test_what_has_the_form_of_an_id_goes_wherever_it_stands(
    form: str, before: str, after: str
) -> None:
    scrubbed = Scrubber({}).text(f"{before} {form} {after}")
    assert form.lower() not in scrubbed.lower()
    assert "anna" not in scrubbed.lower()
    assert "MIIE" not in scrubbed


@pytest.mark.parametrize("text", KEPT)
def test_what_explains_a_failure_stays(text: str) -> None:
    assert text == scrubber("Anna's iPhone").text(text)


@given(
    serial=st.text(string.ascii_letters + string.digits + "._-:", min_size=4, max_size=30),
    before=words_between,
    after=words_between,
)
def test_a_known_serial_goes_even_inside_a_word(serial: str, before: str, after: str) -> None:
    private = {serial: "serial"}
    assert serial not in Scrubber(private).text(f"{before}{serial}{after}").replace("<serial>", "")


@pytest.mark.parametrize("name", NAMES)
@given(before=words_between, after=words_between)
def test_a_given_name_goes_where_it_is_a_word(name: str, before: str, after: str) -> None:
    assert name not in scrubber(name).text(f"{before} {name} {after}")


@given(
    secret=st.text(st.characters(exclude_characters="<>"), min_size=4, max_size=40)
    .filter(str.strip)
    .filter(lambda text: text not in PLACEHOLDERS),
    text=st.text(max_size=60),
)
def test_any_text_at_all_can_be_private(secret: str, text: str) -> None:
    assert secret not in Scrubber({secret: "x"}).text(f"{text}{secret}{text}")


def test_a_phone_that_bears_the_name_of_its_kind_keeps_it() -> None:
    assert "iPhone 14 Pro is locked." == scrubber("iPhone").text("iPhone 14 Pro is locked.")


def test_names_and_folders_of_this_host_go() -> None:
    told = f"{socket.gethostname()} {Path.home()}/a/b {Path.cwd()}/tests/x.py"
    scrubbed = scrubber().text(told)
    for private in (str(Path.home()), str(Path.cwd()), "tests/x.py", "a/b"):
        assert private not in scrubbed
    assert socket.gethostname() not in scrubbed


def test_a_user_of_some_name_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "jo")
    assert "<user>'s phone, a joke" == scrubber().text("jo's phone, a joke")


def test_a_user_nobody_knows_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> str:
        raise KeyError("uid not found")

    monkeypatch.setattr(getpass, "getuser", fail)
    assert "as it was" == scrubber().text("as it was")


def test_files_of_the_user_go_by_path_and_by_name(tmp_path: Path) -> None:
    model = tmp_path / "my secret net.mlpackage"
    text = f"{model} differs; my secret net.mlpackage is damaged"
    assert "secret" not in scrubber(files=(model,)).text(text)


def test_a_folder_of_labtui_takes_its_name_from_no_sentence(tmp_path: Path) -> None:
    text = scrubber(files=(tmp_path / "labtui",)).text(f"{tmp_path}/labtui, run `labtui pair`")
    assert "<path>, run `labtui pair`" == text


def test_every_text_in_a_document_is_scrubbed() -> None:
    document = {"a": [UDID, {"b": f"x {UDID}"}], "c": 5, "d": None}
    expected = {"a": ["<serial>", {"b": "x <serial>"}], "c": 5, "d": None}
    assert expected == scrubber().all_texts(document)
