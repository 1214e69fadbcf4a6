import pytest

from labtui.core.protocol import MAX_LINE_BYTES
from labtui.virtual.ios.runner_streams import Lines
from labtui.virtual.ios.wire import WireError

AUTH, JOB, STOP = b'{"ev":"auth"}\n', b'{"ev":"job"}\n', b'{"ev":"stop"}\n'


class Pieces:
    """A source that gives one piece a read."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = list(pieces)

    async def read(self) -> bytes:
        return self._pieces.pop(0) if self._pieces else b""


async def read_all(lines: Lines) -> bytes:
    data = b""
    while more := await lines.read():
        data += more
    return data


@pytest.mark.parametrize(
    "pieces",
    [
        (AUTH, JOB, STOP, JOB),
        (AUTH + JOB + STOP + JOB,),
        (AUTH, JOB + STOP),
        (AUTH + JOB[:3], JOB[3:] + STOP[:5], STOP[5:] + JOB),
        tuple(bytes([byte]) for byte in AUTH + JOB + STOP),
        (AUTH, JOB, b' {"reason": "enough", "ev": "stop"}\r\n', JOB),
    ],
    ids=["alone", "together", "with the job", "in pieces", "byte by byte", "spelt otherwise"],
)
async def test_a_stop_is_the_end_of_the_input_however_it_arrives(pieces: tuple[bytes, ...]) -> None:
    lines = Lines(Pieces(*pieces))
    assert AUTH == await lines.next()
    assert JOB == await read_all(lines)
    assert b"" == await lines.read()


async def test_what_is_no_stop_is_passed_on() -> None:
    others = b'{"ev":"stopped"}\nnot JSON\n{"text":"{\\"ev\\":\\"stop\\"}"}\n'
    assert JOB + others == await read_all(Lines(Pieces(JOB + others[:20], others[20:])))


async def test_a_line_can_be_put_back() -> None:
    lines = Lines(Pieces(JOB, STOP))
    lines.put_back(await lines.next())
    assert JOB == await read_all(lines)


async def test_a_cut_line_is_none() -> None:
    lines = Lines(Pieces(JOB, STOP[:-1]))
    assert JOB == await read_all(lines)
    with pytest.raises(EOFError):
        await lines.next()


async def test_an_endless_line_is_refused_and_ends_the_input() -> None:
    endless = b"x" * (MAX_LINE_BYTES + 1)
    assert b"" == await Lines(Pieces(endless, JOB)).read()
    with pytest.raises(WireError):
        await Lines(Pieces(endless, JOB)).next()
