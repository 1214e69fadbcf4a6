"""What `labtui developer-image` says where there is no phone to try it on."""

from pathlib import Path

import pytest

from labtui.adapters.ios.developer_image import ImageState
from labtui.cli.developer_image import _files, _tell
from labtui.cli.parser import build_parser
from labtui.cli.settings import settings_from
from labtui.core.model import (
    DeviceId,
    DeviceSnapshot,
    DeviceState,
    Platform,
    Transport,
    TransportKind,
)
from labtui.errors import DeviceError

PHONE = DeviceSnapshot(
    DeviceId("ios:1"),
    Platform.IOS,
    DeviceState.READY,
    (Transport("1", TransportKind.USB, DeviceState.READY, 1),),
)


def test_ios_27_takes_no_image_from_labtui(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match="only as a cryptex since iOS 27, which labtui cannot"):
        _files(PHONE, ImageState((27, 0), is_mounted=False), tmp_path)


@pytest.mark.parametrize(
    ("state", "end"),
    [
        (ImageState((16, 6), is_mounted=True), "is mounted already.\n"),
        (ImageState((18, 5), is_mounted=False), "is mounted now, until it restarts.\n"),
        (ImageState((17, 2), is_mounted=True), "17.3 lets no computer open apps even so.\n"),
    ],
)
def test_what_an_image_is_good_for_is_said(
    capsys: pytest.CaptureFixture[str], state: ImageState, end: str
) -> None:
    arguments = build_parser().parse_args(["developer-image", "iphone*"])
    assert (None, False) == (arguments.folder, arguments.ask_apple)
    _tell(PHONE, state, settings_from(arguments))
    said = capsys.readouterr()
    assert ("", True) == (said.out, said.err.endswith(end))
