"""Inspects model files without letting them near this process."""

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path

from labtui.adapters.models.content import Content, find_content
from labtui.adapters.models.facts import FileFacts, decode_facts
from labtui.core.model import Digest, Variant
from labtui.core.protocol import ProtocolViolation
from labtui.core.text import clean
from labtui.errors import BadVariant

INSPECT_S = 60.0
_CHILD = ("-m", "labtui.adapters.models.child")
_PIPE = asyncio.subprocess.PIPE


class ChildInspector:
    """Implements `labtui.ports.ModelInspector`, one child process for each file."""

    async def inspect(self, path: Path) -> Variant:
        """Return what is known of the file. Raises BadVariant."""
        try:
            content = await asyncio.to_thread(find_content, path)
            facts = await _read_in_child(path)
            digest = await asyncio.to_thread(content.digest)
        except BadVariant as error:
            raise BadVariant(f"{clean(str(path), 300)} {error}") from error
        except (OSError, ValueError) as error:
            raise BadVariant(
                f"{clean(str(path), 300)} cannot be read: {_reason(error)}."
            ) from error
        return _variant(content, digest, facts)


def _variant(content: Content, digest: Digest, facts: FileFacts) -> Variant:
    path = content.path
    model, _, recipe = path.name.removesuffix(path.suffix).partition(".")
    return Variant(
        path=str(path),
        model=clean(model),
        recipe=clean(recipe),
        format=content.format,
        digest=digest,
        size_bytes=content.size_bytes,
        inputs=facts.inputs,
        outputs=facts.outputs,
        ops=facts.ops,
        weight_bytes=facts.weight_bytes,
        parameters=facts.parameters,
        inspection=facts.inspection,
    )


async def _read_in_child(path: Path) -> FileFacts:
    child = await asyncio.create_subprocess_exec(
        sys.executable, *_CHILD, str(path), stdin=asyncio.subprocess.DEVNULL,
        stdout=_PIPE, stderr=_PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        async with asyncio.timeout(INSPECT_S):
            stdout, stderr = await child.communicate()
    except TimeoutError as error:
        raise BadVariant(f"could not be read within {INSPECT_S:.0f} s: it is damaged.") from error
    finally:
        await _end(child)
    return _facts(child.returncode, stdout, stderr)


async def _end(child: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        child.kill()
    await child.wait()


def _facts(exit_code: int | None, stdout: bytes, stderr: bytes) -> FileFacts:
    if exit_code == 1 and (words := stderr.decode(errors="replace").strip().splitlines()):
        raise BadVariant(clean(words[-1], 300))
    if exit_code != 0:
        raise BadVariant("cannot be read, its reader crashed on it: it is damaged.")
    try:
        return decode_facts(stdout)
    except ProtocolViolation as error:
        raise BadVariant("is damaged: it contradicts itself.") from error


def _reason(error: OSError | ValueError) -> str:
    code = error.errno if isinstance(error, OSError) else None
    return os.strerror(code) if code else clean(str(error))
