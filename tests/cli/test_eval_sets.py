"""Which eval sets a run uses: what was asked for, and what lies beside the variants."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from labtui.cli.eval_sets import verify_eval_sets, with_eval_sets
from labtui.core.model import DeviceId, Digest, EngineOptions, TensorSpec, Tool, Variant
from labtui.core.plan import Plan, PlannedVariant
from labtui.errors import UsageError
from labtui.resources import demo_data
from tests.bench.fakes import a_plan, variant

DEMO = demo_data() / "pairs100"
FITTING = TensorSpec("x", (1, 1, 32, 64), "float32")
OTHER = TensorSpec("x", (1, 3, 224, 224), "float32")
TOOL = Tool("/x/benchmark_model", Digest("0" * 64), 9)


def net(folder: Path, model: str = "pairs_mbv2", *inputs: TensorSpec) -> Variant:
    path = folder / f"{model}.fp32.tflite"
    return replace(variant("a"), path=str(path), model=model, inputs=inputs or (FITTING,))


def plan_of(*variants: Variant) -> Plan:
    planned = tuple(PlannedVariant(one, EngineOptions()) for one in variants)
    return replace(a_plan([DeviceId("android:1")]), variants=planned)


def chosen(plan: Plan) -> list[tuple[int | None, int | None]]:
    return [(planned.check, planned.evaluate) for planned in plan.variants]


def copied(folder: Path) -> Path:
    shutil.copytree(DEMO, folder)
    return folder


def test_a_set_that_was_asked_for_scores_all_and_checks_whom_it_knows(tmp_path: Path) -> None:
    plan = with_eval_sets(plan_of(net(tmp_path), net(tmp_path, "stranger")), DEMO)
    assert [(0, 0), (None, 0)] == chosen(plan)
    assert [("pairs100", str(DEMO))] == [(one.name, one.folder) for one in plan.eval_sets]


def test_demo_variants_are_checked_unasked() -> None:
    folder = demo_data() / "variants"
    plan = with_eval_sets(plan_of(net(folder), net(folder, "pairs_vit")), None)
    assert [(0, None), (0, None)] == chosen(plan)
    assert 1 == len(plan.eval_sets)


def test_a_set_beside_the_variant_checks_its_model(tmp_path: Path) -> None:
    beside = copied(tmp_path / "pairs_mbv2.evalset")
    plan = with_eval_sets(plan_of(net(tmp_path), net(tmp_path, "pairs_vit")), None)
    assert [(0, None), (None, None)] == chosen(plan)
    assert [str(beside)] == [one.folder for one in plan.eval_sets]


def test_a_set_beside_the_variant_stands_in_where_the_one_asked_for_has_no_references(
    tmp_path: Path,
) -> None:
    copied(tmp_path / "pairs_mbv2.evalset")
    asked = copied(tmp_path / "asked")
    manifest = (asked / "manifest.json").read_text().replace('"pairs_mbv2"', '"another"')
    (asked / "manifest.json").write_text(manifest)
    plan = with_eval_sets(plan_of(net(tmp_path)), asked)
    assert [(1, 0)] == chosen(plan)


def test_variants_without_references_are_measured_unchecked(tmp_path: Path) -> None:
    plan = plan_of(net(tmp_path))
    assert plan == with_eval_sets(plan, None)


def test_a_set_of_another_input_size_checks_nobody(tmp_path: Path) -> None:
    copied(tmp_path / "pairs_mbv2.evalset")
    plan = with_eval_sets(plan_of(net(tmp_path, "pairs_mbv2", OTHER)), None)
    assert [(None, None)] == chosen(plan)


def test_a_set_that_was_asked_for_must_fit(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="The items of pairs100 are no inputs of pairs_mbv2"):
        with_eval_sets(plan_of(net(tmp_path, "pairs_mbv2", OTHER)), DEMO)


def test_inputs_that_are_not_known_may_fit(tmp_path: Path) -> None:
    plan = with_eval_sets(plan_of(replace(net(tmp_path), inputs=())), DEMO)
    assert [(0, 0)] == chosen(plan)


def test_a_tool_is_left_alone_unless_a_set_was_asked_for() -> None:
    plan = replace(plan_of(net(demo_data() / "variants")), tool=TOOL)
    assert plan == with_eval_sets(plan, None)
    with pytest.raises(UsageError, match="benchmark_model cannot run an eval set"):
        with_eval_sets(plan, DEMO)


def test_a_set_that_is_damaged_is_refused_at_once_and_when_resumed(tmp_path: Path) -> None:
    folder = copied(tmp_path / "set")
    plan = with_eval_sets(plan_of(net(tmp_path)), folder)
    verify_eval_sets(plan)
    (folder / "y.npy").write_bytes(b"x")
    with pytest.raises(UsageError, match=r"y\.npy"):
        verify_eval_sets(plan)
    with pytest.raises(UsageError, match=r"y\.npy"):
        with_eval_sets(plan_of(net(tmp_path)), folder)


def test_no_folder_is_no_set(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no eval set"):
        with_eval_sets(plan_of(net(tmp_path)), tmp_path / "nowhere")
