"""An Android phone that can work."""

import contextlib
import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

from labtui.adapters.android.launch import AndroidRunner, started
from labtui.adapters.android.phone import Phone
from labtui.adapters.android.push import Parcel, deliver
from labtui.adapters.android.shelf import FOLDER, raw_file, runner_path, variant_path
from labtui.adapters.android.smartsocket import Route
from labtui.adapters.android.vitals import STATE_SCRIPT, parse_state
from labtui.core.model import DeviceId, Digest
from labtui.core.protocol import Job, encode_job
from labtui.core.readings import Reading
from labtui.errors import DeviceError
from labtui.ports import LaunchRequest, OnProgress
from labtui.resources import data

_VIRTUAL_RUNNER = "/system/bin/labtui-runner"
_ABIS = ("arm64-v8a", "armeabi-v7a", "x86_64", "x86")


class AndroidDevice:
    """Implements `labtui.ports.Device`; survives that its phone comes back on another transport."""

    def __init__(self, device: DeviceId, phone: Callable[[], Phone]) -> None:
        self._id = device
        self._phone = phone
        self._variants: dict[Digest, str] = {}
        self._runners: dict[str, str] = {}
        self._launches: set[AndroidRunner] = set()
        self._work: list[Route] = []

    @property
    def id(self) -> DeviceId:
        """The identity, the same over all transports."""
        return self._id

    def works_on(self, route: Route) -> bool:
        """Whether a push or a launch is under way there, which nothing should disturb."""
        return route in self._work

    async def push(self, local: Path, digest: Digest, on_progress: OnProgress) -> bool:
        """Bring a file onto the phone; see `labtui.ports.Device.push`."""
        remote = variant_path(digest, local.suffix)
        with self._working() as phone:
            was_sent = await deliver(
                phone, Parcel(local, remote, digest), self._in_use | {remote}, on_progress
            )
        self._variants[digest] = remote
        return was_sent

    @contextlib.asynccontextmanager
    async def launch(self, request: LaunchRequest) -> AsyncIterator[AndroidRunner]:
        """Start the runner on a pushed variant; see `labtui.ports.Device.launch`."""
        with self._working() as phone:
            job = encode_job(self._job(request))
            async with started(phone, await self._runner(phone), job) as process:
                self._launches.add(process)
                try:
                    yield process
                finally:
                    self._launches.discard(process)

    async def read_state(self) -> Reading:
        """Return temperatures, status, battery and clocks in one round trip."""
        phone = self._phone()
        return parse_state((await phone.run(STATE_SCRIPT)).stdout)

    async def probe(self) -> None:
        """Return when the phone answers; raises DeviceHung or DeviceGone within 2 s."""
        await self._phone().probe()

    async def close(self) -> None:
        """Stop the runners at work."""
        for process in tuple(self._launches):
            with contextlib.suppress(DeviceError):
                await process.close()

    @contextlib.contextmanager
    def _working(self) -> Iterator[Phone]:
        phone = self._phone()
        self._work.append(phone.route)
        try:
            yield phone
        finally:
            self._work.remove(phone.route)

    @property
    def _in_use(self) -> frozenset[str]:
        return frozenset(self._variants.values()) | frozenset(self._runners.values())

    def _job(self, request: LaunchRequest) -> Job:
        remote = self._variants.get(request.digest)
        if remote is None:
            raise DeviceError(f"The variant {request.digest[:12]} is not on {self._id}: push it.")
        return Job(
            variant=remote.removeprefix(f"{FOLDER}/"),
            sha256=request.digest,
            engine=request.engine,
            seed=request.seed,
            warmup=request.warmup,
            measure=request.measure,
            rate_hz=request.rate_hz,
            control_runs=request.control_runs,
            profile_runs=request.profile_runs,
            raw_file=raw_file(request.launch),
        )

    async def _runner(self, phone: Phone) -> str:
        """Return the runner's path on the phone, after bringing it there. Raises DeviceError."""
        if phone.facts.is_virtual:
            return _VIRTUAL_RUNNER
        abi = phone.facts.abi
        if abi not in self._runners:
            self._runners[abi] = await self._install_runner(phone)
        return self._runners[abi]

    async def _install_runner(self, phone: Phone) -> str:
        local = _local_runner(phone.facts.abi)
        if local is None:
            raise DeviceError(
                f"This build of labtui has no Android runner for {phone.facts.abi or 'this ABI'}: "
                "install a release, or build runners/android."
            )
        digest = Digest(hashlib.sha256(local.read_bytes()).hexdigest())
        remote = runner_path(digest)
        parcel = Parcel(local, remote, digest, mode=0o755)
        await deliver(phone, parcel, self._in_use | {remote}, lambda _sent, _total: None)
        return remote


def _local_runner(abi: str) -> Path | None:
    """Return the runner for an ABI that a phone names; only known names become paths."""
    if abi not in _ABIS:
        return None
    runner = data("runners") / "android" / abi / "labtui-runner"
    return runner if runner.is_file() else None
