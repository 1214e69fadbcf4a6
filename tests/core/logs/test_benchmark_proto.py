"""The binary result file: every field, every cut, any bytes."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.core.logs.benchmark_model import (
    BenchmarkRun,
    LatencyStats,
    MemoryKind,
    MemoryUse,
    RunStatus,
    parse_result_proto,
)
from labtui.core.logs.protobuf import BadWire, as_float, as_int, read_fields
from tests.core.logs.test_benchmark_cut import numbers


def varint(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def float_field(number: int, value: float) -> bytes:
    return varint(number << 3 | 5) + struct.pack("<f", value)


def int_field(number: int, value: int) -> bytes:
    return varint(number << 3) + varint(value & (1 << 64) - 1)


def bytes_field(number: int, value: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(value)) + value


LATENCIES_MS = (8.25, 8.0, 9.5, 0.25, 8.125, 8.0625, 9.0, 4.5, 15.5, 9.125)
LATENCY = b"".join(float_field(n, ms) for n, ms in enumerate(LATENCIES_MS, 1))
MEMORY = int_field(1, 2560) + int_field(2, 10_240) + float_field(3, 31.5)
MISC = float_field(1, 3.5) + int_field(2, 121) + int_field(3, 55) + float_field(4, 99.0)
RESULT = (
    bytes_field(1, b"leaf")
    + bytes_field(2, LATENCY)
    + bytes_field(3, MEMORY)
    + bytes_field(4, MISC + float_field(5, 120.0))
)


def test_every_field() -> None:
    assert parse_result_proto(RESULT) == BenchmarkRun(
        RunStatus.OK,
        model_bytes=3_500_000,
        init_ns=4_500_000,
        first_inference_ns=15_500_000,
        warmup=LatencyStats(9_125_000, 55, first_ns=15_500_000),
        inference=LatencyStats(
            mean_ns=8_250_000,
            count=121,
            min_ns=8_000_000,
            max_ns=9_500_000,
            std_ns=250_000,
            p5_ns=8_062_500,
            median_ns=8_125_000,
            p95_ns=9_000_000,
        ),
        memory=MemoryUse(MemoryKind.DELTA, 2560 * 1024, 10 * 1024**2, int(31.5 * 1024**2)),
    )


@pytest.mark.parametrize("cut", range(len(RESULT)))
def test_every_cut_gives_the_same_numbers_or_none(cut: int) -> None:
    run = parse_result_proto(RESULT[:cut])
    truth = dict(numbers(parse_result_proto(RESULT)))
    found = dict(numbers(run))
    assert found.items() <= truth.items()
    assert run.status is RunStatus.INCOMPLETE or run.inference is not None


@pytest.mark.parametrize(
    "latency",
    [
        b"",
        float_field(1, float("nan")),
        float_field(1, 0.0),
        float_field(1, -1.0),
        float_field(1, float("inf")),
        int_field(1, 8),
        bytes_field(1, b"8 ms"),
    ],
)
def test_a_file_without_a_latency_is_incomplete(latency: bytes) -> None:
    run = parse_result_proto(bytes_field(2, latency))
    assert (RunStatus.INCOMPLETE, None) == (run.status, run.inference)
    assert run.cause


def test_no_runs_are_no_latency() -> None:
    run = parse_result_proto(bytes_field(2, LATENCY) + bytes_field(4, int_field(2, 0)))
    assert (RunStatus.INCOMPLETE, None) == (run.status, run.inference)


def test_a_file_that_is_too_large_is_not_read() -> None:
    run = parse_result_proto(RESULT + bytes_field(9, bytes(70_000)))
    assert (RunStatus.INCOMPLETE, None) == (run.status, run.inference)


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        (b"", []),
        (b"\x08\x96\x01", [(1, 150)]),
        (b"\x12\x02hi", [(2, b"hi")]),
        (b"\x09" + bytes(8), [(1, bytes(8))]),
        (b"\x0d" + bytes(4), [(1, bytes(4))]),
    ],
)
def test_wire_types(data: bytes, fields: list[tuple[int, object]]) -> None:
    assert fields == list(read_fields(data))


@pytest.mark.parametrize(
    "data",
    [b"\x08", b"\x08\xff", b"\x12\x05hi", b"\x0d\0", b"\x0b", b"\x00\x00", b"\x08" + b"\xff" * 10],
)
def test_bad_wire(data: bytes) -> None:
    with pytest.raises(BadWire):
        list(read_fields(data))


def test_signs_and_widths() -> None:
    ((_, minus),) = read_fields(int_field(1, -5))
    assert (-5, 150) == (as_int(minus), as_int(150))
    assert (1.5, None, None) == (as_float(struct.pack("<d", 1.5)), as_float(3), as_int(b"x"))


@given(st.binary())
def test_any_bytes_are_parsed(data: bytes) -> None:
    parse_result_proto(data)
    parse_result_proto(bytes_field(2, data))
