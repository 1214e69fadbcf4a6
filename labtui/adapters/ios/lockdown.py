"""What any host may ask a phone, paired or not: whether it answers, and what it is."""

from labtui.adapters.ios.plists import (
    LENGTH,
    Record,
    decode_plist,
    frame_lockdown,
    lockdown_body_bytes,
)
from labtui.adapters.ios.usbmux import ANSWER_S, MuxAddress, connect, translated

LOCKDOWN_PORT = 62078


async def probe(address: MuxAddress, device_id: int) -> None:
    """Return when the phone answers. Raises MuxError."""
    await _ask(address, device_id, {"Request": "QueryType"})


async def public_values(address: MuxAddress, device_id: int) -> Record:
    """Return the values that a phone shows to everybody. Raises MuxError."""
    values = (await _ask(address, device_id, {"Request": "GetValue"})).get("Value")
    return values if isinstance(values, dict) else {}


async def _ask(address: MuxAddress, device_id: int, request: Record) -> Record:
    async with (
        await connect(address, device_id, LOCKDOWN_PORT) as stream,
        translated(ANSWER_S, "asking the phone"),
    ):
        stream.writer.write(frame_lockdown({"Label": "labtui", **request}))
        header = await stream.reader.readexactly(LENGTH.size)
        return decode_plist(await stream.reader.readexactly(lockdown_body_bytes(header)))
