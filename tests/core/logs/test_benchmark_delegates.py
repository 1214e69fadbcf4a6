"""Every phrase about delegates, and the placement that follows."""

import pytest

from labtui.core.logs.benchmark_model import BenchmarkRun, Delegation, parse_benchmark_model
from labtui.core.logs.benchmark_model.delegates import delegate_name, find_delegations
from labtui.core.placement import Coverage
from tests.core.logs.benchmark_logs import (
    GPU_THEN_XNNPACK,
    OPS,
    XNNPACK_37_OF_40,
    classic,
    profile,
)

EXPLICIT = "delegate, and the model graph will be"


CREATED = "Created TensorFlow Lite XNNPACK delegate for CPU.\n"
NNAPI_ON_GPU = "Use NNAPI: [1]\nNNAPI accelerator name: [x-gpu]\n"


def run_with(delegates: str, flags: str = "", tail: str = "") -> BenchmarkRun:
    (run,) = parse_benchmark_model(classic(delegates, flags, tail)).runs
    return run


@pytest.mark.parametrize(
    ("line", "delegation"),
    [
        (
            "Created TensorFlow Lite XNNPACK delegate for CPU.",
            Delegation("XNNPACK"),
        ),
        ("Created TensorFlow Lite delegate for GPU.", Delegation("GPU")),
        ("COREML delegate created.", Delegation("CoreML", is_asked=True)),
        (
            f"Explicitly applied GPU {EXPLICIT} completely executed by the delegate.",
            Delegation("GPU", stated=Coverage.FULL, is_asked=True),
        ),
        (
            (
                f"Explicitly applied NNAPI {EXPLICIT} partially executed by the delegate w/ 3 "
                "delegate kernels."
            ),
            Delegation("NNAPI", stated=Coverage.PARTIAL, is_asked=True, kernels=3),
        ),
        (
            (
                "Though GPU delegate is explicitly applied, the model graph will not be executed "
                "by the delegate."
            ),
            Delegation("GPU", stated=Coverage.NONE, is_asked=True),
        ),
        ("Created 0 GPU delegate kernels.", Delegation("GPU", stated=Coverage.NONE, kernels=0)),
        ("Created 2 GPU delegate kernels.", Delegation("GPU", kernels=2)),
        (
            (
                "Replacing 4 out of 6 node(s) with delegate (TfLiteGpuDelegateV2) node, yielding 3 "
                "partitions for subgraph 1."
            ),
            Delegation("GPU", 1, Coverage.PARTIAL, ops=4, total_ops=6, partitions=3),
        ),
        (
            (
                "Replacing 0 out of 6 node(s) with delegate (TfLiteNnapiDelegate) node, yielding 1 "
                "partitions."
            ),
            Delegation("NNAPI", stated=Coverage.NONE, ops=0, total_ops=6, partitions=1),
        ),
        (
            "CoreML delegate: 7 nodes delegated out of 9 nodes, with 2 partitions.",
            Delegation("CoreML", stated=Coverage.PARTIAL, ops=7, total_ops=9, partitions=2),
        ),
        (
            "First 0 operations will run on the GPU, and the remaining 12 on the CPU.",
            Delegation("GPU", stated=Coverage.NONE, ops=0, total_ops=12),
        ),
        (
            (
                "12 operations will run on the GPU, and the remaining 3 operations will run on the "
                "CPU."
            ),
            Delegation("GPU", stated=Coverage.PARTIAL, ops=12, total_ops=15),
        ),
        (
            "12 operations will run on",
            Delegation("GPU", stated=Coverage.PARTIAL, ops=12),
        ),
        (
            "Failed to apply Hexagon delegate.",
            Delegation("Hexagon", stated=Coverage.NONE, is_asked=True),
        ),
        (
            "Could not create Hexagon delegate: platform may not support delegate",
            Delegation("Hexagon", stated=Coverage.NONE, is_asked=True),
        ),
    ],
)
def test_phrases(line: str, delegation: Delegation) -> None:
    assert (delegation,) == find_delegations([line])


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("TfLiteXNNPackDelegate", "XNNPACK"),
        ("TfLiteGpuDelegateV2", "GPU"),
        ("TfLiteCoreMlDelegate", "CoreML"),
        ("DispatchDelegate", "Dispatch"),
        ("LITERT_CL", "LITERT_CL"),
        ("Delegate", "Delegate"),
    ],
)
def test_names(printed: str, name: str) -> None:
    assert name == delegate_name(printed)


def test_a_delegate_that_failed_took_nothing() -> None:
    lines = [
        "NNAPI delegate created.",
        (
            "Replacing 4 out of 4 node(s) with delegate (TfLiteNnapiDelegate) node, yielding 1 "
            "partitions for subgraph 0."
        ),
        "Restored original execution plan after delegate application failure.",
    ]
    (delegation,) = find_delegations(lines)
    assert delegation == Delegation("NNAPI", stated=Coverage.NONE, is_asked=True)


