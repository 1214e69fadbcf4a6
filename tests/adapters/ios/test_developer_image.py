"""Which files are a developer image, what phones say to it, and mounting it from the bus."""

import asyncio
import hashlib
import plistlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.adapters.ios.developer_image import (
    CLASSIC_FILES,
    MOUNT_REFUSALS,
    PERSONALISED_FILES,
    ImageState,
    Objection,
    find_files,
)
from labtui.adapters.ios.helper import Helper, WorkerRefused
from labtui.adapters.ios.messages import Cause, Failed, Op
from labtui.adapters.ios.plists import MuxEntry
from labtui.adapters.ios.refusals import explaining_refusals
from labtui.core.model import DeviceState
from labtui.errors import DeviceError, DeviceFull, DeviceHung, UsageError
from tests.adapters.ios.rig import Desk

NAMED = {"Path": "022-1.dmg"}, {"Path": "Firmware/022-1.dmg.trustcache"}


def build_manifest(*named: tuple[Any, Any]) -> bytes:
    """Return what CoreDevice's folder says of its files, for each model."""
    identities = [
        {"Manifest": {"PersonalizedDMG": {"Info": i}, "LoadableTrustCache": {"Info": t}}}
        for i, t in named
    ]
    return plistlib.dumps({"BuildIdentities": identities})


def fill(folder: Path, *names: str, manifest: bytes = build_manifest()) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(manifest if path.suffix == ".plist" else b"x")
    return folder


def test_a_classic_image_is_two_files(tmp_path: Path) -> None:
    folder = fill(tmp_path, *CLASSIC_FILES)
    assert tuple(folder / n for n in CLASSIC_FILES) == find_files(folder, with_ticket=False)
    with pytest.raises(UsageError, match=r"BuildManifest\.plist"):
        find_files(folder, with_ticket=True)


def test_a_personalised_image_is_three(tmp_path: Path) -> None:
    folder = fill(tmp_path, *PERSONALISED_FILES)
    assert tuple(folder / n for n in PERSONALISED_FILES) == find_files(folder, with_ticket=True)


@pytest.mark.parametrize("root", ["", "Restore"])
def test_core_devices_folder_is_understood(tmp_path: Path, root: str) -> None:
    manifest = build_manifest(({}, {}), NAMED)
    names = ("022-1.dmg", "Firmware/022-1.dmg.trustcache", "BuildManifest.plist")
    folder = fill(tmp_path / root, *names, manifest=manifest)
    image, trust_cache, plist = (folder / name for name in names)
    assert (image, plist, trust_cache) == find_files(tmp_path, with_ticket=True)


@pytest.mark.parametrize("name", ["../../x.dmg", "/etc/hostname", "a\0b", ""])
def test_a_manifest_leads_nowhere_else(tmp_path: Path, name: str) -> None:
    plist = plistlib.dumps(
        {
            "BuildIdentities": [
                {
                    "Manifest": {
                        "PersonalizedDMG": {"Info": {"Path": name}},
                        "LoadableTrustCache": {"Info": {"Path": "t"}},
                    }
                }
            ]
        },
        fmt=plistlib.FMT_BINARY,
    )
    fill(tmp_path / "x", "BuildManifest.plist", "t", manifest=plist)
    with pytest.raises(UsageError, match=r"x/Image\.dmg is missing"):
        find_files(tmp_path / "x", with_ticket=True)


@pytest.mark.parametrize(
    "manifest", [b"no plist", plistlib.dumps([]), plistlib.dumps({"BuildIdentities": {}})]
)
def test_a_manifest_that_is_none_is_refused(tmp_path: Path, manifest: bytes) -> None:
    fill(tmp_path, *PERSONALISED_FILES, manifest=manifest)
    with pytest.raises(UsageError, match="is no build manifest"):
        find_files(tmp_path, with_ticket=True)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.text(st.characters(min_codepoint=32, max_codepoint=126)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Manifest", "PersonalizedDMG", "LoadableTrustCache", "Info", "Path"]),
            inner,
        )
    ),
)


@given(identities=st.lists(_VALUES.filter(lambda value: value is not None), max_size=4))
def test_any_manifest_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, identities: list[Any]
) -> None:
    folder = tmp_path_factory.mktemp("image")
    try:
        manifest = plistlib.dumps({"BuildIdentities": identities})
    except TypeError:  # a list with None, which no property list can hold
        return
    fill(folder, "BuildManifest.plist", manifest=manifest)
    with pytest.raises(UsageError):
        find_files(folder, with_ticket=True)


@pytest.mark.parametrize("with_ticket", [False, True])
def test_a_folder_that_is_none_is_named(tmp_path: Path, with_ticket: bool) -> None:
    with pytest.raises(UsageError, match="nowhere is no folder that can be read"):
        find_files(tmp_path / "nowhere", with_ticket=with_ticket)


