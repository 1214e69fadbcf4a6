"""Looks after one transport: asks the phone who it is, then whether it still answers."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from labtui.adapters.android.phone import probe
from labtui.adapters.android.roster import Tracked
from labtui.adapters.android.shell import run
from labtui.adapters.android.smartsocket import Route, Silent, SmartSocketError
from labtui.adapters.android.vitals import FACTS_SCRIPT, Vitals, parse_vitals
from labtui.core.model import DeviceState

PROBE_INTERVAL_S = 2.0
RETRY_INTERVAL_S = 0.5
PROBES_PER_REFRESH = 5
VITALS_LIMIT_S = 4.0
"""`dumpsys` of a phone that has just started takes its time."""


class Tender:
    """Keeps what is known of one connected phone fresh while nobody works with it."""

    def __init__(
        self,
        route: Route,
        tracked: Tracked,
        turns: asyncio.Semaphore,
        *,
        is_busy: Callable[[Route], bool],
        on_change: Callable[[], None],
    ) -> None:
        self.tracked = tracked
        self._route = route
        self._turns = turns
        self._is_busy = is_busy
        self._on_change = on_change

    async def run(self) -> None:
        """Work until cancelled."""
        round_number = 0
        while True:
            if self.tracked.is_hung or not self._is_busy(self._route):
                await self._check(wants_vitals=round_number % PROBES_PER_REFRESH == 0)
            is_ready = self.tracked.state is DeviceState.READY
            round_number += 1 if is_ready else 0
            await asyncio.sleep(PROBE_INTERVAL_S if is_ready else RETRY_INTERVAL_S)

    def mark_hung(self) -> None:
        """Take note that the phone did not answer somebody else; the next probe may revoke it."""
        self._update(replace(self.tracked, is_hung=True))

    async def _check(self, *, wants_vitals: bool) -> None:
        """Ask once. A closed connection says nothing: the server's list will tell."""
        vitals, is_hung = self.tracked.vitals, False
        try:
            await probe(self._route)
            if wants_vitals:
                vitals = await self._ask_vitals()
        except Silent:
            is_hung = True
        except SmartSocketError:
            is_hung = self.tracked.is_hung
        self._update(Tracked(self.tracked.entry, vitals, is_hung))

    async def _ask_vitals(self) -> Vitals | None:
        """Ask for everything; a phone that starts answers adb long before it answers `dumpsys`."""
        async with self._turns:
            try:
                answer = await run(self._route, FACTS_SCRIPT, VITALS_LIMIT_S)
            except Silent:
                return self.tracked.vitals
        return parse_vitals(answer.stdout, self.tracked.entry.serial)

    def _update(self, tracked: Tracked) -> None:
        if tracked != self.tracked:
            self.tracked = tracked
            self._on_change()
