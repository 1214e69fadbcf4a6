"""The options of `labtui evalset make`.

Every command parses them, so this module imports next to nothing.
"""

import argparse
from pathlib import Path


def add_make_options(parser: argparse.ArgumentParser) -> None:
    """Add the options; those that were not given are None."""
    add = parser.add_argument
    add("source", type=Path, metavar="SRC", help="folder with a subfolder of images for each class")
    add("--out", type=Path, required=True, metavar="DIR", help="the folder to make")
    add("--replace", action="store_true", help="replace the eval set that is there")
    add("--name", metavar="NAME", help="default: the folder's name")
    add("--limit", type=int, metavar="N", help="at most N items, as many of each class as can be")
    add("--seed", type=int, default=0, metavar="N", help="of the choice under --limit; default 0")
    add("--labels", type=Path, metavar="FILE", help="names of all classes, one a line, in order")
    add("--layout", choices=("NCHW", "NHWC"), default="NCHW", help="order of axes; default NCHW")
    add("--size", type=int, default=224, metavar="PX", help="images: edge of the crop; default 224")
    add("--resize", type=int, metavar="PX", help="images: shorter side; default size / 0.875")
    add("--grey", action="store_true", help="images: one channel in place of RGB")
    add("--mean", type=_numbers, metavar="M,…", help="of values 0 to 1; for RGB: ImageNet's")
    add("--std", type=_numbers, metavar="S,…", help="as --mean; default without: 1")
    add("--golden", type=_golden, action="append", default=[], metavar="MODEL=FILE",
        help="float32 outputs of the float model for the first items, .npy")  # fmt: skip
    add("--origin", default="", metavar="TEXT", help="where the items come from")
    add("--licence", default="", metavar="TEXT", help="of the items")


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(map(float, text.split(",")))


def _golden(text: str) -> tuple[str, Path]:
    model, separator, path = text.partition("=")
    if not (model and separator and path):
        raise argparse.ArgumentTypeError("MODEL=FILE is needed, e.g. mobilenetv2=golden.npy")
    return model, Path(path)
