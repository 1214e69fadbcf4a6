"""Developer images on virtual iPhones, mounted by unmodified clients."""

import hashlib
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest
from pymobiledevice3 import exceptions as pmd
from pymobiledevice3.services.mobile_image_mounter import (
    DeveloperDiskImageMounter,
    MobileImageMounterService,
    PersonalizedImageMounter,
)

from labtui.virtual.ios.developer_images import ImageKind, UploadedImage, make_ticket
from tests.virtual.ios.rig import IPHONE_8, PRO_14, PRO_15, PRO_17, Iphones, run_tool
from tests.virtual.rig import Ran

XCODES = b"mounted by Xcode"


@dataclass(frozen=True)
class ImageFiles:
    """An image, and what it is signed with."""

    image: Path
    signature: Path


def make_image(folder: Path, content: bytes = b"no Apple in here\n" * 5000) -> ImageFiles:
    files = ImageFiles(folder / "image.dmg", folder / "image.dmg.signature")
    files.image.write_bytes(content)
    files.signature.write_text(f"{hashlib.sha256(content).hexdigest()}  image.dmg\n")
    return files


@pytest.fixture
def profiles() -> list[str]:
    return [PRO_14]


@pytest.fixture
def files(tmp_path: Path, iphones: Iphones) -> ImageFiles:
    """An image for a phone that has none."""
    iphones.bench.fault(iphones.udid, "developer_image=off")
    return make_image(tmp_path)


async def run_cli(iphones: Iphones, *args: str | Path) -> Ran:
    return await run_tool(iphones, sys.executable, "-m", "pymobiledevice3", *args)


async def mount_by_cli(iphones: Iphones, files: ImageFiles) -> Ran:
    return await run_cli(iphones, "mounter", "mount-developer", files.image, files.signature)


def mounted_signature(iphones: Iphones) -> bytes | None:
    mounted = iphones.phone.device.developer_image
    return mounted.signature if mounted else None


@asynccontextmanager
async def mounter(iphones: Iphones) -> AsyncIterator[MobileImageMounterService]:
    async with iphones.lockdown() as lockdown, MobileImageMounterService(lockdown) as service:
        yield service


@pytest.mark.slow
async def test_pymobiledevice3_lists_mounts_and_unmounts(
    iphones: Iphones, files: ImageFiles
) -> None:
    assert [] == json.loads((await run_cli(iphones, "mounter", "list")).text)
    assert 0 == (await mount_by_cli(iphones, files)).status
    (listed,) = json.loads((await run_cli(iphones, "mounter", "list")).text)
    assert ("Developer", "/Developer") == (listed["DiskImageType"], listed["MountPath"])
    assert files.signature.read_bytes().hex() == listed["ImageSignature"]
    assert "already mounted" in (await mount_by_cli(iphones, files)).stderr.decode()
    assert 0 == (await run_cli(iphones, "mounter", "umount-developer")).status
    assert mounted_signature(iphones) is None
    again = await run_cli(iphones, "mounter", "umount-developer")
    assert "isn't currently mounted" in again.stderr.decode()


@pytest.mark.parametrize("profiles", [[IPHONE_8], [PRO_14]])
async def test_ideviceimagemounter_lists_and_mounts(iphones: Iphones, files: ImageFiles) -> None:
    listed = await iphones.tool("ideviceimagemounter", "-l")
    assert "ImageSignature[0]" not in listed.text
    mounted = await iphones.tool("ideviceimagemounter", files.image, files.signature)
    assert (0, True) == (mounted.status, "Status: Complete" in mounted.text), mounted
    assert files.signature.read_bytes() == mounted_signature(iphones)
    assert "ImageSignature[1]" in (await iphones.tool("ideviceimagemounter", "-l")).text
    again = await iphones.tool("ideviceimagemounter", files.image, files.signature)
    assert "ImageMountFailed" in again.text


async def test_ideviceimagemounter_says_that_the_phone_is_locked(
    iphones: Iphones, files: ImageFiles
) -> None:
    await iphones.tool("idevicepair", "pair")
    iphones.phone.lock()
    refused = await iphones.tool("ideviceimagemounter", files.image, files.signature)
    assert 0 != refused.status
    assert mounted_signature(iphones) is None


class Refusal(NamedTuple):
    """What is wrong, and what the phone says to it."""

    words: str
    fault: str = "plug"
    content: bytes = b"image"
    spoilt: bytes = b""
    """What is put in front of the right signature."""


REFUSALS = [
    Refusal("No space left on device", fault="storage_full"),
    Refusal("not for iOS 16.6", content=b"iOS 15.4\nimage"),
    Refusal("verify the signature", spoilt=b"0"),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.words)
async def test_what_a_phone_does_not_mount(
    iphones: Iphones, files: ImageFiles, refusal: Refusal
) -> None:
    made = make_image(files.image.parent, refusal.content)
    made.signature.write_bytes(refusal.spoilt + made.signature.read_bytes())
    iphones.bench.fault(iphones.udid, refusal.fault)
    async with iphones.lockdown() as lockdown, DeveloperDiskImageMounter(lockdown) as service:
        with pytest.raises(pmd.PyMobileDevice3Exception, match=refusal.words):
            await service.mount(made.image, made.signature)
    assert mounted_signature(iphones) is None


