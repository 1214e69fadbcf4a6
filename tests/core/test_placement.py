"""Asked against used: what counts as full, partial, none and unknown."""

import pytest

from labtui.core.placement import Coverage, OpTime, PlacedPart, Placement, with_time_shares

XNNPACK, KERNELS = PlacedPart("cpu", "XNNPACK", 69), PlacedPart("cpu", "", 1)
GPU, NO_GPU, UNCOUNTED_GPU = (PlacedPart("gpu", "GPU", ops) for ops in (30, 0, None))

CASES: dict[str, tuple[Placement, Coverage, float | None]] = {
    "nobody would say": (Placement("gpu"), Coverage.UNKNOWN, None),
    "all on the CPU": (Placement("cpu", (XNNPACK, KERNELS)), Coverage.FULL, 1.0),
    "all on the GPU": (Placement("gpu", (GPU,)), Coverage.FULL, 1.0),
    "some on the GPU": (Placement("gpu", (GPU, XNNPACK, KERNELS)), Coverage.PARTIAL, 0.3),
    "fell back": (Placement("gpu", (XNNPACK, KERNELS)), Coverage.NONE, 0.0),
    "a delegate that took nothing": (Placement("gpu", (NO_GPU, KERNELS)), Coverage.NONE, 0.0),
    "an empty graph": (Placement("gpu", (NO_GPU,)), Coverage.UNKNOWN, None),
    "stated": (Placement("npu", stated=Coverage.PARTIAL), Coverage.PARTIAL, None),
    "counts outweigh words": (Placement("gpu", (KERNELS,), stated=Coverage.FULL), Coverage.NONE, 0),
    "only the unit is known": (Placement("gpu", (UNCOUNTED_GPU,)), Coverage.FULL, None),
    "units, some counted": (Placement("gpu", (UNCOUNTED_GPU, KERNELS)), Coverage.PARTIAL, None),
    "another unit": (Placement("npu", (UNCOUNTED_GPU,)), Coverage.NONE, None),
}


@pytest.mark.parametrize("name", CASES)
def test_coverage(name: str) -> None:
    placement, coverage, ops_share = CASES[name]
    assert coverage is placement.coverage
    assert ops_share == placement.ops_share
    assert placement.is_fallback == (coverage in (Coverage.PARTIAL, Coverage.NONE))


def test_it_reads_as_a_sum() -> None:
    assert "gpu GPU 30 + cpu XNNPACK 69 + cpu 1" == str(Placement("gpu", (GPU, XNNPACK, KERNELS)))
    assert "gpu GPU" == str(Placement("gpu", (UNCOUNTED_GPU,)))
    assert "unknown" == str(Placement("gpu"))


def test_profiled_times_become_shares_of_their_part() -> None:
    ops = (
        OpTime("CONV_2D", "gpu", "GPU", 10, 6e6),
        OpTime("ADD", "gpu", "GPU", 20, 1.5e6),
        OpTime("SOFTMAX", "cpu", "", 1, 2.5e6),
    )
    shared = with_time_shares(Placement("gpu", (GPU, XNNPACK, KERNELS)), ops)
    assert [0.75, 0.0, 0.25] == [part.time_share for part in shared.parts]


def test_without_a_profile_nothing_is_said_of_time() -> None:
    placement = Placement("gpu", (GPU, KERNELS))
    assert placement == with_time_shares(placement, ())
