"""The runner app: on each connection one request of a host that knows the token."""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labtui.core.protocol import PROTOCOL_VERSION, ProtocolViolation, RunnerError, encode_event
from labtui.core.protocol.fields import parse_object
from labtui.failure import FailureCode
from labtui.hostrunner.content import is_package
from labtui.virtual.ios.apps import App
from labtui.virtual.ios.device import Iphone
from labtui.virtual.ios.files import SandboxFolder
from labtui.virtual.ios.inbox import FOLDER, LeavesInbox, digests, is_token
from labtui.virtual.ios.link import Link
from labtui.virtual.ios.profile import IphoneProfile
from labtui.virtual.ios.runner_streams import EventSink, Lines
from labtui.virtual.power import Power
from labtui.virtual.processes import ProcessTable
from labtui.virtual.program_faults import ProgramFaults
from labtui.virtual.programs import run_program
from labtui.virtual.runners import PhoneRunner, ReferenceRunner
from labtui.virtual.streams import NullSink, StandardStreams

AUTH_S = 5.0
"""How long a connection may take to say the token."""
_MAX_PATHS = 1000


async def serve_runner_app(phone: Iphone, app: App, link: Link) -> None:
    """Carry out one request as runners/PROTOCOL.md has it. Raises EOFError, WireError, OSError.

    The connection ends without an answer for anybody who does not know the token.
    """
    inbox = SandboxFolder(phone.apps.container(app) / FOLDER, phone.storage)
    lines = Lines(link)
    async with asyncio.timeout(AUTH_S):  # its TimeoutError is an OSError
        auth = _record(await lines.next())
    if auth.get("ev") != "auth" or not is_token(auth.get("token"), inbox):
        return
    if auth.get("protocol") != PROTOCOL_VERSION:
        text = f"this app speaks protocol {PROTOCOL_VERSION}: update the older side"
        await link.write(_error(FailureCode.PROTOCOL_MISMATCH, text))
        return
    await _answer(phone, inbox, lines, link)


async def _answer(phone: Iphone, inbox: SandboxFolder, lines: Lines, link: Link) -> None:
    line = await lines.next()
    request = _record(line)
    if request.get("ev") == "digest":
        await link.write(await asyncio.to_thread(_digests, request.get("paths"), inbox))
    elif phone.processes.programs():
        await link.write(_error(FailureCode.RUN_FAILED, "another job is running: wait for its end"))
    else:
        lines.put_back(line)
        events = EventSink(phone, link)
        streams = StandardStreams(lines, events, NullSink())
        home = _home(phone, inbox, _runner(line, phone.place.runner))
        await run_program(home, "/", (), streams)
        await events.end()


def _record(line: bytes) -> dict[str, Any]:
    try:
        return parse_object(line)
    except ProtocolViolation:
        return {}


def _digests(paths: object, inbox: SandboxFolder) -> bytes:
    if not isinstance(paths, list) or len(paths) > _MAX_PATHS:
        return _error(FailureCode.BAD_JOB, f"paths is no list of at most {_MAX_PATHS}")
    try:
        files = digests([str(path) for path in paths], inbox)
    except LeavesInbox as error:
        return _error(FailureCode.BAD_JOB, f"the path {error} does not lie in {FOLDER}")
    return json.dumps({"ev": "digests", "files": files}, separators=(",", ":")).encode() + b"\n"


def _error(code: FailureCode, text: str) -> bytes:
    return encode_event(RunnerError(code, text))


@dataclass(frozen=True, slots=True)
class _RunnerHome:
    """A `labtui.virtual.home.ProgramHome`: of the phone's files a runner sees its inbox."""

    profile: IphoneProfile
    folder: Path
    lifeline_fd: int
    runner: PhoneRunner
    power: Power
    files: SandboxFolder
    processes: ProcessTable
    faults: ProgramFaults


def _runner(job: bytes, usual: PhoneRunner) -> PhoneRunner:
    """Return what carries out a job: the native runner has no engine for Core ML variants."""
    if is_package(Path(str(_record(job).get("variant")))):
        return ReferenceRunner("Core ML variants run in Python")
    return usual


def _home(phone: Iphone, inbox: SandboxFolder, runner: PhoneRunner) -> _RunnerHome:
    place = phone.place
    return _RunnerHome(
        profile=place.profile,
        folder=place.folder,
        lifeline_fd=place.lifeline_fd,
        runner=runner,
        power=phone.power,
        files=inbox,
        processes=phone.processes,
        faults=phone.faults,
    )
