"""Folders of labelled images, friendly and hostile."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labtui.adapters.scoring.folder import EvalFolder
from labtui.adapters.scoring.images import Crop, ImageSource
from labtui.adapters.scoring.making import Made, Recipe, make_eval_set
from labtui.adapters.scoring.sources import Unreadable
from labtui.core.protocol import Layout
from labtui.errors import UsageError

CROP = Crop(size_px=4, resize_px=4)


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def plain(colour: object, size: tuple[int, int] = (8, 8), mode: str = "RGB") -> bytes:
    return encoded(Image.new(mode, size, colour))  # type: ignore[arg-type]


RED, BLUE = plain("red"), plain("blue")


def folder_of(root: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return root


def images(root: Path, files: dict[str, bytes], crop: Crop = CROP) -> ImageSource:
    return ImageSource(folder_of(root, files), crop, Layout.NCHW, ())


def one(tmp_path: Path, data: bytes, crop: Crop = CROP) -> ImageSource:
    return images(tmp_path / "source", {"a/0.png": data, "b/0.png": BLUE}, crop)


def test_subfolders_are_classes_and_items_are_in_order(tmp_path: Path) -> None:
    files = {"dog/2.PNG": RED, "cat/9.jpg": RED, "cat/10.png": RED, "cat/deep/1.webp": RED}
    source = images(tmp_path, files | {"cat/notes.txt": b"", ".git/x.png": RED})
    assert ("cat", "dog") == source.described.label_names
    names = ["cat/10.png", "cat/9.jpg", "cat/deep/1.webp", "dog/2.PNG"]
    assert names == [source.name(i) for i in range(4)]
    assert [0, 0, 0, 1] == source.labels


@pytest.mark.parametrize(("layout", "shape"), [(Layout.NCHW, (3, 4, 4)), (Layout.NHWC, (4, 4, 3))])
def test_layout(tmp_path: Path, layout: Layout, shape: tuple[int, ...]) -> None:
    source = ImageSource(folder_of(tmp_path, {"a/0.png": RED, "b/0.png": BLUE}), CROP, layout, ())
    assert (shape, shape) == (source.described.shape, source.read(0).shape)
    pixels = source.read(0) if layout is Layout.NHWC else source.read(0).transpose(1, 2, 0)
    assert (pixels == (255, 0, 0)).all()


def test_the_crop_is_the_centre_of_the_resized_image(tmp_path: Path) -> None:
    wide = np.zeros((10, 40, 3), np.uint8)
    wide[:, 15:25] = 200  # the centre square
    source = one(tmp_path, encoded(Image.fromarray(wide)), Crop(size_px=6, resize_px=10))
    assert (source.read(0) == 200).all()
    assert "shorter side to 10 px (bilinear, antialiased), centre crop 6x6" in (
        source.described.preparation
    )


def test_grey(tmp_path: Path) -> None:
    source = one(tmp_path, plain(7, mode="L"), Crop(4, 4, is_grey=True))
    assert (1, 4, 4) == source.described.shape
    assert (source.read(0) == 7).all()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_kind_of_pixels_becomes_rgb(tmp_path: Path, mode: str) -> None:
    source = one(tmp_path, encoded(Image.new(mode, (8, 8))))
    assert ((3, 4, 4), "uint8") == (source.read(0).shape, source.read(0).dtype.name)


def test_a_photo_is_turned_upright(tmp_path: Path) -> None:
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[:4] = 255
    exif = Image.Exif()
    exif[0x0112] = 3  # the camera was held upside down
    data = encoded(Image.fromarray(pixels), "JPEG", exif=exif.tobytes(), quality=100)
    item = one(tmp_path, data).read(0)
    assert item[0, 0].max() < 10
    assert item[0, -1].min() > 240


def png_of(width: int, height: int) -> bytes:
    """Return a tiny file that claims to be a large image."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b""))
    packed = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


PHOTO = encoded(Image.effect_noise((64, 64), 50), "JPEG")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "cannot identify"),
        (b"no image at all", "cannot identify"),
        (PHOTO[: len(PHOTO) // 2], "truncated"),
        (png_of(10_000, 10_000), "more pixels"),
        (png_of(60_000, 60_000), "more pixels"),
        (png_of(0, 5), "."),
        (png_of(500, 500), "."),
        (plain("red", (500, 4)), "20 times as long"),
        (encoded(Image.new("RGB", (8, 8)), "GIF"), "cannot identify"),
    ],
)
def test_hostile_images_are_unreadable(tmp_path: Path, data: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        one(tmp_path, data).read(0)


def made(tmp_path: Path, source: ImageSource) -> Made:
    return make_eval_set(source, Recipe("set", None), tmp_path / "set", lambda _a, _b: None)


def test_unreadable_images_are_left_out_with_their_names(tmp_path: Path) -> None:
    result = made(tmp_path, one(tmp_path, PHOTO[:100]))
    assert (1, ["a/0.png"]) == (result.eval_set.count, [s.name for s in result.skipped])
    assert [1] == EvalFolder.open(tmp_path / "set").labels().tolist()


def test_a_list_of_labels_gives_the_numbers(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, {"cat/0.png": RED, "dog/0.png": BLUE})
    source = ImageSource(folder, CROP, Layout.NCHW, ("dog", "cow", "cat"))
    assert ([2, 0], 3) == (source.labels, source.described.classes)
    with pytest.raises(UsageError, match="does not have 'dog'"):
        ImageSource(folder, CROP, Layout.NCHW, ("cow", "cat"))


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"0.png": RED}, "0 subfolders"),
        ({"a/0.png": RED}, "1 subfolders"),
        ({"a/0.txt": RED, "b/0.txt": RED}, "no images"),
    ],
)
def test_folders_that_hold_no_classes_are_refused(
    tmp_path: Path, files: dict[str, bytes], reason: str
) -> None:
    with pytest.raises(UsageError, match=reason):
        images(tmp_path, files)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        ImageSource(tmp_path / "nowhere", CROP, Layout.NCHW, ())


def test_without_pillow_the_cure_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "PIL.Image", None)
    with pytest.raises(UsageError, match="need Pillow: pip install"):
        ImageSource(tmp_path, CROP, Layout.NCHW, ())
