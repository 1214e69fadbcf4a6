"""Keeps a job inside its phone: the runner is a process of the host, its paths are not."""

import os
from dataclasses import replace

from labtui.core.protocol import ProtocolViolation, decode_job, encode_job
from labtui.virtual.files import PhoneFiles


def confined_job(line: bytes, files: PhoneFiles, cwd: str) -> bytes:
    """Return the job with its phone paths as paths of the host, relative to the folder `cwd`.

    What is no job is returned as it is: the runner refuses it without opening anything.
    """
    try:
        job = decode_job(line)
    except ProtocolViolation:
        return line
    raw_file = None if job.raw_file is None else _host_path(job.raw_file, files, cwd)
    return encode_job(replace(job, variant=_host_path(job.variant, files, cwd), raw_file=raw_file))


def _host_path(path: str, files: PhoneFiles, cwd: str) -> str:
    found = files.host_path(files.normalize(path, cwd))
    return os.path.relpath(found, files.host_path(cwd))
