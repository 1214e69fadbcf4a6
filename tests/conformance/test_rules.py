"""The rules recomputed from samples, and what the checks know without labtui's own reference."""

import io
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.conformance import npy
from labtui.conformance.phase_checks import pace_violations, warmup_violations
from labtui.conformance.played import Line, Played, Timed
from labtui.conformance.refusals import MISSING, changed
from labtui.conformance.seeded import elements, packed, splitmix64, unpacked
from labtui.core.protocol import Alive, WarmUp
from labtui.hostrunner.phases import SteadyRule
from labtui.resources import data
from scripts.make_check_models import models

MS = 1_000_000
VECTORS = json.loads((data("runners") / "seeded_inputs.json").read_text())


def back_to_back(durations_ns: list[int]) -> list[Timed]:
    now_ns, timed = 10**9, []
    for duration_ns in durations_ns:
        timed.append(Timed(now_ns, duration_ns, is_warmup=True))
        now_ns += duration_ns
    return timed


EVEN, FIXED = [100] * 10, WarmUp(5, 5, 60.0, 0.05)
STEADY = WarmUp(5, 200, 60.0, 0.05)
WARMUPS = {
    "fixed": (FIXED, EVEN[:5], ""),
    "one short of a fixed count": (FIXED, EVEN[:4], "ended after 4"),
    "one too many": (FIXED, EVEN[:6], "went on after inference 5: max_runs is 5"),
    "steady": (STEADY, EVEN, ""),
    "steady, and goes on": (STEADY, [*EVEN, 100], "went on after inference 10: the medians"),
    "not steady": (STEADY, [100] * 5 + [90] * 5, "ended after 10"),
    "between windows": (STEADY, EVEN[:9], "ended after 9"),
    "none asked, none made": (WarmUp(0, 0), [], ""),
    "none asked": (WarmUp(0, 0), [1], "not asked for"),
    "none made": (FIXED, [], "no warm-up"),
    "time": (WarmUp(1, 99, 0.5, 0.0), [300 * MS] * 2, ""),
    "time is up": (WarmUp(1, 99, 0.5, 0.0), [300 * MS] * 3, "after inference 2: max_s is 0.5"),
    "time, but too few": (WarmUp(3, 99, 0.5, 0.0), [300 * MS] * 2, "ended after 2"),
    "steady before its time": (WarmUp(1, 99, 60.0, 0.05, 1.0), [300 * MS] * 2, "ended after 2"),
    "steady in time": (WarmUp(1, 99, 60.0, 0.05, 1.0), [300 * MS] * 4, ""),
}


@pytest.mark.parametrize("name", WARMUPS)
def test_warm_ups_are_judged_by_the_rule(name: str) -> None:
    rule, durations_ns, expected = WARMUPS[name]
    found = list(warmup_violations(rule, back_to_back(durations_ns)))
    assert expected in "".join(found)
    assert bool(expected) == bool(found)


@given(
    st.lists(st.integers(MS, 500 * MS), min_size=40, max_size=40),
    st.integers(1, 6),
    st.integers(0, 30),
    st.floats(0, 1),
)
def test_what_the_reference_does_is_never_a_violation(
    durations_ns: list[int], least: int, more: int, tolerance: float
) -> None:
    rule = WarmUp(least, least + more, 5.0, tolerance, 0.5)
    steady, samples = SteadyRule(rule, 10**9), back_to_back(durations_ns)
    runs = next(i for i, s in enumerate(samples, 1) if steady(s.duration_ns, s.end_ns))
    assert [] == list(warmup_violations(rule, samples[:runs]))


PACES = {
    "on time": ([0, 20, 40], 5, ""),
    "late ones are not caught up": ([0, 70, 90], 60, "inference 2"),
    "slow ones follow at once": ([0, 60, 120], 60, ""),
    "too early": ([0, 10, 20], 5, "inference 1 started -10.0 ms"),
    "too late": ([0, 20, 200], 5, "inference 2 started +160.0 ms"),
}


@pytest.mark.parametrize("name", PACES)
def test_paces_are_judged_by_the_due_times(name: str) -> None:
    starts_ms, duration_ms, expected = PACES[name]
    samples = [Timed(start * MS, duration_ms * MS, is_warmup=False) for start in starts_ms]
    found = "".join(pace_violations(samples, 20 * MS))
    assert expected in found
    assert bool(expected) == bool(found)


def test_seeded_inputs_are_those_of_the_vectors() -> None:
    for dtype, expected in VECTORS["seed_7_2x4"].items():
        assert expected == packed(dtype, elements(dtype, splitmix64(7), 8)).hex()


def test_a_piece_of_a_tensor_is_none() -> None:
    with pytest.raises(ValueError, match="7 bytes are no float32"):
        unpacked("float32", b"1234567")


@pytest.mark.parametrize("version", [1, 2])
def test_npy_files_are_numpys(version: int) -> None:
    array = np.arange(12, dtype="<f4").reshape(2, 3, 2)
    content = npy.encoded("<f4", (2, 3, 2), array.tobytes(), version=version)
    np.testing.assert_array_equal(array, np.load(io.BytesIO(content)))
    assert npy.Npy(version, "<f4", False, (2, 3, 2), array.tobytes()) == npy.decoded(content)


@given(st.binary(max_size=40) | st.text("{}()[]',: descrshape", max_size=40).map(str.encode))
def test_other_files_are_refused(rest: bytes) -> None:
    head = b"\x93NUMPY\x01\x00" + len(rest).to_bytes(2, "little")
    with pytest.raises(ValueError, match=r"\S"):
        npy.decoded(head + rest)


def test_one_bad_line_does_not_hide_the_others() -> None:
    lines = (
        Line(b"hello", 0.0), Line(b"", 0.0), Line(b'{"ev":"alive","t":5}', 1.0),
        Line(b'{"ev":"wink"}', 2.0), Line(b'{"ev":"al', 3.0, is_whole=False),
    )  # fmt: skip
    played = Played(lines, 1, 3.0, "")
    assert (Alive(5),) == played.events
    found = [text.split(":")[0] for text in played.unreadable]
    assert "a line on stdout that is no event" == found[0]
    assert ["unknown event 'wink'", "the last line has no newline"] == found[1:]


def test_fields_are_changed_by_their_dotted_names() -> None:
    line = b'{"a":{"b":1},"c":2,"d":3}'
    expected = {"a": {"b": 5}, "d": None}
    assert expected == json.loads(changed(line, {"a.b": 5, "c": MISSING, "d": None}))


def test_the_models_that_are_shipped_are_those_of_the_script() -> None:
    folder = data("runners") / "check"
    assert models() == {path.name: path.read_bytes() for path in folder.iterdir()}
