"""How variants shall be executed, as said on the command line."""

import argparse
import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.cli.parser import build_parser
from labtui.cli.run_options import engine_of, parse_affinity, preset_of, tool_of
from labtui.core.model import EngineOptions
from labtui.errors import UsageError


def _parsed(*words: str) -> argparse.Namespace:
    return build_parser().parse_args(["run", *words])


def test_the_usual_way() -> None:
    arguments = _parsed()
    chosen = preset_of(arguments)
    assert (EngineOptions(), None) == (engine_of(arguments), tool_of(arguments))
    assert ("quick", 5, 0) == (chosen.name, chosen.profile_runs, chosen.control_runs)


def test_everything_said() -> None:
    arguments = _parsed(
        "--accelerator", "gpu", "--threads", "4", "--affinity", "4-7", "--no-xnnpack",
        "--profile", "0", "--control", "20",
    )  # fmt: skip
    assert EngineOptions("gpu", 4, 0xF0, xnnpack=False) == engine_of(arguments)
    assert (0, 20) == (preset_of(arguments).profile_runs, preset_of(arguments).control_runs)


@pytest.mark.parametrize(
    ("text", "mask"),
    [
        ("f0", 0xF0), ("0xF0", 0xF0), ("1", 1), ("10", 0x10), ("4-7", 0xF0), ("0,4-7", 0xF1),
        ("4-4", 0x10), ("4,", 0x10), ("0,1,2", 7), ("62-62", 1 << 62),
        ("7fffffffffffffff", 2**63 - 1),
    ],
)  # fmt: skip
def test_affinity(text: str, mask: int) -> None:
    assert mask == parse_affinity(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "0", "0x", "g", "7-4", "63-63", "4-", "-", ",", "1,,2", "8000000000000000", "-1",
        "4 -7", "\u0664-\u0667",
    ],
)  # fmt: skip
def test_an_affinity_that_is_none_tells_the_grammar(text: str) -> None:
    with pytest.raises(UsageError, match="a mask in hex"):
        parse_affinity(text)


@given(st.sets(st.integers(0, 62), min_size=1))
def test_a_list_of_cpus_is_the_mask_of_them(cpus: set[int]) -> None:
    mask = sum(1 << cpu for cpu in cpus)
    assert mask == parse_affinity(",".join(map(str, sorted(cpus))) + ",")
    assert mask == parse_affinity(f"{mask:x}")


@given(st.text(max_size=20))
def test_any_affinity_is_a_mask_or_refused(text: str) -> None:
    try:
        mask = parse_affinity(text)
    except UsageError:
        return
    assert 0 < mask < 1 << 63


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--profile", "-1"), "--profile must be 0 to 10,000"),
        (("--control", "10001"), "--control must be 0 to 10,000"),
        (("--threads", "0"), "--threads must be more than 0"),
        (("--affinity", "zz"), "The affinity 'zz' names no CPUs"),
        (("--no-xnnpack", "--control", "5"), "leave one of them out"),
        (("--benchmark-model", "/none/x"), "/none/x cannot be read"),
        (("--benchmark-model", "/none/x", "--control", "5"), "totals only"),
    ],
)
def test_what_cannot_be(words: tuple[str, ...], told: str) -> None:
    arguments = _parsed(*words)
    with pytest.raises(UsageError, match=told):
        (preset_of(arguments), engine_of(arguments), tool_of(arguments))


def test_a_tool_is_known_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "benchmark_model"
    path.write_bytes(b"tool")
    tool = tool_of(_parsed("--benchmark-model", str(path)))
    assert tool is not None
    digest = hashlib.sha256(b"tool").hexdigest()
    assert (str(path), digest, 4) == (tool.path, tool.digest, tool.size_bytes)
