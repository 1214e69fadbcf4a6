"""Plan files: what they say, and every mistake with its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.core.plan_file import PlanFile, PlanMistakes, PlannedFile, Until, parse_plan_file
from labtui.core.plan_file.lines import find_lines
from labtui.errors import UsageError

WHOLE = """\
# a comment
[plan]
name = "release"
preset = "standard"
seed = 7
tags = ["release", "nightly"]
devices = ["pixel*", "serial:1A2B"]
canary = "tiny.tflite"

[[variant]]
file = "net.fp16.tflite"

[[variant]]
file = "net.int8.tflite"
accelerator = "gpu"
threads = 4
affinity = "4-7"
xnnpack = false

[warmup]
min_runs = 5
max_s = 3

[protocol]
seconds = 3.5
launches = 26
order = "interleaved"

[gates]
band_c = 2.0
max_status = "light"

[stop]
until = "decided"
margin = 0.03
max_minutes = 20

[eval]
set = "pairs100"
items = 200
"""


def test_all_that_can_be_said() -> None:
    assert parse_plan_file(WHOLE) == PlanFile(
        (
            PlannedFile("net.fp16.tflite", line=10),
            PlannedFile("net.int8.tflite", "gpu", 4, "4-7", False, 13),
        ),
        "release",
        "standard",
        7,
        ("release", "nightly"),
        ("pixel*", "serial:1A2B"),
        {"min_runs": 5, "max_s": 3},
        {"seconds": 3.5, "launches": 26, "order": "interleaved"},
        {"band_c": 2.0, "max_status": "light"},
        Until("decided", 0.03, 20),
        canary="tiny.tflite",
        canary_line=8,
        eval_set="pairs100",
        eval_items=200,
        eval_line=39,
    )


def test_a_variant_is_enough() -> None:
    assert PlanFile((PlannedFile("a.tflite", line=1),)) == parse_plan_file(
        '[[variant]]\nfile = "a.tflite"\n'
    )


VARIANT = '[[variant]]\nfile = "a.tflite"\n'
WRONG = [
    ("", [(0, "has no [[variant]]")]),
    ("[plan\n", [(1, "no TOML")]),
    ("a = 1\n" + VARIANT, [(1, "there is no [a]")]),
    (VARIANT + "[gate]\n", [(3, "did you mean [gates]?")]),
    (VARIANT + "[plan]\nsed = 1\n", [(4, "has no 'sed'; did you mean seed?")]),
    (VARIANT + "[plan]\nseed = -1\n", [(4, "seed takes a whole number from 0 to ")]),
    (VARIANT + "[plan]\nseed = true\n", [(4, "not True")]),
    (VARIANT + "[plan]\ndevices = []\n", [(4, "devices takes a list of texts")]),
    (VARIANT + '[plan]\npreset = "quik"\n', [(4, "one of quick, standard,")]),
    (VARIANT + "[protocol]\nseconds = inf\n", [(4, "seconds takes a number from")]),
    (VARIANT + "[protocol]\nruns = 3\nseconds = 2\n", [(5, "exclude each other")]),
    (VARIANT + "[warmup]\nmax_runs = 3\nmin_runs = 9\n", [(4, "max_runs is less than min_runs")]),
    (VARIANT + "[eval]\nitems = 3\n", [(3, "[eval] needs set = a path")]),
    ("[[variant]]\nthreads = 2\n", [(1, "[variant] needs file = a path")]),
    ('[variant]\nfile = "a"\n', [(1, "has to be a table, [[variant]]")]),
    ("variant = [1]\n", [(1, "has to be a table, [[variant]]")]),
    (VARIANT + "[[plan]]\n", [(3, "has to be a table, [plan]")]),
    (
        VARIANT + "[plan]\nseed = 'x'\n[gates]\nwait = 3\n",
        [(4, "seed takes"), (6, "did you mean wait_s?")],
    ),
    ('[[variant]]\nfile = "a"\n[[variant]]\nfile = "b"\nthreads = 0\n', [(5, "threads takes")]),
]


@pytest.mark.parametrize(("text", "wanted"), WRONG)
def test_each_mistake_is_named_with_its_line(text: str, wanted: list[tuple[int, str]]) -> None:
    with pytest.raises(PlanMistakes) as caught:
        parse_plan_file(text)
    found = caught.value.mistakes
    assert [line for line, _ in wanted] == [mistake.line for mistake in found]
    for (_, words), mistake in zip(wanted, found, strict=True):
        assert words in mistake.text


def test_the_error_has_one_line_for_each() -> None:
    with pytest.raises(UsageError, match=r"line 4: seed takes .*\nline 6: \[gates\] has no"):
        parse_plan_file(VARIANT + "[plan]\nseed = 'x'\n[gates]\nwait = 3\n")


def test_keys_inside_of_strings_are_none() -> None:
    text = 'a = """\nb = 1\n[c]\n"""\nd = 2\n[[e]]\nf = 1\n[[e]]\nf = 2\n'
    wanted = {("a",): 1, ("d",): 5, ("e",): 6, ("e", "0"): 6, ("e", "0", "f"): 7, ("e", "1"): 8}
    assert wanted | {("e", "1", "f"): 9} == find_lines(text)


def test_a_file_that_is_no_plan_at_all() -> None:
    with pytest.raises(PlanMistakes, match="too long"):
        parse_plan_file("#" * (1 << 21))


@given(st.text(max_size=200))
def test_no_text_breaks_it(text: str) -> None:
    with pytest.raises(PlanMistakes):
        parse_plan_file(text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-5, 10**6) | st.floats() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3),
    )
)
def test_no_value_breaks_it(value: object) -> None:
    line = f"seed = {value!r}".replace("'", '"').replace("True", "true").replace("None", "nan")
    try:
        assert parse_plan_file(VARIANT + "[plan]\n" + line).seed == value
    except PlanMistakes as error:
        assert error.mistakes[0].line >= 0  # noqa: PT017 (both ends are right)
