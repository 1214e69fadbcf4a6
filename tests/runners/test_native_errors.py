"""Every error of the native runner: its code, and a text that says what to do."""

import json
import re
import shutil
import struct
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from labtui.core.model import Digest, EngineOptions
from labtui.core.protocol import Hello, Job, Measure, encode_job
from labtui.failure import FailureCode
from labtui.resources import demo_data
from tests.hostrunner.launching import Ran
from tests.runners.builds import built
from tests.runners.native import limited, litert, native_job, run_native
from tests.tiny_tflite import Type, added, fully_connected

BIG = demo_data() / "variants" / "pairs_vit.fp32.tflite"
CHECKS = Path(__file__).parents[2] / "runners" / "check"


@pytest.fixture
def variant(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.tflite"
    path.write_bytes(fully_connected())
    return path


def failed(ran: Ran, code: FailureCode) -> str:
    """Return the text of an error that has to be the last event."""
    assert (code, 1) == (ran.error.code, ran.exit_code), ran.error
    assert b"" == ran.stdout.rpartition(b"\n")[2]
    return ran.error.text


def changed(job: Job, path: str, value: object) -> bytes:
    """Return the job line with the field at a dotted path set."""
    record: dict[str, Any] = json.loads(encode_job(job))
    *folders, name = path.split(".")
    target = record
    for folder in folders:
        target = target[folder]
    target[name] = value
    return json.dumps(record).encode() + b"\n"


EVAL = {
    "inputs": "x", "sha256": "0" * 64, "outputs": "y", "layout": "NCHW", "items": None,
    "normalise": {"scale": 1, "mean": [0], "std": [1]},
}  # fmt: skip
BAD_FIELDS: list[tuple[str, object]] = [
    ("unheard_of", 1), ("ev", "hello"), ("ev", 1), ("protocol", True), ("protocol", 1.0),
    ("protocol", None), ("variant", 7), ("variant", "x" * 4097), ("variant", "a\0b"),
    ("sha256", "0" * 63), ("sha256", "A" * 64), ("engine", []), ("engine.unheard_of", 1),
    ("engine.accelerator", "x" * 33), ("engine.threads", 0), ("engine.threads", 257),
    ("engine.threads", "1"), ("engine.affinity", 0), ("engine.affinity", 1 << 63),
    ("engine.affinity", 1 << 62), ("engine.xnnpack", 1), ("engine.library", 1), ("seed", -1),
    ("seed", 1 << 63), ("seed", 10**400), ("warmup", None), ("warmup.min_runs", 5),
    ("warmup.max_runs", 10_000_001), ("warmup.min_s", -0.1), ("warmup.max_s", 86401),
    ("warmup.tolerance", 1.1), ("warmup.more", 0), ("measure", {}), ("measure.runs", 0),
    ("measure.seconds", 1), ("measure.more", 0), ("rate_hz", 0), ("rate_hz", 100_001),
    ("control_runs", 10_001), ("profile_runs", -1), ("raw_file", "no/such/folder/raw"),
    ("raw_file", 5), ("eval", 5), ("eval", {}), ("eval", EVAL | {"layout": "CHWN"}),
    ("eval", EVAL | {"items": 0}), ("eval", EVAL | {"more": 1}),
    ("eval", EVAL | {"normalise": {"scale": 0, "mean": [0], "std": [1]}}),
    ("eval", EVAL | {"normalise": {"scale": 1, "mean": [], "std": [1]}}),
    ("eval", EVAL | {"normalise": {"scale": 1, "mean": [0], "std": [0]}}),
    ("eval", EVAL | {"normalise": {"scale": 1, "mean": [0], "std": ["1"]}}),
    ("eval", EVAL | {"normalise": {"scale": 1, "mean": [0] * 4097, "std": [1]}}),
    ("eval", EVAL | {"normalise": {"scale": 1, "mean": [0], "std": [1], "more": 1}}),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value"), BAD_FIELDS)
def test_fields_that_make_no_sense(variant: Path, path: str, value: object) -> None:
    failed(run_native(changed(native_job(variant), path, value)), FailureCode.BAD_JOB)


@pytest.mark.parametrize(
    "line",
    [
        b"", b"{", b"[]", b"null", b"x" * 100, b'{"ev":"job"', b'{"ev":"job"}x', b'{"ev":"job",}',
        b'{"ev":"job","protocol":1}', b'{"ev":"job","protocol":01}', b'{"a":NaN}', b"\xff\xfe",
        b'{"ev":"job","a":"\xff"}', b'{"ev":"job","a":"\t"}', b'{"a":"\\ud800"}', b'{"a":"\\x"}',
        b"[" * 100_000, b'{"a":' * 50_000, b'{"a":[' + b"1," * 40_000 + b"1]}", b'{"' * 1000,
        b" " * ((1 << 20) + 1),
    ],
    ids=lambda line: repr(line[:20]),
)  # fmt: skip
def test_lines_that_are_no_job(line: bytes) -> None:
    failed(run_native(line + b"\n"), FailureCode.BAD_JOB)


def test_a_line_as_long_as_allowed_is_read(variant: Path) -> None:
    line = encode_job(native_job(variant)).rstrip(b"\n")
    assert 0 == run_native(line + b" " * ((1 << 20) - len(line)) + b"\n").exit_code


def test_escapes_and_repeated_fields_are_read_as_json_reads_them(variant: Path) -> None:
    line = encode_job(native_job(variant)).replace(b"tiny.tflite", b"t\\u0069ny.tfl\\u0069te")
    line = line.replace(b'{"ev"', b' \t{"seed":"no","ev"', 1)
    assert 0 == run_native(line).exit_code


def test_the_documented_job_is_understood() -> None:
    document = (CHECKS.parent / "PROTOCOL.md").read_text()
    example = re.search(r"^\{\"ev\":\"job\".*$", document, re.MULTILINE)
    assert example is not None
    line = re.sub(r"\"9f86[^\"]*\"", f'"{"0" * 64}"', example[0])
    record = json.loads(line) | {"variant": "none.tflite"}
    record["engine"]["library"] = str(litert())
    failed(run_native(json.dumps(record).encode() + b"\n"), FailureCode.MODEL_MISSING)


def test_another_version_of_the_protocol(variant: Path) -> None:
    line = changed(native_job(variant), "protocol", 2)
    assert "install" in failed(run_native(line), FailureCode.PROTOCOL_MISMATCH)


def test_no_variant(tmp_path: Path) -> None:
    failed(run_native(native_job(tmp_path / "none.tflite")), FailureCode.MODEL_MISSING)
    failed(run_native(native_job(tmp_path)), FailureCode.MODEL_MISSING)


def test_another_digest(variant: Path) -> None:
    job = replace(native_job(variant), sha256=Digest("0" * 64))
    assert "push it again" in failed(run_native(job), FailureCode.DIGEST_MISMATCH)


@pytest.mark.parametrize("size", [0, 4, 7, 100, 5_000, 300_000, 700_000])
def test_files_that_were_cut_short(size: int, tmp_path: Path) -> None:
    path = tmp_path / "cut.tflite"
    path.write_bytes(BIG.read_bytes()[:size])
    failed(run_native(native_job(path)), FailureCode.MODEL_REFUSED)


@pytest.mark.parametrize(
    "data", [b"garbage!" * 1000, b"\0" * 1000, b"\x10\0\0\0TFL3" + b"\xff" * 1000]
)
def test_files_that_are_no_model(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "no.tflite"
    path.write_bytes(data)
    failed(run_native(native_job(path)), FailureCode.MODEL_REFUSED)


def test_a_crash_of_the_engine_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "int8.tflite"
    path.write_bytes(added(Type.INT8))  # LiteRT aborts over an ADD without a scale
    ran = run_native(native_job(path))
    assert "crashed" in failed(ran, FailureCode.MODEL_REFUSED)
    assert isinstance(ran.events[0], Hello)


def test_an_unknown_op() -> None:
    ran = run_native(native_job(CHECKS / "unknown_op.tflite"))
    assert "NoSuchOp" in failed(ran, FailureCode.OP_UNSUPPORTED)


def test_an_inference_that_fails_says_why(tmp_path: Path) -> None:
    path = tmp_path / "bool.tflite"
    path.write_bytes(added(Type.BOOL))
    text = failed(run_native(native_job(path)), FailureCode.RUN_FAILED)
    assert "BOOL is unsupported by op Add" in text


@pytest.mark.parametrize("accelerator", ["nnapi", "npu", "tpu", ""])
def test_no_such_accelerator(variant: Path, accelerator: str) -> None:
    job = native_job(variant, engine=EngineOptions(accelerator))
    failed(run_native(job), FailureCode.ACCELERATOR_MISSING)


def test_an_accelerator_that_does_not_start(variant: Path) -> None:
    job = native_job(variant, engine=EngineOptions("gpu"))
    failed(run_native(job), FailureCode.ACCELERATOR_MISSING)


def test_no_engine(variant: Path, tmp_path: Path) -> None:
    missing = native_job(variant, library=tmp_path / "libLiteRt.so")
    failed(run_native(missing), FailureCode.ENGINE_MISSING)
    failed(run_native(replace(missing, library=None)), FailureCode.ENGINE_MISSING)


def elf_of_another_machine(machine: int) -> bytes:
    """Return the head of a shared library for another processor."""
    ident = b"\x7fELF" + bytes([2, 1, 1]) + bytes(9)
    return ident + struct.pack("<HHIQQQIHHHHHH", 3, machine, 1, 0, 0, 0, 0, 64, 56, 0, 64, 0, 0)


WRONG_LIBRARIES: Mapping[str, bytes] = {
    "for mips": elf_of_another_machine(8),
    "for 32 bit": b"\x7fELF\x01" + bytes(100),
    "no library": b"#!/bin/sh\n" * 100,
    "empty": b"",
}


@pytest.mark.parametrize("kind", WRONG_LIBRARIES)
def test_an_engine_for_another_device(kind: str, variant: Path, tmp_path: Path) -> None:
    library = tmp_path / "libLiteRt.so"
    library.write_bytes(WRONG_LIBRARIES[kind])
    ran = run_native(native_job(variant, library=library))
    assert "libLiteRt.so" in failed(ran, FailureCode.ENGINE_WRONG_ABI)


def made_library(folder: Path, text: str) -> Path:
    """Compile a library; skip the test where there is no compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    source, library = folder / "made.c", folder / "libmade.so"
    source.write_text(f"{text}\n")
    subprocess.run([compiler, "-shared", "-o", library, source], check=True, timeout=60)
    return library


@pytest.mark.parametrize(
    ("symbols", "named"),
    [
        ("LiteRtCreateCompiledModel", "LiteRt"),
        ("TfLiteVersion", "TfLiteModelCreateFromFile"),
        ("something_else", "TfLite"),
    ],
)
def test_an_engine_that_is_too_old(symbols: str, named: str, variant: Path, tmp_path: Path) -> None:
    library = made_library(tmp_path, f"int {symbols}(void) {{ return 0; }}")
    ran = run_native(native_job(variant, library=library))
    assert named in failed(ran, FailureCode.ENGINE_TOO_OLD)


def test_an_engine_that_crashes_while_it_is_opened(variant: Path, tmp_path: Path) -> None:
    text = "__attribute__((constructor)) static void crash(void) { __builtin_trap(); }"
    library = made_library(tmp_path, text)
    ran = run_native(native_job(variant, library=library))
    assert "crashed" in failed(ran, FailureCode.ENGINE_WRONG_ABI)


def test_an_engine_on_the_linkers_path_for_another_device(variant: Path, tmp_path: Path) -> None:
    (tmp_path / "libLiteRt.so").write_bytes(b"no library")
    job = replace(native_job(variant), library=None)
    command = ["env", f"LD_LIBRARY_PATH={tmp_path}", str(built("linux-native"))]
    failed(run_native(job, command), FailureCode.ENGINE_WRONG_ABI)


def test_an_engine_on_the_linkers_path(variant: Path) -> None:
    job = replace(native_job(variant), library=None)
    command = ["env", f"LD_LIBRARY_PATH={litert().parent}", str(built("linux-native"))]
    assert 0 == run_native(job, command).exit_code


@pytest.mark.parametrize("limit_mib", [12, 16, 20, 24])
def test_memory_that_is_short(limit_mib: int) -> None:
    ran = run_native(native_job(BIG), limited("v", limit_mib << 10))
    failed(ran, FailureCode.OUT_OF_MEMORY)


@pytest.mark.parametrize("blocks", [1, 2])
def test_a_raw_file_that_finds_no_room(variant: Path, tmp_path: Path, blocks: int) -> None:
    job = native_job(variant, measure=Measure(runs=1000), raw_file=tmp_path / "raw")
    ran = run_native(job, limited("f", blocks))
    failed(ran, FailureCode.DISK_FULL)
    assert (tmp_path / "raw").stat().st_size <= blocks * 512


def test_a_full_disk(variant: Path) -> None:
    failed(run_native(native_job(variant, raw_file=Path("/dev/full"))), FailureCode.DISK_FULL)


def test_stdout_carries_events_only_whatever_engines_print(variant: Path) -> None:
    ran = run_native(native_job(variant, library=litert()))
    assert all(line.startswith(b'{"ev":') for line in ran.stdout.splitlines())
    assert "XNNPACK" in ran.stderr
