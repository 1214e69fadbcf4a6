"""Looks after one phone: asks who it is, then whether it answers, listens and stays cool."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from labtui.adapters.ios import lockdown
from labtui.adapters.ios.config import IosConfig, has_library
from labtui.adapters.ios.helper import Helper, WorkerEnded, WorkerRefused, WorkerSilent
from labtui.adapters.ios.messages import Arguments, Cause, Op
from labtui.adapters.ios.phone import BUNDLE_SUFFIX, RUNNER_PORT
from labtui.adapters.ios.plists import MuxEntry
from labtui.adapters.ios.roster import OBSTACLES, Tracked
from labtui.adapters.ios.usbmux import MuxError, Refused, Silent, connect
from labtui.adapters.ios.vitals import parse_battery, parse_public, parse_status
from labtui.adapters.ios.watch import watched
from labtui.core.model import DeviceState

READY_INTERVAL_S = 2.0
WAITING_INTERVAL_S = 0.5
"""While somebody may be on the way to tap the phone."""
STATUS_S = 10.0
"""How old the answer of a phone without obstacles may become."""
RETRY_S = 2.0
"""Likewise of one that would not tell everything."""
BATTERY_S = 5.0

_NO_LIBRARY = "labtui's support for iPhones is not installed: `pip install 'labtui[ios]'`."


class Tender:
    """Keeps what is known of one attached phone fresh while nobody works with it."""

    def __init__(
        self,
        config: IosConfig,
        helper: Helper,
        tracked: Tracked,
        turns: asyncio.Semaphore,
        *,
        is_busy: Callable[[], bool],
        on_change: Callable[[], None],
    ) -> None:
        self.tracked = tracked
        self._config = config
        self._helper = helper
        self._turns = turns
        self._is_busy = is_busy
        self._on_change = on_change
        self._wake = asyncio.Event()
        self._status_due_s = self._battery_due_s = 0.0

    @property
    def entry(self) -> MuxEntry:
        """The connection in use."""
        return self.tracked.entry

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            if self.tracked.is_hung or not self._is_busy():
                await self._check()
            await self._sleep()

    def update(self, **changes: Any) -> None:
        """Take note of what somebody else has found out."""
        tracked = replace(self.tracked, **changes)
        if tracked != self.tracked:
            self.tracked = tracked
            self._on_change()

    def check_soon(self) -> None:
        """Ask the phone everything again, now."""
        self._status_due_s = self._battery_due_s = 0.0
        self._wake.set()

    async def _sleep(self) -> None:
        is_ready = self.tracked.state is DeviceState.READY
        self._wake.clear()
        try:
            async with asyncio.timeout(READY_INTERVAL_S if is_ready else WAITING_INTERVAL_S):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _check(self) -> None:
        """Ask once. A closed connection says nothing: usbmuxd will tell."""
        try:
            if self.tracked.vitals is None:
                values = await lockdown.public_values(self._config.address, self.entry.device_id)
                self.update(vitals=parse_public(values, self.entry.udid))
            is_listening = await self._is_listening()
            self.update(is_hung=False, is_listening=is_listening)
            await self._ask_worker()
        except (Silent, WorkerSilent):
            self.update(is_hung=True)
        except MuxError:
            return

    async def _is_listening(self) -> bool:
        try:
            stream = await connect(self._config.address, self.entry.device_id, RUNNER_PORT)
        except Refused:
            return False
        await stream.close()
        return True

    async def _ask_worker(self) -> None:
        if not has_library():
            self.update(fault=_NO_LIBRARY)
            return
        now_s = asyncio.get_running_loop().time()
        if now_s >= self._status_due_s:
            await self._ask_status()
            is_told = self.tracked.status is not None
            self._status_due_s = now_s + (STATUS_S if is_told else RETRY_S)
        if self.tracked.status is not None and now_s >= self._battery_due_s:
            self._battery_due_s = now_s + BATTERY_S
            await self._ask_battery()

    async def _ask_status(self) -> None:
        try:
            async with self._turns:
                answer = await self._ask(Op.STATUS, bundle_suffix=BUNDLE_SUFFIX)
        except WorkerRefused as error:
            self.take_refusal(error)
        except WorkerEnded as error:
            self.update(status=None, fault=f"pymobiledevice3 cannot work with it: {error}.")
        else:
            self.update(status=parse_status(answer), obstacle=None, fault="")

    def take_refusal(self, error: WorkerRefused) -> None:
        """Take note of why the phone would not tell: a state of it, or a fault.

        A dialog that is still open, or was denied, tells more than that there is no pairing.
        """
        obstacle = OBSTACLES.get(error.cause)
        answers = (DeviceState.TRUST_PENDING, DeviceState.DENIED)
        if error.cause is Cause.GONE:
            return
        if obstacle is None:
            self.update(status=None, fault=f"pymobiledevice3 cannot work with it: {error}.")
        elif not (obstacle is DeviceState.NOT_PAIRED and self.tracked.obstacle in answers):
            self.update(status=None, obstacle=obstacle, fault="")

    async def _ask_battery(self) -> None:
        try:
            answer = await self._ask(Op.BATTERY)
        except (WorkerEnded, WorkerRefused):
            return
        self.update(reading=parse_battery(answer, boot_ns=0))

    async def _ask(self, op: Op, **arguments: Any) -> Arguments:
        """Ask the worker, and see to it that the phone answers meanwhile."""
        return await watched(
            self._helper.ask(op, **arguments),
            lambda: lockdown.probe(self._config.address, self.entry.device_id),
        )