async def test_an_image_for_this_version_is_taken(iphones: Iphones, files: ImageFiles) -> None:
    made = make_image(files.image.parent, b"iOS 16.6\nimage")
    async with iphones.lockdown() as lockdown, DeveloperDiskImageMounter(lockdown) as service:
        await service.mount(made.image, made.signature)
    assert made.signature.read_bytes() == mounted_signature(iphones)


async def test_a_phone_that_gets_locked_meanwhile_says_so(
    iphones: Iphones, files: ImageFiles
) -> None:
    async with mounter(iphones) as service:
        assert await service.query_developer_mode_status()
        iphones.phone.lock()
        for work in (
            service.upload_image("Developer", b"image", b""),
            service.mount_image("Developer", b""),
        ):
            with pytest.raises(pmd.PyMobileDevice3Exception, match="DeviceLocked"):
                await work


async def test_developer_mode_is_asked_for_at_the_last_moment(
    iphones: Iphones, files: ImageFiles
) -> None:
    async with mounter(iphones) as service:
        iphones.phone.set_developer_mode(is_on=False)
        assert not await service.query_developer_mode_status()
        with pytest.raises(pmd.DeveloperModeIsNotEnabledError):
            await service.mount_image("Developer", b"")


async def test_an_image_that_was_not_uploaded_is_not_mounted(
    iphones: Iphones, files: ImageFiles
) -> None:
    async with mounter(iphones) as service:
        with pytest.raises(pmd.PyMobileDevice3Exception, match="MissingImageSignature"):
            await service.mount_image("Developer", b"")
        with pytest.raises(pmd.PyMobileDevice3Exception, match="MissingImageSize"):
            await service.upload_image("Developer", b"", b"")
        with pytest.raises(pmd.MessageNotSupportedError):
            await service.query_nonce()


@pytest.mark.parametrize("fault", ["detach_at=20000", "reboot=0.1"])
async def test_an_upload_that_is_cut_leaves_nothing(
    iphones: Iphones, files: ImageFiles, fault: str
) -> None:
    async with iphones.lockdown() as lockdown, MobileImageMounterService(lockdown) as service:
        await service.connect()
        iphones.bench.fault(iphones.udid, fault)
        with pytest.raises((pmd.PyMobileDevice3Exception, OSError, EOFError)):
            await service.upload_image("Developer", files.image.read_bytes(), b"")
    assert mounted_signature(iphones) is None


@pytest.mark.parametrize("profiles", [[PRO_15], [PRO_17]])
async def test_a_personalised_image_is_mounted_with_a_ticket_that_the_phone_has(
    iphones: Iphones, files: ImageFiles
) -> None:
    manifest = files.image.parent / "BuildManifest.plist"
    async with iphones.lockdown() as lockdown, PersonalizedImageMounter(lockdown) as service:
        identifiers = await service.query_personalization_identifiers()
        assert iphones.phone.device.profile.chip_id == identifiers["ChipID"]
        assert 32 == len(await service.query_nonce("DeveloperDiskImage"))
        await service.mount(files.image, manifest, files.signature)
        (listed,) = await service.copy_devices()
        assert "DeveloperDiskImage" == listed["PersonalizedImageType"]
        await service.umount()
    assert mounted_signature(iphones) is None


@pytest.mark.parametrize("profiles", [[PRO_17]])
@pytest.mark.parametrize(("ticket", "trust"), [(b"another's", b""), (b"", b"another image's")])
async def test_a_wrong_ticket_or_trust_cache_is_refused(
    iphones: Iphones, files: ImageFiles, ticket: bytes, trust: bytes
) -> None:
    content = files.image.read_bytes()
    right = make_ticket(iphones.phone.device.ecid, hashlib.sha384(content).digest())
    extras = {"ImageTrustCache": trust or files.signature.read_bytes()}
    async with mounter(iphones) as service:
        await service.upload_image("Personalized", content, ticket or right)
        with pytest.raises(pmd.PyMobileDevice3Exception, match="Failed to verify"):
            await service.mount_image("Personalized", ticket or right, extras)


@pytest.mark.parametrize("profiles", [[PRO_17]])
async def test_a_phone_may_have_no_ticket(iphones: Iphones, files: ImageFiles) -> None:
    iphones.bench.fault(iphones.udid, "image_ticket=off")
    async with mounter(iphones) as service:
        with pytest.raises(pmd.MissingManifestError):
            await service.query_personalization_manifest("DeveloperDiskImage", b"\0" * 48)


async def test_what_xcode_has_mounted_is_there_until_a_restart(iphones: Iphones) -> None:
    async with mounter(iphones) as service:
        assert XCODES == await service.lookup_image("Developer")
        with pytest.raises(pmd.NotMountedError):
            await service.lookup_image("Personalized")
    await iphones.phone.reboot(0.0)
    assert mounted_signature(iphones) is None


@pytest.mark.parametrize(
    ("head", "fits"),
    [(b"", True), (b"iOS 16.6\n", True), (b"iOS 16.6\r\nx", True), (b"iOS 16.7\n", False)],
)
def test_a_first_line_ties_an_image_to_a_version(head: bytes, fits: bool) -> None:
    image = UploadedImage()
    for byte in head:
        image.add(bytes([byte]))
    assert fits is image.fits((16, 6, 1))


@pytest.mark.parametrize("signature", [b"", b"nothing", None, 7, b"\xff" * 64])
def test_no_other_signature_is_right(signature: object) -> None:
    image = UploadedImage()
    image.add(b"image")
    assert not image.is_signed_by(signature)
    assert "/Developer" == ImageKind.DEVELOPER.mount_path
