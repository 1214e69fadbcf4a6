import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.adapters.android import tool_output
from labtui.adapters.android.shell import PacketId
from labtui.adapters.android.tool_output import ToolOutput
from labtui.core.protocol import Log

OUT, ERR = PacketId.STDOUT, PacketId.STDERR


def test_lines_come_in_the_order_of_their_ends() -> None:
    output = ToolOutput()
    assert [] == output.feed(OUT, b"INFO: a")
    assert [Log("error", "ERROR: b")] == output.feed(ERR, b"ERROR: b\n")
    assert [Log("info", "INFO: ac"), Log("warning", "WARN: d")] == output.feed(
        OUT, b"c\r\n\nWARN: d\ncut"
    )
    assert "ERROR: b\nINFO: ac\r\n\nWARN: d\ncut" == output.text


def test_hostile_text_is_made_harmless() -> None:
    (log,) = ToolOutput().feed(OUT, b"\x1b]52;c;x\x07" + b"y" * 500 + b"\n")
    assert log.text.startswith("�]52;c;x�y")
    assert 400 == len(log.text)


def test_the_log_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool_output, "MAX_LOGGED", 3)
    logs = ToolOutput().feed(OUT, b"x\n" * 9)
    assert ["x", "x", "the tool prints more than the log shows"] == [log.text for log in logs]


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool_output, "MAX_BYTES", 6)
    output = ToolOutput()
    output.feed(OUT, b"ab\ncd\nef\n")
    assert "ab\ncd\n" == output.text


def test_a_line_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool_output, "MAX_LINE_BYTES", 4)
    output = ToolOutput()
    assert [Log("info", "abcd")] == output.feed(OUT, b"abcdef")
    assert "abcd\n" == output.text


@given(st.lists(st.binary(max_size=20)))
def test_pieces_make_no_difference(pieces: list[bytes]) -> None:
    whole, parts = ToolOutput(), ToolOutput()
    whole.feed(OUT, b"".join(pieces))
    for piece in pieces:
        parts.feed(OUT, piece)
    assert whole.text == parts.text
