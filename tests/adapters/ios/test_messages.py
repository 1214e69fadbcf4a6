import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.adapters.ios.messages import (
    Cause,
    Done,
    Failed,
    Message,
    Op,
    Progress,
    decode_message,
    encode_message,
    encode_request,
)

messages = st.one_of(
    st.builds(Progress, st.integers(0, 1 << 50), st.integers(0, 1 << 50)),
    st.builds(Done, st.dictionaries(st.text(), st.integers() | st.text() | st.none())),
    st.builds(Failed, st.sampled_from(Cause), st.text()),
)


@given(st.integers(0, 1 << 40), messages)
def test_messages_read_back(number: int, message: Message) -> None:
    line = encode_message(number, message)
    assert 1 == line.count(b"\n")
    assert (number, message) == decode_message(line)


def test_a_request_is_one_line() -> None:
    line = encode_request(3, Op.PUSH, {"path": "a\nb"})
    assert 1 == line.count(b"\n")
    assert {"id": 3, "op": "push", "path": "a\nb"} == json.loads(line)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"Traceback\n",
        b"{}\n",
        b"[1]\n",
        b'{"id":1}\n',
        b'{"id":1,"progress":3}\n',
        b'{"id":1,"progress":[1]}\n',
        b'{"id":1,"error":{"code":"odd","text":""}}\n',
        b'{"id":null,"ok":{}}\n',
        b"\xff\n",
    ],
)
def test_anything_else_is_a_value_error(line: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        decode_message(line)
