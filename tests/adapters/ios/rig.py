"""What the tests of the iOS adapter share: virtual iPhones with a scripted runner app."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from labtui.adapters.ios.bus import IosBus
from labtui.adapters.ios.config import IosConfig
from labtui.adapters.ios.phone import RUNNER_PORT
from labtui.adapters.ios.usbmux import MuxAddress
from labtui.core.digests import folder_digest
from labtui.core.model import DeviceId, DeviceSnapshot, DeviceState, Digest
from labtui.core.protocol import Hello, encode_event
from labtui.virtual.ios.apps import RUNNER_BUNDLE_ID
from labtui.virtual.ios.bench import VirtualIphones
from labtui.virtual.ios.link import Link
from labtui.virtual.ios.phone import VirtualIphone
from labtui.virtual.ios.usbmuxd import PortService

LIMIT_S = 30.0
"""Longest that anything in a test may take, on a machine that is busy."""
Bench = tuple[DeviceSnapshot, ...]

HELLO = encode_event(Hello(1, "labtui-runner", "1.0", "coreml", "1", 7, 5_000, 905_000))
END = b'{"ev":"end","t":9000,"warmup":0,"measured":0,"stopped":false}\n'


def file_digest(path: Path) -> Digest:
    return Digest(hashlib.sha256(path.read_bytes()).hexdigest())


def content_digest(path: Path) -> Digest:
    """Return the digest of a file, or of a folder as runners/PROTOCOL.md has it."""
    if path.is_file():
        return file_digest(path)
    files = (file for file in path.rglob("*") if file.is_file())
    return folder_digest({file.relative_to(path).as_posix(): file_digest(file) for file in files})


@dataclass
class RunnerApp:
    """What listens at a phone's runner port: it knows `auth` and `digest`, and plays jobs."""

    phone: VirtualIphone
    script: bytes = HELLO + END
    """What it says to a job."""
    waits_for_stop: bool = False
    spoils_digests: bool = False
    digest_answer: bytes | None = None
    """What it answers to `digest` whatever is there."""
    jobs: list[dict[str, Any]] = field(default_factory=list)
    stops: list[str] = field(default_factory=list)
    is_told_to_stop: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def inbox(self) -> Path:
        app = self.phone.device.apps.get(RUNNER_BUNDLE_ID)
        assert app is not None
        return self.phone.device.apps.container(app) / "Documents" / "labtui"

    def find(self, port: int, before: Callable[[int], PortService | None]) -> PortService | None:
        app = self.phone.device.apps.get(RUNNER_BUNDLE_ID)
        if port != RUNNER_PORT:
            return before(port)
        return self._serve if app and self.phone.device.is_listening(app) else None

    async def _serve(self, link: Link) -> None:
        lines = _Lines(link)
        auth, request = json.loads(await lines.next()), json.loads(await lines.next())
        if auth["token"] != (self.inbox / "token").read_text():
            return
        if request["ev"] == "digest":
            answer = json.dumps(self._digests(request["paths"])).encode()
            await link.write((self.digest_answer or answer) + b"\n")
            return
        self.jobs.append(request)
        await link.write(self.script)
        if self.waits_for_stop:
            await self._wait_for_stop(lines)
            await link.write(END)

    async def _wait_for_stop(self, lines: "_Lines") -> None:
        try:
            self.stops.append(json.loads(await lines.next())["ev"])
        except EOFError:
            self.stops.append("end of input")
        self.is_told_to_stop.set()

    def _digests(self, paths: list[str]) -> dict[str, object]:
        there = [path for path in paths if (self.inbox / path).exists()]
        wrong = "0" * 64
        digests = [wrong if self.spoils_digests else content_digest(self.inbox / p) for p in there]
        files = [{"path": p, "sha256": d, "bytes": 1} for p, d in zip(there, digests, strict=True)]
        return {"ev": "digests", "files": files}


class _Lines:
    def __init__(self, link: Link) -> None:
        self._link = link
        self._data = b""

    async def next(self) -> bytes:
        while b"\n" not in self._data:
            more = await self._link.read()
            if not more:
                raise EOFError
            self._data += more
        line, _, self._data = self._data.partition(b"\n")
        return line


@dataclass
class Desk:
    """A bus that sees virtual iPhones, each with a runner app."""

    bus: IosBus
    config: IosConfig
    virtual: VirtualIphones
    apps: tuple[RunnerApp, ...]

    @property
    def phone(self) -> VirtualIphone:
        return self.virtual.phones[0]

    @property
    def app(self) -> RunnerApp:
        return self.apps[0]

    @property
    def id(self) -> DeviceId:
        return DeviceId(f"ios:{self.phone.udid}")

    async def until(self, condition: Callable[[Bench], bool], limit_s: float = LIMIT_S) -> Bench:
        """Return the first bench that is as wished."""
        seen: Bench = ()
        try:
            async with asyncio.timeout(limit_s), aclosing(self.bus.watch()) as benches:
                async for seen in benches:
                    if condition(seen):
                        return seen
        except TimeoutError:
            raise AssertionError(f"last seen: {seen}, {self.bus.trouble!r}") from None
        raise AssertionError("the bus has ended")

    async def until_state(self, state: DeviceState, limit_s: float = LIMIT_S) -> DeviceSnapshot:
        """Return the first phone once it is in a state."""
        bench = await self.until(lambda b: bool(b) and b[0].state is state, limit_s)
        return bench[0]

    async def ready(self) -> DeviceSnapshot:
        """Pair the first phone and wait until it can work."""
        await self.until_state(DeviceState.NOT_PAIRED)
        await self.bus.pair(self.id)
        return await self.until_state(DeviceState.READY)


@asynccontextmanager
async def desk(tmp_path: Path, *profiles: str) -> AsyncIterator[Desk]:
    async with VirtualIphones(profiles) as virtual:
        apps = tuple(RunnerApp(phone) for phone in virtual.phones)
        for app in apps:
            find = partial(app.find, before=app.phone.find_service)
            app.phone.find_service = find  # type: ignore[method-assign]
        config = IosConfig(tmp_path / "records", MuxAddress.parse(virtual.address))
        bus = IosBus(config)
        try:
            yield Desk(bus, config, virtual, apps)
        finally:
            await bus.close()


def is_alive(pid: int) -> bool:
    """Tell whether a process is there, zombies left aside."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def make_package(path: Path, big_bytes: int = 3_000_000) -> Path:
    """Write a folder like those of Core ML."""
    data = path / "Data" / "com.apple.CoreML"
    (data / "weights").mkdir(parents=True)
    (path / "Manifest.json").write_text('{"itemInfoEntries": {}}')
    (data / "model.mlmodel").write_bytes(b"\x08\x07" * 50)
    (data / "weights" / "weight.bin").write_bytes(bytes(range(256)) * (big_bytes // 256))
    return path
