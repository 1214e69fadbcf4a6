"""How labtui's worker mounts developer images on virtual iPhones, and whom it asks."""

import asyncio
import hashlib
import plistlib
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pymobiledevice3 import exceptions as pmd
from pymobiledevice3.restore import tss
from pymobiledevice3.services.mobile_image_mounter import DeveloperDiskImageMounter

from labtui.adapters.ios.developer_image import Objection
from labtui.adapters.ios.worker import developer_image
from labtui.adapters.ios.worker.developer_image import look_for_image, mount_image
from labtui.adapters.ios.worker.launching import launch
from labtui.adapters.ios.worker.phone import Phone
from labtui.adapters.ios.worker.translate import Cannot, Refused
from labtui.virtual.ios.apps import RUNNER_BUNDLE_ID
from labtui.virtual.ios.developer_images import ImageKind, make_ticket
from tests.virtual.ios.rig import PRO_14, PRO_17, Iphones
from tests.virtual.rig import LIMIT_S

CONTENT = b"an image" * 4000
SUCCESS = b"STATUS=0&MESSAGE=SUCCESS&REQUEST_STRING="


@dataclass
class Apple:
    """A signing server that has nothing to do with Apple's."""

    answer: bytes | None = None
    """None is a ticket that virtual phones accept."""
    requests: list[dict[str, Any]] = field(default_factory=list)
    may_answer: threading.Event = field(default_factory=threading.Event)

    def reply(self, body: bytes) -> bytes:
        request = plistlib.loads(body)
        self.requests.append(request)
        self.may_answer.wait(LIMIT_S)
        if self.answer is not None:
            return self.answer
        ticket = make_ticket(request["ApECID"], request["PersonalizedDMG"]["Digest"])
        return SUCCESS + plistlib.dumps({"ApImg4Ticket": ticket})


@contextmanager
def served(apple: Apple) -> Iterator[str]:
    """Run a signing server; the value is its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = apple.reply(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            apple.may_answer.set()
            server.shutdown()
            thread.join()


@pytest.fixture
def apple(monkeypatch: pytest.MonkeyPatch) -> Iterator[Apple]:
    apple = Apple()
    apple.may_answer.set()
    with served(apple) as address:
        monkeypatch.setattr(tss, "TSS_CONTROLLER_ACTION_URL", address)
        yield apple


@pytest.fixture
def profiles() -> list[str]:
    return [PRO_17]


@pytest.fixture
async def phone(iphones: Iphones, tmp_path: Path) -> AsyncIterator[Phone]:
    """The worker's own view of a paired phone without image and ticket."""
    records = tmp_path / "records"
    async with iphones.lockdown(pairing_records_cache_folder=records):
        pass
    for fault in ("developer_image=off", "image_ticket=off"):
        iphones.bench.fault(iphones.udid, fault)
    phone = Phone(iphones.udid, "USB", records)
    yield phone
    await phone.hang_up()


def build_manifest(iphones: Iphones, chip_id: int | None = None) -> bytes:
    """Return what CoreDevice's folder says of an image, for one model of iPhone."""
    profile = iphones.phone.device.profile
    image = {"Info": {"Path": "x.dmg"}, "Trusted": True, "Digest": hashlib.sha384(CONTENT).digest()}
    identity = {
        "ApBoardID": hex(profile.board_id),
        "ApChipID": hex(chip_id or profile.chip_id),
        "Manifest": {
            "PersonalizedDMG": image,
            "LoadableTrustCache": {"Info": {}, "Trusted": True, "Digest": b"cache"},
        },
    }
    return plistlib.dumps({"BuildIdentities": [identity]})


@pytest.fixture
def paths(tmp_path: Path, iphones: Iphones) -> list[str]:
    image, signature = tmp_path / "Image.dmg", tmp_path / "signature"
    manifest = tmp_path / "BuildManifest.plist"
    image.write_bytes(CONTENT)
    signature.write_text(hashlib.sha256(CONTENT).hexdigest())
    manifest.write_bytes(build_manifest(iphones))
    is_classic = iphones.phone.device.profile.ios < (17,)
    files = [image, signature] if is_classic else [image, manifest, signature]
    return [str(file) for file in files]


def rewrite(path: str, content: bytes) -> None:
    Path(path).write_bytes(content)


def ignore(_done: int, _total: int) -> None:
    pass


async def mount(phone: Phone, paths: list[str], *, may_ask_apple: bool = False) -> None:
    arguments = {"paths": paths, "may_ask_apple": may_ask_apple}
    await asyncio.wait_for(mount_image(phone, arguments, ignore), LIMIT_S)


async def is_mounted(phone: Phone) -> bool:
    return bool((await look_for_image(phone, {}, ignore))["is_mounted"])


@pytest.mark.parametrize("profiles", [[PRO_14], [PRO_17]])
async def test_an_image_is_mounted_once_and_apple_hears_nothing(
    iphones: Iphones, phone: Phone, paths: list[str], apple: Apple
) -> None:
    iphones.bench.fault(iphones.udid, "image_ticket=on")
    assert not await is_mounted(phone)
    for _ in range(2):
        await mount(phone, paths)
        assert await is_mounted(phone)
    assert [] == apple.requests


