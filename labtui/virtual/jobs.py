"""Keeps a job inside its phone: the runner is a process of the host, its paths are not."""

import os
from dataclasses import replace

from labtui.core.protocol import EvalJob, Job, ProtocolViolation, decode_job, encode_job
from labtui.virtual.engine.build import EngineKind
from labtui.virtual.home import HomeFiles, ProgramHome

_NO_CPU = 1 << 62
"""A mask that every system refuses."""
_ELF_64_BIT, _ARM_64 = b"\x7fELF\x02", (183).to_bytes(2, "little")


def confined_job(line: bytes, device: ProgramHome, cwd: str) -> bytes:
    """Return the job with its phone paths as paths of the host, relative to the folder `cwd`.

    Its engine is the phone's. What is no job is returned as it is: the runner refuses it without
    opening anything.
    """
    try:
        job = decode_job(line)
    except ProtocolViolation:
        return line
    files = device.files
    confined = replace(
        job,
        variant=_host_path(job.variant, files, cwd),
        raw_file=None if job.raw_file is None else _host_path(job.raw_file, files, cwd),
        library=_library(job, device, cwd),
        engine=replace(job.engine, affinity=_host_affinity(job.engine.affinity, device)),
        eval=None if job.eval is None else _confined_eval(job.eval, files, cwd),
    )
    return encode_job(confined)


def _confined_eval(job: EvalJob, files: HomeFiles, cwd: str) -> EvalJob:
    return replace(
        job,
        inputs=_host_path(job.inputs, files, cwd),
        outputs=_host_path(job.outputs, files, cwd),
    )


def _host_path(path: str, files: HomeFiles, cwd: str) -> str:
    found = files.host_path(files.normalize(path, cwd))
    return os.path.relpath(found, files.host_path(cwd))


def _library(job: Job, device: ProgramHome, cwd: str) -> str | None:
    kind = device.faults.engine
    if kind is EngineKind.PACED and job.library is not None:
        kind = _kind_of(device.files.normalize(job.library, cwd), device.files)
    library = device.runner.library(kind)
    return None if library is None else str(library)


def _kind_of(path: str, files: HomeFiles) -> EngineKind:
    """Return what stands for a library on the phone, of which only the header is ever looked at.

    The phone is an arm64 one: the runner, a program of this computer, must not load its files.
    """
    try:
        with files.open_read(path) as file:
            header = file.read(20)
    except OSError:
        return EngineKind.MISSING
    is_arm_64 = header[:5] == _ELF_64_BIT and header[18:20] == _ARM_64
    return EngineKind.PACED if is_arm_64 else EngineKind.WRONG_ABI


def _host_affinity(mask: int | None, device: ProgramHome) -> int | None:
    """Check the mask against the phone's cores; simulated cores are not bound to real ones."""
    is_known = mask is None or mask & ((1 << device.profile.core_count) - 1)
    return None if is_known else _NO_CPU
