"""Redirections: which streams a command gets."""

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

from labtui.virtual.files import WritableFile
from labtui.virtual.shell.call import CommandError, FileSource
from labtui.virtual.shell.expand import Scope, expand_text
from labtui.virtual.shell.syntax import Redirect
from labtui.virtual.streams import ByteSink, Chunk, NullSink, StandardStreams

_FIELDS = {0: "stdin", 1: "stdout", 2: "stderr"}


class FileSink:
    """A file that output goes to."""

    def __init__(self, file: WritableFile) -> None:
        self._file = file

    async def write(self, data: Chunk) -> None:
        """Append bytes. Raises OSError when the storage is full."""
        self._file.write(data)


@contextlib.asynccontextmanager
async def redirected(
    redirects: tuple[Redirect, ...], streams: StandardStreams, scope: Scope
) -> AsyncIterator[StandardStreams]:
    """Yield the streams after the redirections. Raises CommandError when one cannot be."""
    with contextlib.ExitStack() as cleanup:
        for redirect in redirects:
            target = await expand_text(redirect.target, scope)
            streams = _apply(redirect, target, streams, scope, cleanup.callback)
        yield streams


def _apply(
    redirect: Redirect,
    target: str,
    streams: StandardStreams,
    scope: Scope,
    at_end: Callable[[Callable[[], None]], object],
) -> StandardStreams:
    field = _FIELDS.get(redirect.descriptor)
    if field is None:
        raise CommandError(f"{redirect.descriptor}: bad file descriptor")
    if redirect.operator.endswith("&"):
        return _duplicated(field, target, streams)
    path = scope.files.normalize(target, scope.cwd)
    try:
        if redirect.operator == "<":
            file = scope.files.open_read(path)
            at_end(file.close)
            return replace(streams, stdin=FileSource(file.read))
        sink, close = _opened(path, redirect.operator == ">>", scope)
    except OSError as error:
        verb = "open" if redirect.operator == "<" else "create"
        raise CommandError(f"can't {verb} {target}: {error.strerror}") from error
    at_end(close)
    return _with_sink(field, sink, streams)


def _opened(path: str, append: bool, scope: Scope) -> tuple[ByteSink, Callable[[], None]]:
    if path == "/dev/null":
        return NullSink(), lambda: None
    file = scope.files.open_write(path, append)
    return FileSink(file), file.close


def _duplicated(field: str, target: str, streams: StandardStreams) -> StandardStreams:
    sink = {"1": streams.stdout, "2": streams.stderr}.get(target)
    if sink is None:
        raise CommandError(f"{target}: bad file descriptor")
    return _with_sink(field, sink, streams)


def _with_sink(field: str, sink: ByteSink, streams: StandardStreams) -> StandardStreams:
    if field == "stdout":
        return replace(streams, stdout=sink)
    if field == "stderr":
        return replace(streams, stderr=sink)
    raise CommandError("0: bad file descriptor")
