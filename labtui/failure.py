"""Why a launch or a device could not go on: one vocabulary for runner, history, screen and JSON."""

from enum import StrEnum


class FailureCode(StrEnum):
    """A named cause. The first ones are said by runners, the rest is found out by the bench."""

    BAD_JOB = "bad_job"
    PROTOCOL_MISMATCH = "protocol_mismatch"
    MODEL_MISSING = "model_missing"
    DIGEST_MISMATCH = "digest_mismatch"
    MODEL_REFUSED = "model_refused"
    OP_UNSUPPORTED = "op_unsupported"
    ENGINE_MISSING = "engine_missing"
    ENGINE_WRONG_ABI = "engine_wrong_abi"
    ENGINE_TOO_OLD = "engine_too_old"
    ACCELERATOR_MISSING = "accelerator_missing"
    OUT_OF_MEMORY = "out_of_memory"
    RUN_FAILED = "run_failed"
    BAD_EVAL = "bad_eval"
    DISK_FULL = "disk_full"
    INTERNAL = "internal"

    RUNNER_MISSING = "runner_missing"
    RUNNER_WRONG_ABI = "runner_wrong_abi"
    RUNNER_KILLED = "runner_killed"
    RUNNER_CRASHED = "runner_crashed"
    RUNNER_HUNG = "runner_hung"
    RUNNER_STOPPED = "runner_stopped"
    PROTOCOL_BROKEN = "protocol_broken"
    PUSH_FAILED = "push_failed"
    DEVICE_GONE = "device_gone"
    DEVICE_HUNG = "device_hung"
    DEVICE_BUSY = "device_busy"
    DEVICE_FAILED = "device_failed"
    LOG_CUT = "log_cut"

    @property
    def sentence(self) -> str:
        """What happened, without its details and without a full stop."""
        return _SENTENCES[self]


RUNNER_CODES = (
    frozenset(FailureCode)
    - {code for code in FailureCode if code.startswith(("runner_", "device_", "push_"))}
    - {FailureCode.PROTOCOL_BROKEN, FailureCode.LOG_CUT}
)
"""What a runner may say in its `error` event."""

_SENTENCES = {
    FailureCode.BAD_JOB: "The runner did not understand its job",
    FailureCode.PROTOCOL_MISMATCH: "Runner and labtui speak different protocol versions",
    FailureCode.MODEL_MISSING: "The variant is not on the device",
    FailureCode.DIGEST_MISMATCH: "The variant on the device is not the one that was pushed",
    FailureCode.MODEL_REFUSED: "The engine refused the variant",
    FailureCode.OP_UNSUPPORTED: "The engine lacks an op of the variant",
    FailureCode.ENGINE_MISSING: "The engine is missing on the device",
    FailureCode.ENGINE_WRONG_ABI: "The engine is not made for this device",
    FailureCode.ENGINE_TOO_OLD: "The engine on the device is too old",
    FailureCode.ACCELERATOR_MISSING: "The accelerator asked for did not take the variant",
    FailureCode.OUT_OF_MEMORY: "The device ran out of memory",
    FailureCode.RUN_FAILED: "Inference failed",
    FailureCode.BAD_EVAL: "The eval set does not fit",
    FailureCode.DISK_FULL: "The device's storage is full",
    FailureCode.INTERNAL: "The runner failed",
    FailureCode.RUNNER_MISSING: "There is no runner for this device",
    FailureCode.RUNNER_WRONG_ABI: "The runner is not made for this device",
    FailureCode.RUNNER_KILLED: "The runner was killed on the device",
    FailureCode.RUNNER_CRASHED: "The runner crashed",
    FailureCode.RUNNER_HUNG: "The runner hangs",
    FailureCode.RUNNER_STOPPED: "The runner was told to stop by somebody else",
    FailureCode.PROTOCOL_BROKEN: "The runner broke its protocol",
    FailureCode.PUSH_FAILED: "A file did not arrive on the device",
    FailureCode.DEVICE_GONE: "The device left",
    FailureCode.DEVICE_HUNG: "The device does not answer",
    FailureCode.DEVICE_BUSY: "Another labtui holds the device",
    FailureCode.DEVICE_FAILED: "The device cannot go on",
    FailureCode.LOG_CUT: "The imported log ends before the run does",
}
