"""Every refusal that is checked. A new rule for jobs is one entry here."""

from labtui.conformance.refusals import MISSING, BadLine, Refusal, changed
from labtui.core.protocol import MAX_LINE_BYTES
from labtui.failure import FailureCode

_EVAL = {"inputs": "x.npy", "sha256": "0" * 64, "outputs": "y", "layout": "NCHW"}
_NORMALISE = {"scale": 1.0, "mean": [0.0], "std": [1.0]}
_NO_CPU = 1 << 62


def _padded(line: bytes, length: int) -> bytes:
    return line.rstrip(b"\n") + b" " * (length - len(line) + 1) + b"\n"


REFUSED_JOBS = (
    Refusal(
        "unknown-field", "a field that the protocol does not know is an error", {"cooling": "fan"}
    ),
    Refusal(
        "unknown-engine-field", "the same inside engine", {"engine.precision": "fp16"}
    ),
    Refusal("unknown-warmup-field", "the same inside warmup", {"warmup.rounds": 3}),
    Refusal("unknown-measure-field", "the same inside measure", {"measure.batches": 3}),
    Refusal("unknown-eval-field", "the same inside eval", {"eval": _EVAL | {"shuffle": True}}),
    Refusal(
        "unknown-normalise-field", "the same inside eval.normalise",
        {"eval": _EVAL | {"normalise": _NORMALISE | {"gamma": 2.2}}},
    ),
    Refusal("missing-field", "a job without a seed", {"seed": MISSING}),
    Refusal("another-event", "a first line that is no job", {"ev": "hello"}),
    Refusal("text-for-number", "a seed that is text", {"seed": "7"}),
    Refusal("true-for-number", "true is not a number", {"seed": True}),
    Refusal("fraction-for-whole", "whole numbers have no point", {"seed": 7.5}),
    Refusal("negative", "a negative seed", {"seed": -1}),
    Refusal("beyond-63-bits", "a seed of 2^63", {"seed": 1 << 63}),
    Refusal("no-threads", "threads are 1 at least", {"engine.threads": 0}),
    Refusal("number-for-flag", "xnnpack is true or false", {"engine.xnnpack": 1}),
    Refusal("mask-of-nothing", "an affinity of 0", {"engine.affinity": 0}),
    Refusal(
        "mask-without-cpu", "an affinity without any CPU of the device",
        {"engine.affinity": _NO_CPU},
    ),
    Refusal(
        "warmup-contradiction", "max_runs below min_runs",
        {"warmup.min_runs": 5, "warmup.max_runs": 4},
    ),
    Refusal("warmup-tolerance", "a tolerance above 1", {"warmup.tolerance": 1.5}),
    Refusal("runs-and-seconds", "both runs and seconds", {"measure.seconds": 1.0}),
    Refusal("neither-runs-nor-seconds", "neither of the two", {"measure.runs": None}),
    Refusal("no-runs", "0 inferences to measure", {"measure.runs": 0}),
    Refusal("rate-of-nothing", "a rate of 0 Hz", {"rate_hz": 0}),
    Refusal("too-many-control-runs", "more than 10,000 control runs", {"control_runs": 10_001}),
    Refusal("unknown-layout", "a layout of no meaning", {"eval": _EVAL | {"layout": "CHWN"}}),
    Refusal(
        "normalised-by-zero", "a std of 0",
        {"eval": _EVAL | {"normalise": _NORMALISE | {"std": [0.0]}}},
    ),
    Refusal(
        "raw-file-without-folder", "a raw file that cannot be created",
        {"raw_file": "no-such-folder/raw.ndjson"},
    ),
    Refusal(
        "newer-protocol", "a job of protocol 2, with fields that only it knows",
        {"protocol": 2, "cooling": "fan"}, FailureCode.PROTOCOL_MISMATCH,
    ),
    Refusal(
        "model-missing", "a variant that is not there",
        {"variant": "no-such-file.tflite"}, FailureCode.MODEL_MISSING,
    ),
    Refusal(
        "digest-mismatch", "a variant that holds something else",
        {"sha256": "0" * 64}, FailureCode.DIGEST_MISMATCH,
    ),
    Refusal(
        "accelerator-missing", "an accelerator that nobody has: never a silent fallback",
        {"engine.accelerator": "abacus"}, FailureCode.ACCELERATOR_MISSING,
    ),
    Refusal(
        "engine-missing", "an engine library that is not there",
        {"engine.library": "/no-such-folder/libLiteRt.so"}, FailureCode.ENGINE_MISSING,
    ),
)  # fmt: skip

BAD_LINES = (
    BadLine("not-json", "a line that is not JSON", lambda line: b"{" + line),
    BadLine("not-an-object", "a list", lambda line: b"[" + line.strip() + b"]\n"),
    BadLine("empty-line", "an empty line", lambda _: b"\n"),
    BadLine(
        "nan", "NaN is not a number", lambda line: changed(line, {"rate_hz": float("nan")})
    ),
    BadLine(
        "infinity", "nor is infinity",
        lambda line: changed(line, {"warmup.max_s": float("inf")}),
    ),
    BadLine("not-utf-8", "bytes that are not UTF-8", lambda line: line.replace(b"job", b"j\xff")),
    BadLine(
        "line-too-long", "a line of more than 1 MiB",
        lambda line: _padded(line, MAX_LINE_BYTES + 1),
    ),
)  # fmt: skip
