"""`labtui run --eval`: every device path scores the demo variants as they were scored when made."""

import json
import re
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from labtui.resources import demo_data
from tests.e2e.rig import Labtui, serve

SET = demo_data() / "pairs100"
NAMES = ("pairs_mbv2.fp32.tflite", "pairs_mbv2.full8.tflite", "pairs_vit.dyn8.tflite")
CORE_ML = "pairs_mvit.fp16.mlpackage"
AS_LITTLE = ("--runs", "1", "--launches", "1", "--profile", "0")
ITEMS_APART = 2
"""int8 depends on the engine's kernels: so many items more or less of 1,000."""
README_ROW = re.compile(
    r"\| `(\S+)` (\w+) \| [\d,]+ \| \d+ of \d+ \| ([\d.]+) \(.*?\| ([\d.]+) \|$", re.MULTILINE
)
SUFFIXES = {"tflite": "tflite", "coreml": "mlpackage"}
MEASURED = {
    f"{name}.{SUFFIXES[kind]}": (round(10 * float(top1)), float(snr_db))
    for name, kind, top1, snr_db in README_ROW.findall((demo_data() / "README.md").read_text())
}
"""File -> items of 1,000 that are right, SNR of the golden items."""


def demo(name: str) -> Path:
    return demo_data() / "variants" / name


def events(stdout: str, kind: str) -> list[dict[str, Any]]:
    lines = (json.loads(text) for text in stdout.splitlines())
    return [line["event"] for line in lines if line["kind"] == kind]


def run(labtui: Labtui, *words: str | Path) -> str:
    result = labtui.run("--json", "run", *words)
    assert 0 == result.returncode, result.stderr
    assert "did not fit" not in result.stderr
    return result.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("device", "names"),
    [
        (("--device", "host"), (*NAMES, CORE_ML)),
        (("--virtual", "pixel-7-pro"), NAMES),
        (("--virtual", "iphone-14-pro"), (*NAMES, CORE_ML)),
    ],
)
def test_the_accuracy_is_that_of_the_demo_variants(
    labtui: Labtui, device: tuple[str, str], names: tuple[str, ...]
) -> None:
    stdout = run(labtui, *map(demo, names), "--eval", SET, *AS_LITTLE, *device)
    count = len(names)
    launches = events(stdout, "launch_started")
    purposes = [launch["spec"]["purpose"] for launch in launches]
    assert ["check"] * count + ["measure"] * count + ["evaluate"] * count == purposes
    variants = {launch["launch"]: launch["spec"]["variant_index"] for launch in launches}
    scored = events(stdout, "scored")
    assert [8] * count + [1_000] * count == [event["score"]["tally"]["items"] for event in scored]
    for event in scored:
        right, snr_db = MEASURED[names[variants[event["launch"]]]]
        score = event["score"]
        assert ("ok", 8) == (score["health"], score["golden"]["argmax_agrees"])
        assert snr_db == pytest.approx(score["golden"]["snr_db"], abs=1.0)
        if score["tally"]["items"] == 1_000:
            assert right == pytest.approx(score["tally"]["top1"], abs=ITEMS_APART)
    assert [] == events(stdout, "alarm_raised")
    samples = events(stdout, "samples_arrived")
    assert {one["launch"] for one in launches[count : 2 * count]} == {s["launch"] for s in samples}


def test_demo_variants_are_checked_unasked_and_others_only_measured(
    labtui: Labtui, tiny: Path
) -> None:
    stdout = run(labtui, demo(NAMES[0]), tiny, "--device", "host", *AS_LITTLE)
    launched = [
        (launch["spec"]["purpose"], launch["spec"]["variant_index"])
        for launch in events(stdout, "launch_started")
    ]
    assert ("check", 0) == launched[0]
    assert {("measure", 0), ("measure", 1)} == set(launched[1:])


def test_outputs_unlike_the_reference_raise_an_alarm(labtui: Labtui, tmp_path: Path) -> None:
    """A net that answers the same question, but is not the one whose references these are."""
    shutil.copy(demo("pairs_vit.fp32.tflite"), tmp_path / "pairs_mbv2.fp32.tflite")
    shutil.copytree(SET, tmp_path / "pairs_mbv2.evalset")
    variant = tmp_path / "pairs_mbv2.fp32.tflite"
    stdout = run(labtui, "--virtual", "pixel-7-pro", variant, *AS_LITTLE)
    (alarm,) = events(stdout, "alarm_raised")
    assert "broken_outputs" == alarm["kind"]
    assert "unlike those of the float model" in alarm["text"]
    assert ["done", "done"] == [end["outcome"] for end in events(stdout, "launch_ended")]


