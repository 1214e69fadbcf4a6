"""One phone as the work on it sees it: the way to it, its limits, and its failures in words."""

import contextlib
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from labtui.adapters.ios import lockdown
from labtui.adapters.ios.config import IosConfig
from labtui.adapters.ios.helper import (
    ANSWER_S,
    Helper,
    OnProgress,
    WorkerError,
    WorkerRefused,
    WorkerSilent,
)
from labtui.adapters.ios.messages import Arguments, Cause, Op
from labtui.adapters.ios.roster import OBSTACLES, Tracked
from labtui.adapters.ios.usbmux import MuxError, Silent, Unreachable
from labtui.adapters.ios.watch import watched
from labtui.errors import DeviceError, DeviceFull, DeviceGone, DeviceHung, PushFailed, RunnerFailed
from labtui.failure import FailureCode

RUNNER_PORT = 27150
FOLDER = "/Documents/labtui"
BUNDLE_SUFFIX = ".labtui.runner"
"""Every team signs the app under an id of its own that ends so."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone that could work a moment ago."""

    config: IosConfig
    tracked: Tracked
    helper: Helper
    is_attached: Callable[[], bool]
    on_hung: Callable[[], None] = lambda: None
    """Called when it turns out that the phone does not answer."""
    on_listening: Callable[[bool], None] = lambda _is_listening: None
    """Called with whether the runner app's port was found open."""

    @property
    def name(self) -> str:
        """What to call it in a sentence."""
        return self.tracked.name

    @property
    def bundle_id(self) -> str:
        """The runner app's own id. Raises RunnerFailed when it is not installed."""
        status = self.tracked.status
        if status is None or not status.bundle_id:
            raise RunnerFailed(
                FailureCode.RUNNER_MISSING,
                f"install the runner app on {self.name} (see runners/ios).",
            )
        return status.bundle_id

    async def probe(self) -> None:
        """Return when the phone answers. Raises DeviceHung or DeviceGone within 2 s or so."""
        with self.speaking():
            await lockdown.probe(self.config.address, self.tracked.entry.device_id)

    async def ask(self, op: Op, limit_s: float = ANSWER_S, **arguments: object) -> Arguments:
        """Have the worker do something short. Raises DeviceError."""
        return await self.guarded(self.helper.ask(op, limit_s, **arguments))

    async def follow(self, op: Op, on_progress: OnProgress, **arguments: object) -> Arguments:
        """Have the worker do something long; a phone that hangs meanwhile is given up in 5 s.

        Raises DeviceError.
        """
        moved = 0

        def report(done: int, total: int) -> None:
            nonlocal moved
            moved += 1
            on_progress(done, total)

        return await self.guarded(self.helper.follow(op, report, **arguments), lambda: moved)

    async def guarded(
        self, work: Coroutine[Any, Any, _T], progress: Callable[[], int] = lambda: 0
    ) -> _T:
        """Do work with the phone; raises DeviceHung within a few seconds of silence.

        Raises DeviceGone and other DeviceErrors too.
        """
        with self.speaking():
            return await watched(work, self.probe, progress)

    @contextlib.contextmanager
    def speaking(self) -> Iterator[None]:
        """Say what went wrong on the way to the phone in a user's words."""
        try:
            yield
        except (Silent, WorkerSilent) as error:
            self.on_hung()
            raise DeviceHung(
                f"{self.name} has stopped answering: unlock it, replug its cable, or restart it."
            ) from error
        except WorkerRefused as error:
            raise self._refusal(error) from error
        except Unreachable as error:
            raise DeviceGone(f"{self.name} cannot be reached: {error}.") from error
        except MuxError as error:
            raise self._gone() from error
        except WorkerError as error:
            if not self.is_attached():
                raise self._gone() from error
            raise DeviceError(f"{self.name} cannot be worked with: {error}.") from error

    def _gone(self) -> DeviceGone:
        return DeviceGone(
            f"{self.name} has left the bench (its cable, a restart, or usbmuxd): plug it in again."
        )

    def _refusal(self, error: WorkerRefused) -> DeviceError:
        if error.cause is Cause.GONE:
            return self._gone()
        if error.cause in OBSTACLES:
            tracked = Tracked(
                self.tracked.entries, self.tracked.vitals, obstacle=OBSTACLES[error.cause]
            )
            return DeviceError(f"{self.name} is {tracked.state}. {tracked.cure}")
        if error.cause is Cause.DISK_FULL:
            return DeviceFull(f"{self.name} has no room left: delete something on the phone.")
        if error.cause is Cause.LOCAL_FILE:
            return PushFailed(f"{error}.")
        if error.cause is Cause.APP_MISSING:
            return RunnerFailed(FailureCode.RUNNER_MISSING, f"install it on {self.name} again.")
        return DeviceError(f"{self.name} refused: {error}.")
