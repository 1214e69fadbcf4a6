"""What a phone needs besides variants: runner, engine and tools, brought there at first use."""

import asyncio
import hashlib
import posixpath
from dataclasses import dataclass
from pathlib import Path

from labtui.adapters.android.elf import ABIS, NotElf, abi_words, file_abi
from labtui.adapters.android.engines import Engine, EngineShelf, how_to_get
from labtui.adapters.android.phone import Phone
from labtui.adapters.android.push import Parcel, deliver
from labtui.adapters.android.shelf import engine_folder, runner_path
from labtui.core.model import Digest, Tool
from labtui.errors import PushFailed, RunnerFailed
from labtui.failure import FailureCode
from labtui.ports import OnProgress
from labtui.resources import data

VIRTUAL_RUNNER = "/system/bin/labtui-runner"
_EXECUTABLE = 0o755


def _ignore(_sent_bytes: int, _total_bytes: int) -> None:
    pass


class Stock:
    """What this process has brought onto one phone: none of it is removed to make room."""

    def __init__(self) -> None:
        self._paths: set[str] = set()

    async def bring(self, phone: Phone, parcel: Parcel, on_progress: OnProgress = _ignore) -> bool:
        """Push a file unless it is there; return whether it was sent. Raises DeviceError."""
        keep = frozenset(self._paths | {parcel.remote})
        was_sent = await deliver(phone, parcel, keep, on_progress)
        self._paths.add(parcel.remote)
        return was_sent


@dataclass(frozen=True, slots=True)
class Placed:
    """A file on the phone that is not a variant."""

    kind: str
    """`runner`, `engine` (what the runner opens) or `library` (what lies beside it)."""
    name: str
    path: str
    digest: Digest
    was_sent: bool
    """False when the phone had it already."""


class Installation:
    """Runner, engine and tools of one phone."""

    def __init__(self, stock: Stock, engines: EngineShelf | None) -> None:
        self._stock = stock
        self._engines = engines
        self._runner = ""
        self._library = ""
        self._tools: dict[Digest, str] = {}

    async def place(self, phone: Phone) -> tuple[Placed, ...]:
        """Bring runner and engine onto a phone. Raises RunnerFailed when either is missing here.

        A virtual phone comes with a runner: it takes the engine only.
        """
        runner = None if phone.facts.is_virtual else _runner_for(phone)
        engine = await self._engine(phone)
        placed = [] if runner is None else [await self._place_runner(phone, runner)]
        return (*placed, *(await self._place_engine(phone, engine)))

    async def runner(self, phone: Phone) -> tuple[str, str | None]:
        """Return the paths of runner and engine library there, brought if need be.

        Without an engine library the runner has its own. Raises DeviceError.
        """
        if phone.facts.is_virtual:
            return VIRTUAL_RUNNER, None
        if not self._runner or not self._library:
            await self.place(phone)
        return self._runner, self._library

    async def tool(self, phone: Phone, tool: Tool) -> str:
        """Return the path of a tool there, after bringing it. Raises DeviceError."""
        if tool.digest not in self._tools:
            _check_tool(Path(tool.path), phone)
            remote = runner_path(tool.digest)
            parcel = Parcel(Path(tool.path), remote, tool.digest, mode=_EXECUTABLE)
            await self._stock.bring(phone, parcel)
            self._tools[tool.digest] = remote
        return self._tools[tool.digest]

    def tool_path(self, digest: Digest) -> str:
        """Return where a tool lies that was brought. Raises RunnerFailed if none was."""
        if digest not in self._tools:
            raise RunnerFailed(FailureCode.RUNNER_MISSING, f"{digest[:12]} was not brought there.")
        return self._tools[digest]

    @property
    def engine_folder(self) -> str:
        """Where the engine's libraries lie; empty when none were brought."""
        return posixpath.dirname(self._library)

    async def _engine(self, phone: Phone) -> Engine:
        if self._engines is None:
            raise RunnerFailed(FailureCode.ENGINE_MISSING, how_to_get(phone.facts.abi))
        return await asyncio.to_thread(self._engines.find, phone.facts.abi)

    async def _place_runner(self, phone: Phone, local: Path) -> Placed:
        content = await asyncio.to_thread(local.read_bytes)
        digest = Digest(hashlib.sha256(content).hexdigest())
        parcel = Parcel(local, runner_path(digest), digest, mode=_EXECUTABLE)
        was_sent = await self._stock.bring(phone, parcel)
        self._runner = parcel.remote
        return Placed("runner", local.name, parcel.remote, digest, was_sent)

    async def _place_engine(self, phone: Phone, engine: Engine) -> list[Placed]:
        folder, placed = engine_folder(engine.digest), []
        for library in engine.libraries:
            name = library.path.name
            parcel = Parcel(library.path, f"{folder}/{name}", library.digest)
            was_sent = await self._stock.bring(phone, parcel)
            kind = "engine" if name == engine.main else "library"
            placed.append(Placed(kind, name, parcel.remote, library.digest, was_sent))
        self._library = f"{folder}/{engine.main}"
        return placed


def local_runner(abi: str) -> Path | None:
    """Return the runner for an ABI that a phone names; only known names become paths."""
    if abi not in ABIS:
        return None
    runner = data("runners") / "android" / abi / "labtui-runner"
    return runner if runner.is_file() else None


def _runner_for(phone: Phone) -> Path:
    local = local_runner(phone.facts.abi)
    if local is None:
        raise RunnerFailed(
            FailureCode.RUNNER_MISSING,
            f"this build of labtui has none for {phone.facts.abi or 'an unknown ABI'}: install a "
            "release, or build runners/android.",
        )
    return local


def _check_tool(local: Path, phone: Phone) -> None:
    """Raise unless a phone can execute the file; a virtual one executes scripts only."""
    try:
        with local.open("rb") as file:
            is_script = file.read(2) == b"#!"
        abi = "" if is_script else file_abi(local)
    except NotElf as error:
        raise RunnerFailed(
            FailureCode.RUNNER_WRONG_ABI, f"{local.name} is no program for Android: {error}."
        ) from error
    except OSError as error:
        raise PushFailed(f"{local} cannot be read: {error.strerror}.") from error
    if is_script and not phone.facts.is_virtual:
        raise RunnerFailed(
            FailureCode.RUNNER_WRONG_ABI, f"{local.name} is a script: name the program itself."
        )
    if not is_script and abi != phone.facts.abi:
        raise RunnerFailed(
            FailureCode.RUNNER_WRONG_ABI,
            f"{local.name} is made for {abi_words(abi)}, {phone.facts.name} is "
            f"{abi_words(phone.facts.abi)}: get the one for it.",
        )
