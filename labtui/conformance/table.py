"""The table of checks. A new rule of the protocol is one entry here."""

from labtui.conformance import (
    after_checks,
    engine_checks,
    eval_checks,
    input_checks,
    model_checks,
    phase_checks,
    stop_checks,
    stream_checks,
)
from labtui.conformance.check import Check
from labtui.conformance.child import RunnerChild
from labtui.conformance.eval_checks import BAD_SETS
from labtui.conformance.refusal_table import BAD_LINES, REFUSED_JOBS
from labtui.core.protocol import WarmUp

_STREAM = (
    Check("starts", "a good launch ends with end and exit code 0", stream_checks.exit_code),
    Check("stream", "a host finds nothing to end a good launch for", stream_checks.stream),
    Check("stdout", "nothing but events is on stdout", stream_checks.only_events),
    Check("hello", "hello names runner, engine, process and clocks", stream_checks.hello),
    Check("order", "events come in order, and only those asked for", stream_checks.order),
    Check("indices", "samples follow each other without gap or overlap", stream_checks.indices),
    Check("counts", "end counts the samples that were sent", stream_checks.counts),
    Check("times", "times never run backwards or leave the launch", stream_checks.times),
    Check("clock", "times are nanoseconds of a clock that runs", stream_checks.clock),
    Check("batches", "no sample waits longer than 100 ms in its batch", stream_checks.batches),
    Check("punctual", "samples arrive while measuring goes on", stream_checks.punctual),
)
_INPUTS = (
    Check("seeded-floats", "float inputs are those of the seed", input_checks.seeds),
    Check("seeded-types", "so are inputs of all usual types, in order", input_checks.common_types),
    Check("seeded-rare-types", "and of unusual ones", input_checks.rare_types),
    Check("dequantised", "heads are real values, digests raw bytes", input_checks.dequantised),
)
_WARMUPS = (
    ("none", "min_runs 0 means no warm-up", WarmUp(0, 0)),
    ("fixed", "min_runs = max_runs is a count that no time cuts short", WarmUp(7, 7, 0.0)),
    ("steady", "two windows whose medians agree end it", WarmUp(4, 1_000, 60.0, 0.5)),
    ("max-runs", "it ends with max_runs at the latest", WarmUp(5, 23, 60.0, 0.0)),
    ("max-s", "it ends once max_s has passed", WarmUp(3, 10_000_000, 0.3, 0.0)),
    ("min-s", "it is not called steady before min_s", WarmUp(6, 10_000_000, 9.0, 1.0, 0.3)),
)
_PHASES = (
    *(
        Check(f"warmup-{name}", text, phase_checks.warmup_check(rule))
        for name, text, rule in _WARMUPS
    ),
    Check("measure-runs", "as many are measured as asked for", phase_checks.by_runs),
    Check("measure-seconds", "measuring lasts as long as asked for", phase_checks.by_time),
    Check("rate", "inferences start when they are due", phase_checks.on_time),
    Check("alive", "there is no silence of two seconds", phase_checks.never_silent),
)
_ENGINE = (
    Check("placement", "placement answers what was asked", engine_checks.placement),
    Check("threads", "four threads work", engine_checks.more_threads),
    Check("xnnpack-off", "XNNPACK can be turned off", engine_checks.without_xnnpack),
    Check("affinity", "all threads keep to the CPUs of the job", engine_checks.affinity),
)
_AFTER = (
    Check("raw-file", "the raw file holds the same lines", after_checks.raw_file),
    Check("control", "a control run follows the samples", after_checks.control),
    Check("profile", "a profiling pass follows the samples", after_checks.profile),
    Check("eval-floats", "floats of an eval set go in as they are", eval_checks.floats),
    Check("eval-whole", "so do whole numbers", eval_checks.as_they_are),
    Check("eval-nhwc", "NHWC normalises the last axis", eval_checks.normalised_last),
    Check("eval-nchw", "NCHW the second; items limits them", eval_checks.normalised_second),
    Check("eval-quantised", "quantising rounds half to even, clamped", eval_checks.quantised),
)
_EOF = RunnerChild.close_stdin
_STOPS = (
    Check("stop-eof", "the end of stdin ends a launch", stop_checks.stop_check(_EOF)),
    Check("stop-eof-warmup", "it does so in the warm-up", stop_checks.in_warmup(_EOF)),
    Check("stop-eof-pause", "and while an inference is not yet due", stop_checks.in_pause(_EOF)),
    Check("stop-eof-early", "and right behind the job", stop_checks.input_ended_at_once),
    *(
        Check(
            f"stop-{number.name.lower()}", f"{number.name} ends a launch",
            stop_checks.stop_check(stop_checks.signalling(number)),
        )
        for number in stop_checks.SIGNALS
    ),
    Check("stop-reader", "a reader of stdout that leaves ends a launch", stop_checks.reader_gone),
    Check("killed", "the raw file keeps what was sent before a crash", stop_checks.killed),
    Check("slow-reader", "a slow reader slows no inference down", stop_checks.slow_reader),
    Check("no-job", "without a whole job there is bad_job", stop_checks.no_job),
    Check("job-in-pieces", "a job may come in pieces", stop_checks.job_in_pieces),
)  # fmt: skip
_BROKEN_MODELS = (
    ("no-model", "text that is no model", lambda _: b"not a model"),
    ("empty-model", "an empty file", lambda _: b""),
    ("cut-model", "half a model", lambda content: content[: len(content) // 2]),
    ("zero-model", "a file of zeros", lambda content: bytes(len(content))),
)
_MODELS = (
    *(
        Check(f"refuses-{name}", f"{text}: model_refused", model_checks.broken_model(name, make))
        for name, text, make in _BROKEN_MODELS
    ),
    Check(
        "refuses-unknown-op", "an op that no engine has: op_unsupported", model_checks.unknown_op
    ),
)
_REFUSALS = (
    *(
        Check(f"refuses-{bad.name}", f"{bad.text}: {bad.code}", bad.look)
        for bad in (*REFUSED_JOBS, *BAD_LINES)
    ),
    *_MODELS,
    *(Check(f"refuses-set-{bad.name}", f"{bad.text}: bad_eval", bad.look) for bad in BAD_SETS),
    Check(
        "refuses-set-missing", "an eval set that is not there: bad_eval", eval_checks.missing_set
    ),
    Check(
        "refuses-set-digest", "one that holds something else: bad_eval", eval_checks.wrong_digest
    ),
)

CHECKS: tuple[Check, ...] = (
    *_STREAM, *_INPUTS, *_PHASES, *_ENGINE, *_AFTER, *_STOPS, *_REFUSALS,
)  # fmt: skip
