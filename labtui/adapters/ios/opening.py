"""Getting to the runner app: it listens, or it can be started, or somebody has to tap it."""

import asyncio
from dataclasses import dataclass

from labtui.adapters.ios.helper import WorkerRefused
from labtui.adapters.ios.messages import Cause, Op
from labtui.adapters.ios.phone import RUNNER_PORT, Phone
from labtui.adapters.ios.usbmux import MuxStream, Refused, connect
from labtui.errors import DeviceError

OPEN_LIMIT_S = 120.0
"""How long somebody who was asked to open the runner app is waited for."""
OPEN_POLL_S = 0.5
CLIMB_AGAIN_S = 5.0


async def open_runner(phone: Phone, limit_s: float = OPEN_LIMIT_S) -> MuxStream:
    """Connect to the runner app, waiting until it is open; the caller closes the stream.

    Raises DeviceError with what to do when it does not open.
    """
    deadline_s = asyncio.get_running_loop().time() + limit_s
    ladder = _Ladder(phone)
    while (stream := await _try_runner(phone)) is None:
        if await ladder.climb():
            continue
        if asyncio.get_running_loop().time() >= deadline_s:
            raise DeviceError(
                f"The runner app on {phone.name} is not open: tap labtui runner on the phone, keep "
                f"it in front, and start again{ladder.why_not}."
            )
        await asyncio.sleep(OPEN_POLL_S)
    return stream


@dataclass(slots=True)
class _Ladder:
    """Tries now and then to start the app from here: a locked phone may be unlocked meanwhile."""

    phone: Phone
    why_not: str = ""
    """Why somebody has to tap it, to be appended to a sentence."""
    _again_s: float = 0.0

    async def climb(self) -> bool:
        """Start the app if this phone lets us; tell whether it was started. Raises DeviceError."""
        clock = asyncio.get_running_loop().time
        if clock() < self._again_s:
            return False
        try:
            await self.phone.ask(Op.LAUNCH, bundle_id=self.phone.bundle_id)
        except DeviceError as error:
            refusal = error.__cause__
            if not isinstance(refusal, WorkerRefused) or refusal.cause is not Cause.CANNOT:
                raise
            self.why_not = f" ({refusal})"
            return False
        finally:
            self._again_s = clock() + CLIMB_AGAIN_S
        return True


async def _try_runner(phone: Phone) -> MuxStream | None:
    """Return a connection to the runner app; None while it is not open. Raises DeviceError."""
    with phone.speaking():
        try:
            stream = await connect(phone.config.address, phone.tracked.entry.device_id, RUNNER_PORT)
        except Refused:
            if not phone.is_attached():
                raise
            phone.on_listening(False)
            return None
    phone.on_listening(True)
    return stream
