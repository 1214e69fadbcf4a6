import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.core.logs.prefixes import Unprefixed, strip_prefixes


@pytest.mark.parametrize(
    ("line", "text", "is_error"),
    [
        ("count=1", "count=1", None),
        ("2026-01-02 03:04:05 WARNING some.module: x", "x", False),
        ("INFO: ERROR: x", "x", True),
        ("INFO: count=1", "count=1", False),
        ("   WARN: x", "x", False),
        ("ERROR: x: y", "x: y", True),
        ("> > INFO: x", "x", False),
        ("> x", "x", None),
        ("05-06 07:08:09.123  12345 12346 E tflite  : bad", "bad", True),
        ("05-06 07:08:09.123  1 2 I tflite  : \t CONV\t1", "\t CONV\t1", False),
        ("E/tflite  ( 123): bad", "bad", True),
        ("I/tflite: ok", "ok", False),
        ("2024-01-02 03:04:05.678 App[12:3456] ok", "ok", None),
        ("2024-01-02 03:04:05.678+0100 App[12] ok", "ok", None),
        ("[2025-01-02 03:04:05.678] [STDOUT] stdout: ok", "ok", None),
        ("INFO: [benchmark_litert_model.h:59] Inference", "Inference", False),
        ("INFO:", "", False),
        ("INFORMATION: x", "INFORMATION: x", None),
        ("", "", None),
    ],
)
def test_prefixes(line: str, text: str, is_error: bool | None) -> None:
    assert Unprefixed(text, is_error) == strip_prefixes(line)


@given(st.text())
def test_a_line_keeps_its_end(line: str) -> None:
    stripped = strip_prefixes(line).text
    assert line.rstrip(" \r").endswith(stripped)