def test_an_engine_that_is_silently_wrong_is_noticed(labtui: Labtui) -> None:
    """It answers at once and without an error; only its outputs give it away."""
    with serve(labtui.home, "pixel-7-pro") as bench:
        labtui.extra = bench.extra
        fault = labtui.run("virtual", "fault", bench.control, bench.serials[0], "engine=stuck")
        assert 0 == fault.returncode, fault.stderr
        stdout = run(labtui, demo(NAMES[0]), *AS_LITTLE)
    (scored,) = events(stdout, "scored")
    assert "constant" == scored["score"]["health"]
    (alarm,) = events(stdout, "alarm_raised")
    assert "The outputs are the same for every item" in alarm["text"]


def test_a_set_of_another_question_is_told_before_anything_is_measured(
    labtui: Labtui, tiny: Path
) -> None:
    result = labtui.run("run", tiny, "--device", "host", "--eval", SET, *AS_LITTLE)
    assert 2 == result.returncode
    assert "The items of pairs100 are no inputs of tiny" in result.stderr


def test_a_dry_run_shows_what_will_be_scored(labtui: Labtui) -> None:
    words = ("run", demo(NAMES[0]), "--eval", SET, "--eval-items", "200", "--dry-run")
    result = labtui.run("--virtual", "pixel-7-pro", *words)
    assert 0 == result.returncode, result.stderr
    assert "scored on 200 items of pairs100: 1 of 1 variants" in result.stderr
    plan = labtui.json("--virtual", "pixel-7-pro", *words)
    sizes = [path.stat().st_size for path in (demo(NAMES[0]), SET / "x.npy")]
    assert sum(sizes) == plan["push_bytes"]


@pytest.mark.slow
@pytest.mark.parametrize("phones", ["pixel-7-pro", "iphone-14-pro"])
def test_a_phone_that_leaves_while_it_is_scored_keeps_what_it_has_and_is_resumed(
    labtui: Labtui, phones: str
) -> None:
    variant = demo("pairs_vit.full8.tflite")
    with serve(labtui.home, phones) as bench:
        labtui.extra = bench.extra
        key = (bench.serials + bench.udids)[0]
        with labtui.start("run", variant, "--eval", SET, *AS_LITTLE) as running:
            while running.until("accuracy_updated")["event"]["of_items"] == 8:
                pass
            fault = labtui.run("virtual", "fault", bench.control, key, "unplug")
            assert 0 == fault.returncode, fault.stderr
            assert 3 == running.finish()
        (last,) = [line["event"] for line in running.lines if line["kind"] == "device_ended"]
        assert "failed" == last["outcome"]
        assert 1 == sum(line["kind"] == "scored" for line in running.lines)
        plug = labtui.run("virtual", "fault", bench.control, key, "plug")
        assert 0 == plug.returncode, plug.stderr
        stdout = run(labtui, "--resume", "last")
        nothing = labtui.run("run", "--resume", "last")
        assert "nothing left to do" in nothing.stderr
    again = [launch["spec"]["purpose"] for launch in events(stdout, "launch_started")]
    assert ["check", "evaluate"] == again
    *_, scored = events(stdout, "scored")
    assert MEASURED["pairs_vit.full8.tflite"][0] == pytest.approx(
        scored["score"]["tally"]["top1"], abs=ITEMS_APART
    )


def test_a_stop_while_scoring_is_quick(labtui: Labtui) -> None:
    words = ("run", demo("pairs_vit.full8.tflite"), "--eval", SET, *AS_LITTLE)
    with labtui.start("--virtual", "pixel-7-pro", *words) as running:
        while running.until("accuracy_updated")["event"]["of_items"] == 8:
            pass
        running.signal(signal.SIGINT)
        assert 130 == running.finish(), running.stderr
    ends = [line["event"] for line in running.lines if line["kind"] == "launch_ended"]
    assert ["done", "done", "stopped"] == [end["outcome"] for end in ends]
