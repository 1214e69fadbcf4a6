from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.core.logs.coreml import (
    OrtPartitioning,
    OrtPartitionLog,
    PlannedOp,
    parse_compute_plan,
    parse_ort_partitions,
    plan_placement,
)
from labtui.core.placement import Coverage

HEAD = "2025-01-02 [W:onnxruntime:, coreml_execution_provider.cc:81 GetCapability] "
LINE = (
    "CoreMLExecutionProvider::GetCapability, number of partitions supported by CoreML: 3 "
    "number of nodes in the graph: 50 number of nodes supported by CoreML: 41\n"
)
PLACED = "Node(s) placed on [CPUExecutionProvider]. Number of nodes: 9\n"


@pytest.mark.parametrize("wrap", [" ", "\n", " \r\n"])
def test_a_line_that_wraps_anywhere(wrap: str) -> None:
    text = HEAD + LINE.rstrip("\n").replace(" ", wrap) + "\n" + PLACED
    assert parse_ort_partitions(text) == OrtPartitionLog(
        (OrtPartitioning("CoreML", 3, 50, 41),), (("CPUExecutionProvider", 9),)
    )


@pytest.mark.parametrize(
    ("partitions", "supported", "shown", "coverage"),
    [
        (3, 41, "coreml CoreML 41 + cpu 9", Coverage.PARTIAL),
        (1, 50, "coreml CoreML 50", Coverage.FULL),
        (0, 0, "cpu 50", Coverage.NONE),
    ],
)
def test_placement(partitions: int, supported: int, shown: str, coverage: Coverage) -> None:
    placement = OrtPartitioning("CoreML", partitions, 50, supported).placement
    assert (shown, coverage, partitions) == (
        str(placement),
        placement.coverage,
        placement.partitions,
    )


@pytest.mark.parametrize("counts", [("3", "50", "51"), ("42", "50", "41")])
def test_impossible_counts_are_left_out(counts: tuple[str, str, str]) -> None:
    partitions, nodes, supported = counts
    text = LINE.replace(": 3", f": {partitions}").replace(": 50", f": {nodes}")
    assert () == parse_ort_partitions(text.replace(": 41", f": {supported}")).graphs


@pytest.mark.parametrize("cut", range(len(LINE)))
def test_a_cut_line_is_not_read(cut: int) -> None:
    whole = parse_ort_partitions(LINE).graphs
    assert parse_ort_partitions(LINE + LINE[:cut]).graphs == whole


@pytest.mark.parametrize(
    "name", ["ort_coreml_partition_sam_EXCERPT.txt", "ort_coreml_partition_body_regressor.txt"]
)
def test_real_logs(
    name: str, sample: Callable[[str], str], expected: Callable[[str, str], Any]
) -> None:
    graphs = parse_ort_partitions(sample(name)).graphs
    assert expected("partitions", name) == [
        {"partitions": g.partitions, "nodes": g.nodes, "supported": g.supported} for g in graphs
    ]


PLAN = """\
op=conv    preferred=MLNeuralEngineComputeDevice  supported=[MLCPU, MLGPU, MLNeuralEngine]
op=ios16.cast  preferred=MLCPUComputeDevice  supported=[MLCPU]
op=odd  preferred=Abacus  supported=[]
"""


def test_a_compute_plan() -> None:
    ops = parse_compute_plan(PLAN)
    assert ops == (
        PlannedOp("conv", "npu", ("cpu", "gpu", "npu")),
        PlannedOp("ios16.cast", "cpu", ("cpu",)),
        PlannedOp("odd", "", ()),
    )
    placement = plan_placement(ops)
    assert (Coverage.PARTIAL, 3) == (placement.coverage, placement.total_ops)


def test_a_real_plan_stays_on_the_cpu(sample: Callable[[str], str]) -> None:
    ops = parse_compute_plan(sample("coreml_compute_plan_vx436.txt"))
    assert all("npu" in op.supported for op in ops)
    placement = plan_placement(ops)
    assert (Coverage.NONE, 4) == (placement.coverage, placement.total_ops)


@given(st.text())
def test_any_text_is_parsed(text: str) -> None:
    parse_ort_partitions(LINE[:60] + text)
    plan_placement(parse_compute_plan("op=x preferred=" + text))
