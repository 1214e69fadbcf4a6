"""`labtui run`: the headless twin of the screen's run."""

import argparse
import asyncio
import signal
from collections.abc import Callable, Sequence

from labtui.bench.preview import Preview, engine_words, preview
from labtui.bench.service import Bench
from labtui.cli.budgets import budget_of
from labtui.cli.compose import OpenBench, open_bench
from labtui.cli.discover import settled
from labtui.cli.eval_sets import verify_eval_sets, with_eval_sets
from labtui.cli.output import print_document, print_line, print_table, say, size
from labtui.cli.progress import progress_for
from labtui.cli.rescue import rescuing, say_what_is_left
from labtui.cli.results import print_results
from labtui.cli.resume import check_variants, devices_of, refuse_a_new_plan, rest_of
from labtui.cli.run_request import request_of
from labtui.cli.settings import Settings
from labtui.core.budget import Budget
from labtui.core.events import BenchEvent, Outcome, SessionStarted
from labtui.core.model import (
    DeviceSnapshot,
    Platform,
    SessionUid,
)
from labtui.core.plan import Plan
from labtui.core.select import select
from labtui.errors import NothingMatched

_EXIT_CODES = {Outcome.DONE: 0, Outcome.FAILED: 3, Outcome.STOPPED: 130}


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Measure, print the results, and say how it went by the exit code."""
    return asyncio.run(_run(arguments, settings))


async def _run(arguments: argparse.Namespace, settings: Settings) -> int:
    if arguments.resume is not None:
        return await _resume(arguments, settings)
    request = request_of(arguments, settings)
    async with open_bench(settings) as bench:
        planned = await request.load(bench.inspector)
        canary = await request.load_canary(bench.inspector)
        found = await settled(bench.devices)
        if bench.devices.bus.trouble:
            say(bench.devices.bus.trouble)
        devices = chosen_devices(found, request.selectors)
        plan = request.plan(planned, devices, canary)
        plan = await asyncio.to_thread(with_eval_sets, plan, request.eval_folder)
        return await _show_or_run(plan, devices, bench, arguments, settings)


async def _resume(arguments: argparse.Namespace, settings: Settings) -> int:
    refuse_a_new_plan(arguments)
    async with open_bench(settings) as bench:
        session = bench.history.find_session(arguments.resume)
        plan = rest_of(session, bench.history, arguments.tag)
        if plan is None:
            say(f"Session {session} has nothing left to do.")
            return 0
        await check_variants(plan, bench.inspector)
        await asyncio.to_thread(verify_eval_sets, plan)
        devices = devices_of(plan, await settled(bench.devices), session, bench.history)
        return await _show_or_run(plan, devices, bench, arguments, settings)


async def _show_or_run(
    plan: Plan,
    devices: tuple[DeviceSnapshot, ...],
    bench: OpenBench,
    arguments: argparse.Namespace,
    settings: Settings,
) -> int:
    if arguments.dry_run:
        return _show(preview(plan, devices), settings)
    return await _run_plan(plan, devices, bench, settings, budget_of(arguments))


async def _run_plan(
    plan: Plan,
    devices: tuple[DeviceSnapshot, ...],
    bench: OpenBench,
    settings: Settings,
    limit: Budget | None,
) -> int:
    """Run a plan with progress on stderr and results on stdout; return the exit code."""
    _say_concerns(preview(plan, devices))
    service = bench.service()
    report = Report(plan, devices, settings, on_broken_pipe=service.stop)
    async with rescuing(bench.devices, devices, say):
        _stop_on_signals(service)
        outcome = await service.run(plan, devices, report.observe)
    say_what_is_left(bench.devices, devices)
    if bench.recorder.trouble:
        say(f"warning: {bench.recorder.trouble}")
    if report.session is not None:
        print_results(bench.history, report.session, settings, limit)
    return _EXIT_CODES[outcome]


class Report:
    """Says what happens: lines of JSON on stdout if asked for, progress for people on stderr."""

    def __init__(
        self,
        plan: Plan,
        devices: tuple[DeviceSnapshot, ...],
        settings: Settings,
        on_broken_pipe: Callable[[], None],
    ) -> None:
        self._show = progress_for(plan, devices, settings)
        self._prints_json = settings.as_json
        self._on_broken_pipe = on_broken_pipe
        self.session: SessionUid | None = None

    def observe(self, event: BenchEvent) -> None:
        """Report one event; a reader that has left ends the run, and fails no device."""
        if isinstance(event, SessionStarted):
            self.session = event.session
        try:
            if self._prints_json:
                print_line(event_name(event), event=event)
            self._show(event)
        except BrokenPipeError:
            self._prints_json = False
            self._on_broken_pipe()


def event_name(event: BenchEvent) -> str:
    """Return an event's kind in JSON: `SamplesArrived` -> `samples_arrived`."""
    name = type(event).__name__
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def _stop_on_signals(service: Bench) -> None:
    """Stop cleanly on Ctrl-C, SIGTERM and a closed terminal; a second one cancels everything."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    asked: list[int] = []

    def stop() -> None:
        asked.append(1)
        if len(asked) == 1:
            service.stop()
        elif task is not None:
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop)


def chosen_devices(
    bench: tuple[DeviceSnapshot, ...], selectors: Sequence[str]
) -> tuple[DeviceSnapshot, ...]:
    """Return the devices to work on: those selected, else every phone that is ready.

    Raises NothingMatched with the cures when there is none.
    """
    if selectors:
        return select(bench, selectors)
    phones = [d for d in bench if d.platform is not Platform.HOST]
    ready = tuple(d for d in phones if d.state.can_work)
    if not ready:
        cures = " ".join(f"{d.name}: {d.cure}" for d in phones)
        raise NothingMatched(
            f"No phone is ready. {cures or 'Plug one in, or try --virtual demo or --device host.'}"
        )
    return ready


def _show(plan: Preview, settings: Settings) -> int:
    if settings.as_json:
        print_document("plan", preview=plan, push_bytes=plan.push_bytes)
        return 0
    names = [chr(ord("A") + i % 26) for i in range(len(plan.plan.variants))]
    for name, planned in zip(names, plan.plan.variants, strict=True):
        options = ", ".join(engine_words(planned.engine))
        say(f"{name} = {planned.variant.name}{options and f' ({options})'}")
    rows = [
        (d.device.name, " ".join(names[i] for i in d.order), size(d.push_bytes))
        for d in plan.devices
    ]
    print_table(("device", "order of launches", "to push"), rows, settings)
    for word in plan.passes:
        say(word)
    if plan.plan.hygiene:
        say("settings of Android phones are changed for the run, and given back after it")
    bound = "at most about" if plan.is_upper_bound else "about"
    say(f"{bound} {plan.duration_s:.0f} s; {size(plan.push_bytes)} to push at most")
    _say_concerns(plan)
    return 0


def _say_concerns(plan: Preview) -> None:
    for pair in plan.left_out:
        say(f"left out: {pair}")
    for warning in plan.warnings:
        say(f"warning: {warning}")
