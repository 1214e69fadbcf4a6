"""Op profiles in every setting, and what happens to damaged ones."""

import pytest

from labtui.core.logs.benchmark_model import (
    OpProfile,
    ProfiledOp,
    ProfiledType,
    ProfilePhase,
    op_times,
)
from labtui.core.logs.benchmark_model.profile import find_profiles
from labtui.core.placement import OpTime
from tests.core.logs.benchmark_logs import OPS, TYPES, profile

LATEST = profile(has_start=False)


def profiles(text: str) -> tuple[OpProfile, ...]:
    return find_profiles(text.splitlines())


@pytest.mark.parametrize(
    "text",
    [
        profile(),
        LATEST,
        profile(is_csv=True),
        profile(is_csv=True, has_start=False),
        profile().expandtabs(4),
    ],
    ids=["tabs", "tabs without start", "CSV", "CSV without start", "tabs became spaces"],
)
def test_every_setting(text: str) -> None:
    (found,) = profiles(text)
    assert (ProfilePhase.INFERENCE, "") == (found.phase, found.graph)
    assert found.ops == tuple(
        ProfiledOp(kind, name, round(ms * 1e6), round(ms * 1e6), 1) for kind, ms, name in OPS
    )
    assert found.types == tuple(
        ProfiledType(kind, count, round(ms * 1e6), ms * 10 / 100) for kind, count, ms in TYPES
    )
    assert found.total is not None
    assert (20, 10_000_000) == (found.total.count, found.total.mean_ns)


def test_times_of_ops_and_of_kernels() -> None:
    assert op_times(profiles(LATEST)) == (
        OpTime("TfLiteXNNPackDelegate", "cpu", "XNNPACK", 1, 5_750_000),
        OpTime("CONV_2D", "cpu", "", 2, 4_000_000),
        OpTime("SOFTMAX", "cpu", "", 1, 250_000),
    )


def test_initialization_is_told_from_inference_and_does_not_count_as_time_of_ops() -> None:
    first = LATEST.replace(
        "Operator-wise Profiling Info for Regular Benchmark Runs:",
        "Profiling Info for Benchmark Initialization:",
    )
    phases = [found.phase for found in profiles(first + LATEST)]
    assert [ProfilePhase.INITIALIZATION, ProfilePhase.INFERENCE] == phases
    assert () == op_times(profiles(first))


def test_graphs_and_the_inside_of_a_delegate_are_told_apart() -> None:
    heading, _, tables = LATEST.partition("\n")
    text = "\n".join([
        heading,
        "Primary graph (name: main) profile:",
        tables,
        "Subgraph (index: 1, name: body) profile:",
        tables.replace("Timings", "Subgraph (index: 1, name: body) Timings"),
        "Delegate internal: ",
        tables,
    ])  # fmt: skip
    found = profiles(text)
    assert ["", "subgraph 1", "delegate"] == [p.graph for p in found]
    assert all(p.total is not None for p in found)
    assert len(TYPES) == len(op_times(found))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("nodes executed: 4", "nodes executed: 5"),
        ("Number of nodes executed: 4\n", ""),
        ("\tSOFTMAX", "\t\tSOFTMAX"),
        ("   SOFTMAX", "   SOFT MAX \t x"),
        ("[node type]", "[kind of node]"),
        ("2.5", "2.5e999"),
    ],
)
def test_a_damaged_profile_is_none(old: str, new: str) -> None:
    text = LATEST.replace(old, new)
    assert text != LATEST or old == "\tSOFTMAX"
    assert profiles(text) == () or text == LATEST


def test_names_are_made_harmless() -> None:
    (found,) = profiles(LATEST.replace("[c/Conv2D]:1", "[c\x1b[2J]:1" + "x" * 500))
    assert found.ops[1].name.startswith("[c\ufffd[2J]:1x")
    assert len(found.ops[1].name) == 200


def test_no_memory_is_not_a_memory_of_nothing() -> None:
    (found,) = profiles(profile())
    assert "Memory (bytes): count=0" in profile()
    assert not any("memory" in field for field in OpProfile.__slots__)
    assert found.total is not None
