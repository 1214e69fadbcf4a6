"""Plan files: checked with every mistake, and run."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from labtui.cli.main import main
from labtui.cli.parser import build_parser
from labtui.cli.run_request import RunRequest, request_of
from labtui.cli.settings import settings_from
from labtui.core.model import EngineOptions
from labtui.core.protocol import Measure
from labtui.core.stopping import Until
from labtui.errors import UsageError
from labtui.resources import demo_data

SMALL = demo_data() / "variants" / "pairs_mbv2.dyn8.tflite"
PLAN = f"""\
[plan]
name = "release"
preset = "article"
seed = 7
tags = ["nightly"]
devices = ["host"]
canary = "tiny.tflite"

[[variant]]
file = "{SMALL}"

[[variant]]
file = "net.tflite"
threads = 4
affinity = "4-7"

[protocol]
launches = 3

[eval]
set = "items"
items = 5
"""


def write(folder: Path, text: str, name: str = "plan.toml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def request(*words: object) -> RunRequest:
    arguments = build_parser().parse_args(["run", *map(str, words)])
    return request_of(arguments, settings_from(arguments))


def test_a_plan_file_is_what_is_run(tmp_path: Path) -> None:
    found = request("--plan", write(tmp_path, PLAN))
    assert ("release", 7, ("nightly",), ("host",)) == (
        found.name,
        found.seed,
        found.tags,
        found.selectors,
    )
    assert (
        (SMALL, EngineOptions()),
        (tmp_path / "net.tflite", EngineOptions(threads=4, affinity=0xF0)),
    ) == found.variants
    assert ("article", 3, Measure(runs=200)) == (
        found.preset.name,
        found.preset.launches,
        found.preset.measure,
    )
    assert (tmp_path / "items", 5) == (found.eval_folder, found.eval_items)
    assert (tmp_path / "tiny.tflite",) == found.canary


def test_options_go_before_the_file(tmp_path: Path) -> None:
    other = tmp_path / "other.tflite"
    words = (
        "--name", "mine", "--seed", "0", "--tag", "t", "--device", "pixel*", "--launches", "5",
        "--seconds", "2", "--preset", "quick", "--threads", "2", "--until-decided", other,
    )  # fmt: skip
    found = request("--plan", write(tmp_path, PLAN), *words)
    assert ("mine", 0, ("nightly", "t"), ("pixel*",)) == (
        found.name,
        found.seed,
        found.tags,
        found.selectors,
    )
    assert ((other, EngineOptions(threads=2)),) == found.variants
    assert ("quick", 5, Measure(seconds=2.0), Until.DECIDED) == (
        found.preset.name,
        found.preset.launches,
        found.preset.measure,
        found.preset.stop.until,
    )


def test_options_of_the_engine_hold_for_every_variant_of_the_file(tmp_path: Path) -> None:
    found = request("--plan", write(tmp_path, PLAN), "--threads", "2")
    assert [2, 2] == [engine.threads for _, engine in found.variants]
    assert [None, 0xF0] == [engine.affinity for _, engine in found.variants]


def test_the_demo_canary_is_one_of_ours() -> None:
    assert SMALL in request("--canary", "demo", SMALL).canary
    assert () == request(SMALL).canary


def test_an_own_preset(tmp_path: Path) -> None:
    own = write(tmp_path, '[plan]\npreset = "standard"\n[protocol]\nlaunches = 12\n', "own.toml")
    chosen = request("--preset", own, SMALL).preset
    standard = request("--preset", "standard", SMALL).preset
    assert replace(standard, name="own", launches=12, summary="own, after standard") == chosen


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (PLAN, "a whole plan, and no preset: give it to --plan"),
        ("[protocol]\nlaunches = 0\n", "own.toml, line 2: launches takes a whole number"),
    ],
)
def test_what_is_no_preset(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        request("--preset", write(tmp_path, text, "own.toml"), SMALL)


@pytest.mark.parametrize(
    ("content", "sentence"), [(None, "cannot be read"), (b"\xff", "is not UTF-8 text")]
)
def test_a_plan_that_cannot_be_read(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    path = tmp_path / "plan.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=sentence):
        request("--plan", path)


def test_a_resumed_session_takes_no_plan(capsys: pytest.CaptureFixture[str]) -> None:
    assert 2 == main(["run", "--resume", "last", "--plan", "x.toml", "--until-decided"])
    assert "leave out --plan, --until-decided" in capsys.readouterr().err


def check(path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[tuple[int, str]]]:
    code = main(["plan", "check", str(path), "--json"])
    found = json.loads(capsys.readouterr().out)
    return code, [(one["line"], one["text"]) for one in found["mistakes"]]


def test_all_mistakes_of_a_text_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, "[plan]\nsed = 1\n[[variant]]\nfile = 3\n")
    code, found = check(path, capsys)
    assert (2, [2, 4]) == (code, [line for line, _ in found])
    assert 2 == main(["plan", "check", str(path)])
    assert "has no 'sed'; did you mean seed?" in capsys.readouterr().out


def test_then_all_of_the_files_it_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, "garbage", "net.tflite")
    names = f'[[variant]]\nfile = "gone.tflite"\n[[variant]]\nfile = "{SMALL}"\naffinity = "zz"\n'
    code, found = check(write(tmp_path, PLAN + names), capsys)
    told = [
        (7, "tiny.tflite"),
        (12, "net.tflite"),
        (21, "no eval set"),
        (23, "gone.tflite"),
        (25, "The affinity 'zz' names no CPUs"),
    ]
    assert (2, [line for line, _ in told]) == (code, [line for line, _ in found])
    for (_, words), (_, text) in zip(told, found, strict=True):
        assert words in text


def test_a_good_plan_is_said_to_be_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, f'[[variant]]\nfile = "{SMALL}"\n')
    assert (0, []) == check(path, capsys)
    assert 0 == main(["plan", "check", str(path)])
    assert "can be run" in capsys.readouterr().err


def test_an_eval_set_that_fits_is_no_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    demo_set = demo_data() / "pairs100"
    path = write(tmp_path, f'[[variant]]\nfile = "{SMALL}"\n[eval]\nset = "{demo_set}"\n')
    assert (0, []) == check(path, capsys)


def test_a_dry_run_shows_the_schedule_as_an_upper_bound(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = f'[plan]\ndevices = ["host"]\npreset = "standard"\n[[variant]]\nfile = "{SMALL}"\n'
    text += f'[[variant]]\nfile = "{SMALL}"\nthreads = 2\n[stop]\nuntil = "decided"\n'
    db = tmp_path / "history.db"
    words = ["run", "--plan", str(write(tmp_path, text)), "--dry-run", "--db", str(db)]
    assert 0 == main(words)
    said = capsys.readouterr()
    assert "at most about" in said.err
    assert "looks after 10, 14, 18, 22 of 26 rounds" in said.err
    order = next(word for word in said.out.splitlines() if "A B" in word)
    assert 26 == order.count("A ") + order.count("A\n")
