"""`labtui evalset`: makes labelled inputs to score variants on, and says what a set holds."""

import argparse
import math
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from labtui.cli.output import print_document, print_table, say, size
from labtui.cli.settings import Settings
from labtui.core.accuracy import percent, visible_difference, wilson
from labtui.core.evalset import INPUTS, LABELS, EvalSet, channels_of
from labtui.core.protocol import Layout, Normalise
from labtui.core.text import clean
from labtui.errors import UsageError

if TYPE_CHECKING:
    from labtui.adapters.scoring.folder import EvalFolder
    from labtui.adapters.scoring.making import Skipped
    from labtui.adapters.scoring.sources import Described, Source

_IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
_CROP_SHARE = 0.875
"""224 of 256 pixels: the centre crop of most published accuracies."""
_BYTE_SCALE = 1 / 255
_USUAL_ACCURACY, _USUAL_DISCORDANCE = 0.9, 0.02
_SHOWN_SKIPPED = 5


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Make a set, or show one. Raises UsageError."""
    if arguments.action == "make":
        return _make(arguments, settings)
    from labtui.adapters.scoring.folder import EvalFolder  # noqa: PLC0415 (heavy)

    _show(EvalFolder.open(arguments.folder), settings)
    return 0


def _make(arguments: argparse.Namespace, settings: Settings) -> int:
    from labtui.adapters.scoring.folder import EvalFolder  # noqa: PLC0415 (heavy)
    from labtui.adapters.scoring.making import Recipe, make_eval_set  # noqa: PLC0415

    _check_numbers(arguments)
    source = _source(arguments)
    recipe = Recipe(
        name=clean(arguments.name or arguments.out.name, 80),
        normalise=_normalise(arguments, source.described),
        limit=arguments.limit,
        seed=arguments.seed,
        golden=tuple(arguments.golden),
        source=arguments.origin,
        licence=arguments.licence,
    )
    made = make_eval_set(source, recipe, arguments.out, _on_item, replace=arguments.replace)
    _say_skipped(made.skipped)
    _show(EvalFolder.open(arguments.out), settings, made.skipped)
    return 0


def _check_numbers(arguments: argparse.Namespace) -> None:
    if arguments.limit is not None and arguments.limit < 1:
        raise UsageError("--limit needs at least 1 item.")
    resize = _resize_px(arguments)
    if not 1 <= arguments.size <= resize <= 4096:
        raise UsageError(
            f"--size {arguments.size} and --resize {resize} do not fit: "
            "1 <= size <= resize <= 4096 pixels."
        )
    if not arguments.out.name:
        raise UsageError(f"--out {arguments.out} names no folder that could be made.")


def _resize_px(arguments: argparse.Namespace) -> int:
    return int(arguments.resize or round(arguments.size / _CROP_SHARE))


def _source(arguments: argparse.Namespace) -> "Source":
    from labtui.adapters.scoring.images import Crop, ImageSource  # noqa: PLC0415 (heavy)
    from labtui.adapters.scoring.sources import ArraySource, read_label_names  # noqa: PLC0415

    folder: Path = arguments.source
    names = read_label_names(arguments.labels) if arguments.labels else ()
    layout = Layout(arguments.layout)
    if (folder / INPUTS).is_file() and (folder / LABELS).is_file():
        return ArraySource(folder, layout, names)
    return ImageSource(
        folder, Crop(arguments.size, _resize_px(arguments), arguments.grey), layout, names
    )


def _normalise(arguments: argparse.Namespace, described: "Described") -> Normalise | None:
    """Return what was asked for, else what is usual: nothing for arrays that are no bytes."""
    channels, is_bytes = channels_of(described.shape, described.layout), described.dtype == "uint8"
    scale = _BYTE_SCALE if is_bytes else 1.0
    if arguments.mean is None and arguments.std is None:
        usual = _IMAGENET if channels == 3 else ((0.0,), (1.0,))
        return Normalise(scale, *usual) if is_bytes else None
    mean, std = arguments.mean or (0.0,), arguments.std or (1.0,)
    if {len(mean), len(std)} - {1, channels}:
        raise UsageError(f"--mean and --std need one number, or one for each of {channels}.")
    if not all(map(math.isfinite, mean + std)) or min(std) <= 0:
        raise UsageError("--mean and --std need finite numbers, and --std numbers above 0.")
    return Normalise(scale, mean, std)


def _on_item(done: int, total: int) -> None:
    """Tell a person at a terminal how far it is; a pipe sees nothing."""
    if sys.stderr.isatty() and (done % 100 == 0 or done == total):
        end = "\n" if done == total else ""
        print(f"\r{done} of {total} items", end=end, file=sys.stderr, flush=True)  # noqa: T201 (stderr is for people)


def _say_skipped(skipped: tuple["Skipped", ...]) -> None:
    for item in skipped[:_SHOWN_SKIPPED]:
        say(f"skipped {item.name}: {item.reason}")
    if len(skipped) > _SHOWN_SKIPPED:
        say(f"skipped {len(skipped) - _SHOWN_SKIPPED} more")


def _show(folder: "EvalFolder", settings: Settings, skipped: tuple["Skipped", ...] = ()) -> None:
    eval_set = folder.eval_set
    per_class = Counter(folder.labels().tolist())
    if settings.as_json:
        print_document(
            "evalset",
            digest=eval_set.digest,
            evalset=eval_set,
            items_per_class=[per_class[label] for label in range(eval_set.classes)],
            skipped=skipped,
        )
        return
    rows = [*_properties(eval_set, per_class), *_reach(eval_set.count)]
    print_table(("property", "value"), rows, settings, title=eval_set.name)


def _properties(eval_set: EvalSet, per_class: Counter[int]) -> list[tuple[str, str]]:
    fewest, most = min(per_class.values()), max(per_class.values())
    golden = eval_set.golden
    return [
        ("items", f"{eval_set.count:,}"),
        ("classes", f"{len(per_class):,} of {eval_set.classes:,}, {fewest} to {most} items each"),
        ("input", f"{eval_set.dtype} {'x'.join(map(str, eval_set.shape))} {eval_set.layout}"),
        ("value", _normalise_text(eval_set.normalise)),
        ("golden", f"{len(golden.items)} items of {', '.join(golden.models)}" if golden else "-"),
        ("prepared", eval_set.preparation or "-"),
        ("source", eval_set.source or "-"),
        ("licence", eval_set.licence or "-"),
        ("size", size(eval_set.inputs.size_bytes)),
        ("digest", eval_set.digest),
    ]


def _normalise_text(normalise: Normalise | None) -> str:
    if normalise is None:
        return "as it is"
    return f"(x * {normalise.scale:g} - {_list(normalise.mean)}) / {_list(normalise.std)}"


def _list(numbers: tuple[float, ...]) -> str:
    return f"[{', '.join(f'{number:g}' for number in numbers)}]"


def _reach(items: int) -> list[tuple[str, str]]:
    """Return what so many items can show."""
    interval = wilson(round(_USUAL_ACCURACY * items), items)
    half = percent((interval.high - interval.low) / 2)
    seen = percent(visible_difference(items, _USUAL_DISCORDANCE))
    return [
        ("interval", f"90 % +- {half} points"),
        ("can see", f"differences of {seen} points, when 2 % of the items come out differently"),
    ]
