"""sha256sum and its sisters."""

import asyncio
import hashlib

from labtui.virtual.shell.call import Call, options
from labtui.virtual.streams import ByteSource

_ALGORITHMS = {"md5sum": "md5", "sha1sum": "sha1", "sha256sum": "sha256", "sha512sum": "sha512"}


async def _digest(call: Call) -> int:
    flags, operands = options(call.args, "b")

    async def show(source: ByteSource, name: str) -> None:
        digest = hashlib.new(_ALGORITHMS[call.name], usedforsecurity=False)
        while data := await source.read():
            # Large files must not keep the other phones waiting.
            await asyncio.to_thread(digest.update, data)
        await call.say(f"{digest.hexdigest()}{'' if 'b' in flags else '  ' + name}\n")

    return await call.inputs(operands, show)


COMMANDS = dict.fromkeys(_ALGORITHMS, _digest)