async def test_apple_is_not_asked_unless_that_is_allowed(
    phone: Phone, paths: list[str], apple: Apple
) -> None:
    with pytest.raises(Refused, match=Objection.NO_TICKET):
        await mount(phone, paths)
    assert [] == apple.requests
    assert not await is_mounted(phone)


async def test_apple_is_told_what_the_documentation_says(
    iphones: Iphones, phone: Phone, paths: list[str], apple: Apple
) -> None:
    await mount(phone, paths, may_ask_apple=True)
    assert await is_mounted(phone)
    (request,) = apple.requests
    device = iphones.phone.device
    told = (request["ApECID"], request["ApChipID"], request["ApBoardID"])
    assert (device.ecid, device.profile.chip_id, device.profile.board_id) == told
    assert device.profile.product_type == request["Ap,ProductType"]
    private = (device.udid, device.profile.serial(0), device.name, "PRIVATE KEY", "HostID")
    assert [] == [word for word in private if word in str(request)]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"STATUS=94&MESSAGE=This device isn't eligible", "This device isn't eligible"),
        (b"<html>a proxy</html>", "IndexError"),
        (SUCCESS + plistlib.dumps({}), "KeyError"),
        (SUCCESS + b"no plist", "InvalidFileException"),
    ],
)
async def test_what_apple_may_say_instead(
    phone: Phone, paths: list[str], apple: Apple, answer: bytes, words: str
) -> None:
    apple.answer = answer
    with pytest.raises(Refused, match=f"gave no ticket.*{words}"):
        await mount(phone, paths, may_ask_apple=True)


async def test_a_server_that_does_not_answer_is_given_up(
    phone: Phone,
    paths: list[str],
    apple: Apple,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(developer_image, "APPLE_S", 0.5)
    apple.may_answer.clear()
    with pytest.raises(Refused, match=r"has not answered within 0\.5 s"):
        await mount(phone, paths, may_ask_apple=True)


async def test_a_server_that_cannot_be_reached_is_named(
    phone: Phone, paths: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tss, "TSS_CONTROLLER_ACTION_URL", "http://127.0.0.1:1/")
    with pytest.raises(Refused, match=r"gave no ticket \(ConnectionError\)"):
        await mount(phone, paths, may_ask_apple=True)


async def test_an_image_for_other_models_is_not_sent(
    iphones: Iphones, phone: Phone, paths: list[str], apple: Apple
) -> None:
    rewrite(paths[1], build_manifest(iphones, chip_id=0x7777))
    with pytest.raises(Refused, match=Objection.OTHER_MODEL):
        await mount(phone, paths, may_ask_apple=True)
    assert [] == apple.requests


@pytest.mark.parametrize("profiles", [[PRO_14], [PRO_17]])
async def test_who_needs_an_image_is_told_the_command(iphones: Iphones, phone: Phone) -> None:
    iphones.phone.close_app()
    with pytest.raises(Cannot, match=f"run `labtui developer-image serial:{iphones.udid}`"):
        await launch(phone, {"bundle_id": RUNNER_BUNDLE_ID}, ignore)


@pytest.mark.parametrize("profiles", [[PRO_14]])
async def test_what_the_phone_says_is_handed_on(
    iphones: Iphones, phone: Phone, paths: list[str]
) -> None:
    rewrite(paths[1], b"0" * 64)
    with pytest.raises(Refused, match=r"verify the signature of the image.*ImageMountFailed"):
        await mount(phone, paths)
    iphones.phone.set_developer_mode(is_on=False)
    with pytest.raises(Refused, match=Objection.NO_DEVELOPER_MODE):
        await mount(phone, paths)


@pytest.mark.parametrize("moment", ["receive", "mount"])
@pytest.mark.parametrize("profiles", [[PRO_14]])
async def test_a_phone_that_gets_locked_meanwhile_is_locked(
    iphones: Iphones,
    phone: Phone,
    paths: list[str],
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
) -> None:
    mounter = DeveloperDiskImageMounter
    name = {"receive": "upload_image", "mount": "mount_image"}[moment]
    work = getattr(mounter, name)

    async def late(self: Any, *args: Any) -> None:
        iphones.phone.lock()
        await work(self, *args)

    monkeypatch.setattr(mounter, name, late)
    with pytest.raises(pmd.PasswordRequiredError):
        await mount(phone, paths)


@pytest.mark.parametrize(
    ("profiles", "kind"), [([PRO_14], "Developer"), ([PRO_17], "Personalized")]
)
async def test_a_phone_takes_its_own_kind_of_image(
    iphones: Iphones, phone: Phone, paths: list[str], kind: str
) -> None:
    iphones.bench.fault(iphones.udid, "image_ticket=on")
    await mount(phone, paths)
    mounted = iphones.phone.device.developer_image
    assert mounted
    assert ImageKind(kind) is mounted.kind
