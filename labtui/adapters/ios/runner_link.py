"""The lines that open a connection to the runner app, and its answers to `digest`."""

import json
from dataclasses import dataclass, field
from secrets import token_hex

from labtui.adapters.ios.messages import Op
from labtui.adapters.ios.opening import OPEN_LIMIT_S, open_runner
from labtui.adapters.ios.phone import FOLDER, Phone
from labtui.adapters.ios.usbmux import MuxStream
from labtui.core.protocol import PROTOCOL_VERSION, RunnerError, decode_event
from labtui.core.protocol.fields import ProtocolViolation, parse_object
from labtui.errors import DeviceError, RunnerFailed
from labtui.failure import FailureCode

DIGEST_S = 120.0
"""Longest a phone that still answers may read its own files."""
TOKEN_PATH = f"{FOLDER}/token"


@dataclass(frozen=True, slots=True)
class RunnerLink:
    """The way to the runner app for one who may write into its documents."""

    phone: Phone
    _token: str = field(default_factory=lambda: token_hex(32))

    async def open(self, limit_s: float = OPEN_LIMIT_S) -> MuxStream:
        """Connect and show the token; the caller closes the stream. Raises DeviceError.

        The token is written each time: the app may have been installed anew, or another host
        may have written its own.
        """
        await self.phone.ask(
            Op.WRITE, bundle_id=self.phone.bundle_id, path=TOKEN_PATH, text=self._token
        )
        stream = await open_runner(self.phone, limit_s)
        _send(stream, {"ev": "auth", "protocol": PROTOCOL_VERSION, "token": self._token})
        return stream

    async def digest(self, path: str) -> str:
        """Return the digest of a file or folder below FOLDER; empty when it is not there.

        Raises DeviceError.
        """
        stream = await self.open()
        try:
            _send(stream, {"ev": "digest", "paths": [path]})
            line = await self.phone.guarded(stream.line(DIGEST_S))
        finally:
            await stream.close()
        return self._digest_in(line, path)

    def _digest_in(self, line: bytes, path: str) -> str:
        if not line:
            raise DeviceError(
                f"The runner app on {self.phone.name} hung up: it did not accept labtui's token, "
                "or was closed. Open it again."
            )
        try:
            record = parse_object(line)
            if record.get("ev") == "error":
                raise _refusal(line)
            files = record["files"] if record.get("ev") == "digests" else []
            found = {file["path"]: file["sha256"] for file in files}
        except (ProtocolViolation, LookupError, TypeError) as error:
            raise RunnerFailed(
                FailureCode.PROTOCOL_BROKEN, "its answer about files is none; update the app."
            ) from error
        return str(found.get(path, ""))


def _send(stream: MuxStream, record: dict[str, object]) -> None:
    stream.writer.write(json.dumps(record, separators=(",", ":")).encode() + b"\n")


def _refusal(line: bytes) -> RunnerFailed:
    event = decode_event(line)
    code = event.code if isinstance(event, RunnerError) else FailureCode.INTERNAL
    detail = event.text if isinstance(event, RunnerError) else "it gives no reason."
    return RunnerFailed(code, detail)
