"""A folder of labelled images: one subfolder for each class. Needs Pillow."""

import struct
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from labtui.adapters.scoring.arrays import Array
from labtui.adapters.scoring.sources import Described, Unreadable
from labtui.core.evalset import MAX_CLASSES, MAX_ITEMS
from labtui.core.protocol import Layout
from labtui.core.text import clean
from labtui.errors import UsageError

if TYPE_CHECKING:
    from PIL.Image import Image

_SUFFIXES = {".bmp", ".jpeg", ".jpg", ".png", ".webp"}
_FORMATS = ("BMP", "JPEG", "PNG", "WEBP")
_MAX_FILE_BYTES = 64 << 20
_MAX_ASPECT = 20
"""Of images longer than this, a crop of the centre shows nearly nothing."""


@dataclass(frozen=True, slots=True)
class Crop:
    """How an image of any size becomes one of a fixed size."""

    size_px: int
    """Width and height of the square that is cut out of the centre."""
    resize_px: int
    """What the shorter side is resized to before."""
    is_grey: bool = False

    @property
    def sentence(self) -> str:
        """What is done, in words."""
        colours = "grey" if self.is_grey else "RGB"
        return (
            f"{colours}, shorter side to {self.resize_px} px (bilinear, antialiased), "
            f"centre crop {self.size_px}x{self.size_px}"
        )


class ImageSource:
    """The images below a folder, in the order of class and path."""

    def __init__(
        self, folder: Path, crop: Crop, layout: Layout, label_names: tuple[str, ...]
    ) -> None:
        _need_pillow()
        found = _class_folders(folder)
        names = label_names or tuple(clean(name, 80) for name in found)
        numbers = _class_numbers(found, label_names)
        images = [(path, numbers[name]) for name in found for path in _images(folder / name)]
        if not images:
            raise UsageError(f"{folder} has no images (jpg, png, webp, bmp) in its subfolders.")
        if len(images) > MAX_ITEMS:
            raise UsageError(f"{folder} has more than {MAX_ITEMS} images.")
        self._folder, self._crop, self._layout = folder, crop, layout
        self._paths = [path for path, _ in images]
        self.labels: Sequence[int] = [label for _, label in images]
        self.described = Described(
            _shape(crop, layout), "uint8", layout, len(names), names, crop.sentence
        )

    def name(self, index: int) -> str:
        """Return the path of an image below the folder."""
        return clean(self._paths[index].relative_to(self._folder).as_posix(), 200)

    def read(self, index: int) -> Array:
        """Return the image, uint8 in the set's layout. Raises Unreadable for what is none."""
        pixels = _pixels(self._paths[index], self._crop)
        pixels = pixels.reshape(self._crop.size_px, self._crop.size_px, -1)
        return pixels if self._layout is Layout.NHWC else pixels.transpose(2, 0, 1)


def _need_pillow() -> None:
    try:
        import PIL.Image  # noqa: F401, PLC0415 (optional)
    except ImportError as error:
        raise UsageError(
            "Images need Pillow: pip install 'labtui[images]', or make x.npy and y.npy yourself."
        ) from error


def _class_folders(folder: Path) -> list[str]:
    try:
        names = sorted(p.name for p in folder.iterdir() if p.is_dir() and p.name[0] != ".")
    except OSError as error:
        raise UsageError(f"{folder} cannot be read: {error.strerror}.") from error
    if not 2 <= len(names) <= MAX_CLASSES:
        raise UsageError(
            f"{folder} has {len(names)} subfolders: images lie in one for each class (at least "
            "2), arrays as x.npy and y.npy."
        )
    return names


def _class_numbers(found: Sequence[str], label_names: tuple[str, ...]) -> dict[str, int]:
    """Return the class of each subfolder: its line in the list of names, else its place."""
    numbers = {name: number for number, name in enumerate(label_names or found)}
    if missing := [name for name in found if name not in numbers]:
        raise UsageError(
            f"The list of labels does not have {clean(missing[0])!r}, the name of a subfolder."
        )
    return numbers


def _images(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in _SUFFIXES and p.is_file())


def _shape(crop: Crop, layout: Layout) -> tuple[int, ...]:
    channels, size = 1 if crop.is_grey else 3, crop.size_px
    return (size, size, channels) if layout is Layout.NHWC else (channels, size, size)


def _pixels(path: Path, crop: Crop) -> Array:
    """Return the prepared image. Raises Unreadable for broken, huge and extreme ones."""
    from PIL import Image  # noqa: PLC0415 (optional)

    if path.stat().st_size > _MAX_FILE_BYTES:
        raise Unreadable(f"it is larger than {_MAX_FILE_BYTES >> 20} MiB")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=_FORMATS) as image:
                return np.asarray(_prepared(image, crop))
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise Unreadable("it has more pixels than any photograph") from error
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, MemoryError) as error:
        raise Unreadable(clean(str(error)) or "it cannot be decoded") from error


def _prepared(image: "Image", crop: Crop) -> "Image":
    from PIL import Image, ImageOps  # noqa: PLC0415 (optional)

    if max(image.size) > _MAX_ASPECT * min(image.size):
        raise Unreadable("it is more than 20 times as long as it is wide")
    upright = ImageOps.exif_transpose(image).convert("L" if crop.is_grey else "RGB")
    ratio = crop.resize_px / min(upright.size)
    width, height = (max(crop.resize_px, round(side * ratio)) for side in upright.size)
    resized = upright.resize((width, height), Image.Resampling.BILINEAR)
    left, top = (width - crop.size_px) // 2, (height - crop.size_px) // 2
    return resized.crop((left, top, left + crop.size_px, top + crop.size_px))
