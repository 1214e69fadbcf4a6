"""From the first paint to the end: opens the services, follows the devices, closes everything."""

import asyncio
from contextlib import AsyncExitStack

from labtui.errors import LabtuiError
from labtui.tui.desk import Desk
from labtui.tui.running import PlanRunner
from labtui.tui.services import Services, Startup

RETRY_S = 2.0
"""How long to wait before looking for devices again after they could not be seen."""
CLOSE_LIMIT_S = 5.0
"""How long leaving waits for devices and history to close."""


class Serving:
    """Holds the services open for as long as the app lives."""

    def __init__(self, startup: Startup, desk: Desk, runner: PlanRunner) -> None:
        self._startup = startup
        self._desk = desk
        self._runner = runner
        self._leaving = asyncio.Event()

    async def serve(self) -> None:
        """Open, work until asked to leave, stop what runs, close. Raises LabtuiError."""
        async with AsyncExitStack() as stack:
            services = await stack.enter_async_context(self._startup.open())
            stack.push_async_callback(services.recorder.flush)
            stack.push_async_callback(self._runner.wind_down)
            self._desk.services = services
            await self._work(services)
            async with asyncio.timeout(CLOSE_LIMIT_S):
                await stack.aclose()

    async def _work(self, services: Services) -> None:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._watch(services)),
                group.create_task(self._inspect(services)),
            ]
            await self._leaving.wait()
            for task in tasks:
                task.cancel()

    def leave(self) -> None:
        """Ask to end."""
        self._leaving.set()

    async def _watch(self, services: Services) -> None:
        while True:
            try:
                async for devices in services.bus.watch():
                    self._desk.state.see(devices)
            except LabtuiError as error:
                self._lose_sight(str(error))
            await asyncio.sleep(RETRY_S)

    def _lose_sight(self, cause: str) -> None:
        state = self._desk.state
        if state.bench_error != cause:
            self._desk.log.add("error", "labtui", cause)
        state.see(())
        state.bench_error = cause

    async def _inspect(self, services: Services) -> None:
        shelf = self._desk.shelf
        for key, item in shelf.items.items():
            try:
                shelf.know(key, await services.inspector.inspect(item.path))
            except LabtuiError as error:
                shelf.give_up(key, str(error))
                self._desk.log.add("error", item.path.name, str(error))
