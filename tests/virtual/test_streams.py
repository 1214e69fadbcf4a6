import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.virtual.streams import Pipe, Reader


class Pieces:
    """A source with known pieces."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = [piece for piece in pieces if piece]

    async def read(self) -> bytes:
        return self._pieces.pop(0) if self._pieces else b""


@given(st.lists(st.binary(max_size=20)), st.data())
def test_reader_returns_exactly_what_is_asked_for(pieces: list[bytes], data: st.DataObject) -> None:
    whole = b"".join(pieces)
    first = data.draw(st.integers(0, len(whole)))

    async def read() -> list[bytes]:
        reader = Reader(Pieces(pieces))
        return [await reader.exactly(first), await reader.exactly(len(whole) - first)]

    assert [whole[:first], whole[first:]] == asyncio.run(read())


@given(st.lists(st.binary(max_size=8).map(lambda b: b.replace(b"\r", b"\n"))))
def test_lines_join_to_the_whole(pieces: list[bytes]) -> None:
    async def read() -> list[bytes]:
        return [line async for line in Reader(Pieces(pieces)).lines()]

    lines = asyncio.run(read())
    assert b"".join(pieces) == b"".join(lines)
    assert all(b"\n" not in line[:-1] for line in lines)
    assert all(line.endswith(b"\n") for line in lines[:-1])


async def test_an_early_end_is_an_error() -> None:
    with pytest.raises(EOFError):
        await Reader(Pieces([b"ab"])).exactly(3)


async def test_a_full_pipe_holds_its_writer() -> None:
    pipe = Pipe(capacity=4)
    await pipe.write(b"abcd")
    writing = asyncio.create_task(pipe.write(b"e"))
    await asyncio.sleep(0)
    assert not writing.done()
    assert b"abcd" == await pipe.read()
    await writing
    assert b"e" == await pipe.read()


async def test_an_ended_pipe_gives_what_it_has() -> None:
    pipe = Pipe()
    await pipe.write(b"a")
    await pipe.end()
    assert [b"a", b"", b""] == [await pipe.read() for _ in range(3)]


async def test_an_abandoned_pipe_breaks_its_writer() -> None:
    pipe = Pipe(capacity=1)
    await pipe.write(b"a")
    writing = asyncio.create_task(pipe.write(b"b"))
    await asyncio.sleep(0)
    await pipe.abandon()
    with pytest.raises(BrokenPipeError):
        await writing
