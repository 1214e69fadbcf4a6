"""What labtui and a phone's worker process say to each other: one JSON object a line.

`{"id":1,"op":"push",…}` is answered by any number of `{"id":1,"progress":[done,total]}`, and then
by `{"id":1,"ok":{…}}` or `{"id":1,"error":{"code":"locked","text":"…"}}`. One request at a time.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Arguments = dict[str, Any]

MAX_LINE_BYTES = 1 << 20


class Op(StrEnum):
    """What a worker can do."""

    STATUS = "status"
    BATTERY = "battery"
    PAIR = "pair"
    UNPAIR = "unpair"
    WRITE = "write"
    SURVEY = "survey"
    REMOVE = "remove"
    RENAME = "rename"
    PUSH = "push"
    PULL = "pull"
    READ = "read"
    INSTALL = "install"
    LAUNCH = "launch"
    LOOK_FOR_IMAGE = "look_for_image"
    MOUNT_IMAGE = "mount_image"


class Cause(StrEnum):
    """Why a worker could not do it."""

    GONE = "gone"
    NOT_PAIRED = "not_paired"
    TRUST_PENDING = "trust_pending"
    DENIED = "denied"
    LOCKED = "locked"
    APP_MISSING = "app_missing"
    NO_FILE = "no_file"
    DISK_FULL = "disk_full"
    LOCAL_FILE = "local_file"
    REFUSED = "refused"
    CANNOT = "cannot"
    UNEXPECTED = "unexpected"


@dataclass(frozen=True, slots=True)
class Progress:
    """So much of a request is done."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Done:
    """A request was carried out."""

    value: Arguments


@dataclass(frozen=True, slots=True)
class Failed:
    """A request could not be carried out."""

    cause: Cause
    text: str


Message = Progress | Done | Failed


def encode_request(number: int, op: Op, arguments: Arguments) -> bytes:
    """Return a request as a line."""
    return _line({"id": number, "op": op, **arguments})


def encode_message(number: int, message: Message) -> bytes:
    """Return what a worker says to a request as a line."""
    match message:
        case Progress(done, total):
            return _line({"id": number, "progress": [done, total]})
        case Done(value):
            return _line({"id": number, "ok": value})
        case Failed(cause, text):
            return _line({"id": number, "error": {"code": cause, "text": text}})


def decode_message(line: bytes) -> tuple[int, Message]:
    """Read what a worker says: the request's number and the message. Raises ValueError."""
    try:
        record = json.loads(line)
        number = int(record["id"])
        if "progress" in record:
            done, total = record["progress"]
            return number, Progress(int(done), int(total))
        if "error" in record:
            error = record["error"]
            return number, Failed(Cause(error["code"]), str(error["text"]))
        return number, Done(dict(record["ok"]))
    except (LookupError, TypeError) as error:
        raise ValueError("not a worker's message") from error


def _line(record: dict[str, Any]) -> bytes:
    return json.dumps(record, separators=(",", ":")).encode() + b"\n"
