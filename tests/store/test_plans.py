"""A stored plan comes back as it was, or is refused with the reason."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.core.gates import Gates
from labtui.core.inspection.facts import Inspection
from labtui.core.model import DeviceId, Digest, EngineOptions, TensorSpec, Tool, Variant
from labtui.core.plan import DeviceCanary, DoneLaunch, Plan, PlannedVariant, Skip
from labtui.core.presets import Order, Preset
from labtui.core.protocol import Measure, WarmUp
from labtui.core.stopping import Stop, Until
from labtui.store.plans import ForeignPlan, decode_plan, encode_plan
from tests.store.bench_events import EVAL_SET, PHONE, session_started

PLAN = replace(session_started().plan, done=(DoneLaunch(PHONE, 1),))
FINITE = st.floats(allow_nan=False, allow_infinity=False)


def tuples(kind: st.SearchStrategy[Any], **limits: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(kind, max_size=3, **limits).map(tuple)


TENSORS = tuples(st.builds(TensorSpec, scale=st.none() | FINITE))
VARIANTS = st.builds(
    PlannedVariant,
    st.builds(Variant, inputs=TENSORS, outputs=TENSORS),
    st.from_type(EngineOptions),
)
LAUNCHED = st.builds(
    Preset,
    warmup=st.builds(WarmUp, max_s=FINITE, tolerance=FINITE, min_s=FINITE),
    measure=st.builds(Measure, seconds=st.none() | FINITE),
    order=st.sampled_from(Order),
    rate_hz=st.none() | FINITE,
    reading_interval_s=FINITE,
    gates=st.builds(Gates, band_c=st.none() | FINITE, wait_s=FINITE),
    stop=st.builds(Stop, until=st.sampled_from(Until), margin=FINITE, max_s=st.none() | FINITE),
)
PLANS = st.builds(
    Plan,
    variants=tuples(VARIANTS, min_size=1),
    devices=tuples(st.text().map(DeviceId), min_size=1, unique=True),
    preset=LAUNCHED,
    tags=tuples(st.text()),
    done=tuples(st.from_type(DoneLaunch)),
    canaries=tuples(
        st.builds(DeviceCanary, variant=st.builds(Variant, inputs=TENSORS, outputs=TENSORS))
    ),
)


@given(PLANS)
def test_a_plan_comes_back_as_it_was(plan: Plan) -> None:
    assert plan == decode_plan(encode_plan(plan))


def test_an_older_plan_gets_the_defaults_of_what_it_lacks() -> None:
    record = json.loads(encode_plan(PLAN))
    del record["done"], record["preset"]["reading_interval_s"]
    del record["preset"]["profile_runs"], record["preset"]["control_runs"]
    del record["preset"]["gates"], record["preset"]["stop"], record["canaries"]
    engine = record["variants"][0]["engine"]
    del engine["affinity"], engine["xnnpack"]
    usual = replace(PLAN, done=(), preset=replace(PLAN.preset, gates=Gates(), stop=Stop()))
    assert usual == decode_plan(json.dumps(record))


def test_engine_options_and_passes_come_back() -> None:
    engine = EngineOptions("gpu", 2, affinity=0xF0, xnnpack=False)
    passes = replace(PLAN.preset, profile_runs=7, control_runs=9)
    plan = replace(PLAN, variants=(replace(PLAN.variants[0], engine=engine),), preset=passes)
    assert plan == decode_plan(encode_plan(plan))


def test_a_tool_comes_back() -> None:
    plan = replace(PLAN, tool=Tool("/x/benchmark_model", Digest("0" * 64), 9))
    assert plan == decode_plan(encode_plan(plan))


@given(st.from_type(Inspection), tuples(st.from_type(Skip)))
def test_what_was_found_in_a_file_and_what_is_left_out_come_back(
    inspection: Inspection, skipped: tuple[Skip, ...]
) -> None:
    first = PLAN.variants[0]
    inspected = replace(first, variant=replace(first.variant, inspection=inspection))
    plan = replace(PLAN, variants=(inspected,), skipped=skipped)
    assert plan == decode_plan(encode_plan(plan))


def test_eval_sets_and_what_is_spared_come_back() -> None:
    checked = replace(PLAN.variants[0], check=0, evaluate=0)
    skip = Skip(PHONE, 0, "It needs iOS 18: update the phone.")
    plan = replace(PLAN, variants=(checked,), eval_sets=(EVAL_SET,), eval_items=3, skipped=(skip,))
    assert plan == decode_plan(encode_plan(plan))


def test_an_eval_set_that_is_not_there_is_refused() -> None:
    record = json.loads(encode_plan(PLAN))
    record["variants"][0]["evaluate"] = 1
    with pytest.raises(ForeignPlan, match="an eval set that it does not have"):
        decode_plan(json.dumps(record))


@given(st.builds(Inspection, tools=tuples(st.tuples(st.text(), st.text()))))
def test_what_was_found_in_a_file_comes_back(inspection: Inspection) -> None:
    planned = PLAN.variants[0]
    inspected = replace(planned, variant=replace(planned.variant, inspection=inspection))
    plan = replace(PLAN, variants=(inspected,))
    assert plan == decode_plan(encode_plan(plan))


def test_a_whole_number_will_do_for_a_float() -> None:
    record = json.loads(encode_plan(PLAN))
    record["preset"]["measure"]["seconds"] = 2
    assert PLAN == decode_plan(json.dumps(record))


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("seed", True, "seed is not of type int"),
        ("seed", "7", "seed is not of type int"),
        ("name", None, "name is not of type str"),
        ("moon", 1, "plan has the unknown field 'moon'"),
        ("variants", [], "no variant"),
        ("variants", {}, "variants is not a list"),
        ("variants", ["x"], "variants is not an object"),
        ("preset", {}, "preset has no name"),
        ("preset.order", "shuffled", "'shuffled' is not a valid Order"),
        ("preset.order", [], "is not a valid Order"),
        ("preset.rate_hz", float("nan"), "rate_hz is not of type float"),
        ("preset.rate_hz", 10**400, "too large"),
        ("preset.measure", {"rounds": 3}, "measure has the unknown field 'rounds'"),
        ("done", [{"device": "android:x", "index": 1.5}], "index is not of type int"),
    ],
)
def test_what_is_no_plan_is_refused_with_the_reason(path: str, value: object, says: str) -> None:
    record = json.loads(encode_plan(PLAN))
    *parents, last = path.split(".")
    inner = record
    for name in parents:
        inner = inner[name]
    inner[last] = value
    with pytest.raises(ForeignPlan, match=says):
        decode_plan(json.dumps(record))


def test_a_pair_has_two_members() -> None:
    record = json.loads(encode_plan(PLAN))
    record["variants"][0]["variant"]["ops"] = [["ADD", 1, 2]]
    with pytest.raises(ForeignPlan, match="ops is not a list of 2"):
        decode_plan(json.dumps(record))


@given(st.text() | st.recursive(st.none() | st.text(), st.lists).map(json.dumps))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(ForeignPlan):
        decode_plan(text)


def test_depth_is_no_danger() -> None:
    with pytest.raises(ForeignPlan):
        decode_plan("[" * 100_000)
