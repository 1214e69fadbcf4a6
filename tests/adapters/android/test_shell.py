import shlex
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.adapters.android import shell
from labtui.adapters.android.shell import (
    Completed,
    PacketId,
    command,
    run,
    sections,
    shell_stream,
    split_sections,
)
from labtui.adapters.android.smartsocket import Address, NotAdb, Route
from labtui.virtual.bench import VirtualBench
from tests.adapters.android.fake_server import FakePhone, FakeServer


async def test_a_command_has_two_outputs_and_an_exit_code() -> None:
    async with VirtualBench(["pixel-7-pro"]) as bench:
        route = Route(Address("127.0.0.1", bench.adb_port), 1)
        done = await run(route, "echo out; echo err >&2; exit 7")
        assert done == Completed(7, b"out\n", "err\n")


async def test_a_command_reads_its_stdin_until_it_is_closed() -> None:
    async with VirtualBench(["pixel-7-pro"]) as bench:
        route = Route(Address("127.0.0.1", bench.adb_port), 1)
        async with shell_stream(route, "cat") as stream:
            await stream.write(b"one")
            assert await stream.read() == (PacketId.STDOUT, b"one")
            stream.close_stdin()
            assert await stream.read() == (PacketId.EXIT, b"\0")


async def test_a_phone_cannot_fill_the_memory(
    fake_server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shell, "MAX_OUTPUT_BYTES", 10)
    fake_server.phones[1] = FakePhone(answers={"": (0, "x" * 11, "")})
    with pytest.raises(NotAdb, match="more than 10 bytes"):
        await run(Route(fake_server.config.address, 1), "true")


async def test_a_packet_of_gigabytes_is_not_read(fake_server: FakeServer) -> None:
    fake_server.phones[1] = FakePhone(raw=struct.pack("<BI", 1, 0xFFFFFFFF))
    with pytest.raises(NotAdb, match="4294967295 bytes"):
        await run(Route(fake_server.config.address, 1), "true")


async def test_the_phone_gets_exactly_the_script(fake_server: FakeServer) -> None:
    fake_server.phones[1] = FakePhone()
    await run(Route(fake_server.config.address, 1), command("rm", "-f", "a b", "$(reboot)", "é"))
    assert fake_server.asked[-1] == "shell,v2,raw:rm -f 'a b' '$(reboot)' 'é'"


@given(st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8")), min_size=1))
def test_every_word_stays_one_argument(words: list[str]) -> None:
    assert words == shlex.split(command(*words))


def test_sections_are_separated_and_missing_ones_empty() -> None:
    assert sections(["a", "b"]) == "a; echo =====labtui=====; b"
    assert ["1\n", "2\n", ""] == split_sections("1\n=====labtui=====\n2\n", 3)
    assert ["1", "2"] == split_sections("1=====labtui=====\n2=====labtui=====\n3", 2)