def test_what_is_empty_or_too_large_is_no_image(tmp_path: Path) -> None:
    image, _ = (fill(tmp_path, *CLASSIC_FILES) / name for name in CLASSIC_FILES)
    image.write_bytes(b"")
    with pytest.raises(UsageError, match="closed to you: name a folder with Developer"):
        find_files(tmp_path, with_ticket=False)
    with image.open("wb") as file:
        file.truncate((1 << 30) + 1)
    with pytest.raises(UsageError, match="no developer image has 1073741825 bytes"):
        find_files(tmp_path, with_ticket=False)


@pytest.mark.parametrize(
    ("ios", "needs_ticket", "needs_cryptex", "lets_apps_start"),
    [
        ((), False, False, True),
        ((16, 7, 10), False, False, True),
        ((17, 0), True, False, False),
        ((17, 3, 1), True, False, False),
        ((17, 4), True, False, True),
        ((26, 6), True, False, True),
        ((27, 0), True, True, True),
    ],
)
def test_what_a_version_of_ios_takes(
    ios: tuple[int, ...], needs_ticket: bool, needs_cryptex: bool, lets_apps_start: bool
) -> None:
    state = ImageState(ios, is_mounted=False)
    found = (state.needs_ticket, state.needs_cryptex, state.lets_apps_start)
    assert (needs_ticket, needs_cryptex, lets_apps_start) == found


SAID = [
    ("Apple's signing server gave no ticket (signature?)", "image: Apple's signing server gave no"),
    (Objection.NO_DEVELOPER_MODE, "while Developer Mode is off"),
    (Objection.NO_TICKET, "--ask-apple"),
    (Objection.OTHER_MODEL, "is not made for Phone {0}"),
    ('"A disk image of type Personalized/DeveloperDiskImage is already mounted', "restart the"),
    ('"Failed to verify the disk image mount path /Developer."', "another image in that place"),
    ("No space left on device", "no room for the image"),
    ("The image is not for iOS 16.6.', 'Error': 'ImageMountFailed'", "another version of iOS than"),
    (
        "Failed to verify the signature', 'Error': 'ImageMountFailed'",
        "accept the image's signature",
    ),
    ("{'DetailedError': 'Failed to mount', 'Error': 'ImageMountFailed'}", "(ImageMountFailed)"),
]


@pytest.mark.parametrize(("text", "told"), SAID)
def test_what_a_phone_says_is_explained(text: str, told: str) -> None:
    with (
        pytest.raises(DeviceError) as caught,
        explaining_refusals("Phone {0}", MOUNT_REFUSALS),
    ):
        raise DeviceError("refused") from WorkerRefused(Failed(Cause.REFUSED, text))
    assert told in str(caught.value)
    assert "Phone {0}" in str(caught.value)


async def test_a_phone_is_asked_and_gets_an_image(ios: Desk, tmp_path: Path) -> None:
    image, signature = (tmp_path / name for name in CLASSIC_FILES)
    image.write_bytes(b"image")
    signature.write_text(hashlib.sha256(b"image").hexdigest())
    await ios.ready()
    assert (await ios.bus.look_for_image(ios.id)).is_mounted
    ios.phone.mount_developer_image(is_mounted=False)
    state = await ios.bus.look_for_image(ios.id)
    assert ImageState(ios.phone.device.profile.ios, is_mounted=False) == state
    ios.phone.fill_storage()
    with pytest.raises(DeviceFull, match="has no room for the image"):
        await ios.bus.mount_image(ios.id, (image, signature), may_ask_apple=False)
    ios.phone.fill_storage(is_full=False)
    await ios.bus.mount_image(ios.id, (image, signature), may_ask_apple=False)
    assert (await ios.bus.look_for_image(ios.id)).is_mounted
    await ios.until_state(DeviceState.READY)


async def test_a_phone_that_falls_silent_meanwhile_is_given_up(ios: Desk, tmp_path: Path) -> None:
    files = tuple(fill(tmp_path, *CLASSIC_FILES) / name for name in CLASSIC_FILES)
    await ios.ready()
    ios.phone.mount_developer_image(is_mounted=False)
    ios.phone.stall_at(1)
    with pytest.raises(DeviceHung, match="has stopped answering"):
        await ios.bus.mount_image(ios.id, files, may_ask_apple=False)
    ios.phone.resume()


async def test_who_gives_up_does_not_wait_for_the_next_worker(ios: Desk) -> None:
    await ios.ready()
    helper = Helper(ios.config, MuxEntry(1, ios.phone.udid, is_usb=True))
    await helper.ask(Op.LOOK_FOR_IMAGE)
    ios.phone.hang()
    followed = asyncio.create_task(
        helper.follow(Op.MOUNT_IMAGE, lambda *_: None, paths=[], may_ask_apple=False)
    )
    asked = asyncio.create_task(helper.ask(Op.LOOK_FOR_IMAGE))
    await asyncio.sleep(0)
    followed.cancel()
    done, _ = await asyncio.wait({followed, asked}, return_when=asyncio.FIRST_COMPLETED)
    assert {followed} == done
    ios.phone.resume()
    assert {"is_mounted"} <= (await asked).keys()
    await helper.close()