def test_the_next_delegate_is_offered_what_the_first_left() -> None:
    run = run_with(GPU_THEN_XNNPACK)
    gpu, xnnpack = run.delegations
    assert ("GATHER", "TOPK_V2") == gpu.unsupported
    assert ("XNNPACK", 8) == (xnnpack.delegate, xnnpack.ops)
    assert "gpu GPU 30 + cpu XNNPACK 8 + cpu 2" == str(run.placement)
    assert ("gpu", Coverage.PARTIAL, 5) == (
        run.placement.asked,
        run.placement.coverage,
        run.placement.partitions,
    )


def test_kernels_of_an_uncounted_delegate_are_not_counted_as_ops_of_another() -> None:
    gpu = f"Explicitly applied GPU {EXPLICIT} partially executed by the delegate w/ 2 delegate "
    placement = run_with(f"{gpu}kernels.\n{XNNPACK_37_OF_40}").placement
    assert (Coverage.PARTIAL, None, 2) == (
        placement.coverage,
        placement.total_ops,
        placement.partitions,
    )
    assert "gpu GPU + cpu" == str(placement)


def test_a_makers_delegate_goes_by_its_own_name() -> None:
    placement = run_with(
        "EXTERNAL delegate created.\n"
        "Replacing 36 out of 40 node(s) with delegate (TfLiteQnnDelegate) node, yielding 3 "
        "partitions for subgraph 0.\n"
        f"Explicitly applied EXTERNAL {EXPLICIT} partially executed by the delegate w/ 2 delegate "
        "kernels.\n"
        "Replacing 4 out of 6 node(s) with delegate (TfLiteXNNPackDelegate) node, yielding 3 "
        "partitions for subgraph 0.\n"
    ).placement
    assert ("qnn", Coverage.PARTIAL, 3) == (
        placement.asked,
        placement.coverage,
        placement.partitions,
    )
    assert "qnn Qnn 36 + cpu XNNPACK 4" == str(placement)


def test_a_makers_delegate_that_took_nothing() -> None:
    placement = run_with(
        "EXTERNAL delegate created.\n"
        "Though EXTERNAL delegate is explicitly applied, the model graph will not be executed\n"
        + XNNPACK_37_OF_40
    ).placement
    assert ("external", Coverage.NONE) == (placement.asked, placement.coverage)
    assert "cpu XNNPACK 37 + cpu 3" == str(placement)


def test_subgraphs_add_up() -> None:
    second = XNNPACK_37_OF_40.replace("37 out of 40", "3 out of 5").replace(
        "subgraph 0", "subgraph 1"
    )
    placement = run_with(XNNPACK_37_OF_40 + second).placement
    assert "cpu XNNPACK 40 + cpu 5" == str(placement)


@pytest.mark.parametrize(
    ("delegates", "flags", "asked", "coverage", "shown"),
    [
        ("", "", "cpu", Coverage.FULL, "cpu"),
        (XNNPACK_37_OF_40, "", "cpu", Coverage.FULL, "cpu XNNPACK 37 + cpu 3"),
        (CREATED, "", "cpu", Coverage.FULL, "unknown"),
        ("", "Use gpu: [1]\n", "gpu", Coverage.UNKNOWN, "unknown"),
        (XNNPACK_37_OF_40, "Use gpu: [1]\n", "gpu", Coverage.NONE, "cpu XNNPACK 37 + cpu 3"),
        ("", "Use nnapi : [0]\n", "cpu", Coverage.FULL, "cpu"),
        ("", NNAPI_ON_GPU, "gpu", Coverage.UNKNOWN, "unknown"),
        ("NNAPI delegate created.\n", "Use NNAPI: [1]\n", "nnapi", Coverage.UNKNOWN, "unknown"),
        ("Created 0 GPU delegate kernels.\n", "", "gpu", Coverage.NONE, "unknown"),
        (f"Explicitly applied GPU {EXPLICIT} completely\n", "", "gpu", Coverage.FULL, "gpu GPU"),
    ],
)  # fmt: skip
def test_asked_and_used(
    delegates: str, flags: str, asked: str, coverage: Coverage, shown: str
) -> None:
    placement = run_with(delegates, flags).placement
    assert (asked, coverage, shown) == (placement.asked, placement.coverage, str(placement))


def test_created_is_not_applied() -> None:
    run = run_with("INFO: Created TensorFlow Lite delegate for NNAPI.\nNNAPI delegate created.\n")
    assert Coverage.UNKNOWN is run.placement.coverage


@pytest.mark.parametrize("is_csv", [False, True])
def test_a_profile_gives_shares_of_the_time(is_csv: bool) -> None:
    placement = run_with(XNNPACK_37_OF_40, tail=profile(is_csv=is_csv)).placement
    shares = [(part.delegate, part.ops, part.time_share) for part in placement.parts]
    assert [("XNNPACK", 37, 0.575), ("", 3, 0.425)] == shares


def test_a_profile_alone_shows_where_ops_ran() -> None:
    gpu = profile().replace("TfLiteXNNPackDelegate", "TfLiteGpuDelegateV2")
    (run,) = parse_benchmark_model(gpu).runs
    assert ("gpu", Coverage.PARTIAL, 1) == (
        run.placement.asked,
        run.placement.coverage,
        run.placement.partitions,
    )
    assert f"gpu GPU + cpu {len(OPS) - 1}" == str(run.placement)
