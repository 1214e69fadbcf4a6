"""`labtui developer-image` as its user has it: explained, refused, mounted, and then of use."""

import hashlib
import plistlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.rig import Labtui, Phones, serve

OLD, NEW = "iphone-14*", "iphone-16"
QUICK = ("--runs", "20", "--launches", "1")


@pytest.fixture
def phones(labtui: Labtui) -> Iterator[Phones]:
    """An iPhone of each kind, without developer images, and an Android phone."""
    with serve(labtui.home, "redmi-12c,iphone-14-pro,iphone-16") as phones:
        labtui.extra = phones.extra
        for index in (0, 1):
            inflict(labtui, phones, index, "developer_image=off")
        yield phones


def inflict(labtui: Labtui, phones: Phones, index: int, *faults: str) -> None:
    for fault in faults:
        result = labtui.run("virtual", "fault", phones.control, phones.udids[index], fault)
        assert 0 == result.returncode, result.stderr


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A folder with an image of both kinds, as virtual phones take them."""
    folder = tmp_path / "images"
    folder.mkdir()
    for name, signature in (("DeveloperDiskImage.dmg", "signature"), ("Image.dmg", "trustcache")):
        content = name.encode() * 9000
        (folder / name).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        (folder / f"{name}.{signature}").write_text(f"{digest}  {name}\n")
    (folder / "BuildManifest.plist").write_bytes(plistlib.dumps({"BuildIdentities": []}))
    return folder


def told(labtui: Labtui, code: int, *words: str | Path) -> str:
    """Ask about or for an image; return what is said, the explanation first."""
    result = labtui.run("developer-image", *words)
    assert code == result.returncode, result.stderr
    assert "Traceback" not in result.stderr
    assert "" == result.stdout
    assert result.stderr.startswith("A developer image holds those services of iOS by which")
    assert "Up to iOS 16 it is DeveloperDiskImage.dmg and its .signature" in result.stderr
    return result.stderr.splitlines()[-1]


@pytest.mark.slow
def test_after_it_the_runner_app_opens_by_itself(
    labtui: Labtui, phones: Phones, tiny: Path, images: Path
) -> None:
    inflict(labtui, phones, 0, "app=closed")
    with labtui.start("run", tiny, *QUICK, "--device", OLD, "--device", "android") as running:
        android = running.until("device_ended")["event"]
        assert f"android:{phones.serials[0]}" == android["device"], "the iPhone waits for a tap"
        inflict(labtui, phones, 0, "app=open")
        assert 0 == running.finish(), running.stderr
    inflict(labtui, phones, 0, "app=closed")
    assert "is mounted now" in told(labtui, 0, OLD, "--from", images)
    done = labtui.run("run", tiny, *QUICK, "--device", OLD)
    assert 0 == done.returncode, done.stderr


@pytest.mark.slow
def test_it_is_mounted_once_until_a_restart(labtui: Labtui, phones: Phones, images: Path) -> None:
    for selector in (OLD, NEW):
        assert told(labtui, 0, selector, "--from", images).endswith("now, until it restarts.")
        assert told(labtui, 0, selector).endswith("is mounted already.")
    inflict(labtui, phones, 0, "developer_image=off")
    for was_mounted in (False, True):
        document = labtui.json("developer-image", OLD, "--from", images)
        assert ("developer_image", was_mounted) == (document["kind"], document["was_mounted"])
        assert "ready" == document["device"]["state"]


@pytest.mark.parametrize(
    ("selector", "source"),
    [(OLD, "iPhoneOS.platform/DeviceSupport"), (NEW, "/Library/Developer/DeveloperDiskImages")],
)
def test_without_a_folder_it_says_where_images_come_from(
    labtui: Labtui, phones: Phones, tmp_path: Path, selector: str, source: str
) -> None:
    said = told(labtui, 2, selector)
    assert "name one with --from FOLDER" in said
    assert source in said
    assert said.endswith("labtui downloads none.")
    assert "is missing, empty or closed to you" in told(labtui, 2, selector, "--from", tmp_path)


def test_a_phone_that_needs_apples_ticket_says_what_asking_would_tell(
    labtui: Labtui, phones: Phones, images: Path
) -> None:
    inflict(labtui, phones, 1, "image_ticket=off")
    said = told(labtui, 3, NEW, "--from", images)
    assert "has no ticket of Apple's for this image" in said
    assert "--ask-apple to ask Apple's signing server, which is told the phone's chip" in said
    assert "knows no virtual iPhone" in told(labtui, 2, NEW, "--from", images, "--ask-apple")


REFUSALS = [
    ("lock", "iPhone 14 Pro is locked. Unlock"),
    ("developer_mode=off", "while Developer Mode is off: switch it on"),
    ("storage_full", "has no room for the image"),
    ("trust=forgotten", "run `labtui pair ios:"),
]


@pytest.mark.parametrize(("fault", "sentence"), REFUSALS)
def test_what_keeps_a_phone_from_it_is_said(
    labtui: Labtui, phones: Phones, images: Path, fault: str, sentence: str
) -> None:
    inflict(labtui, phones, 0, fault)
    assert sentence in told(labtui, 3, OLD, "--from", images)


@pytest.mark.parametrize(
    ("head", "sentence"),
    [
        (b"iOS 15.4\n", "is for another version of iOS than iPhone 14 Pro has"),
        (b"", "does not accept the image's signature"),
    ],
    ids=["version", "signature"],
)
def test_an_image_that_does_not_fit_is_refused(
    labtui: Labtui, phones: Phones, images: Path, head: bytes, sentence: str
) -> None:
    image = images / "DeveloperDiskImage.dmg"
    image.write_bytes(head + b"of another image")
    if head:
        digest = hashlib.sha256(image.read_bytes()).hexdigest()
        (images / f"{image.name}.signature").write_text(digest)
    assert sentence in told(labtui, 3, OLD, "--from", images)


@pytest.mark.slow
def test_only_one_iphone_gets_an_image(labtui: Labtui, phones: Phones) -> None:
    assert "Only iPhones have developer images: leave out Redmi 12C" in told(labtui, 2, "redmi*")
    assert "means 2 iPhones" in told(labtui, 2, "ios")
    assert "No device matches" in told(labtui, 4, "nothing")
