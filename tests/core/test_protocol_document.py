"""runners/PROTOCOL.md says what the code does, as far as words can be counted."""

import json

import pytest

from labtui.core.protocol import MAX_LINE_BYTES, PROTOCOL_VERSION
from labtui.core.protocol.codec import _CODECS
from labtui.core.protocol.events import MAX_BATCH
from labtui.core.protocol.job import _KEYS
from labtui.core.protocol.stream import MAX_STRAY_LINES
from labtui.failure import RUNNER_CODES, FailureCode
from labtui.resources import data

TEXT = (data("runners") / "PROTOCOL.md").read_text()
VECTORS = json.loads((data("runners") / "seeded_inputs.json").read_text())


@pytest.mark.parametrize("code", sorted(RUNNER_CODES))
def test_error_codes_are_described(code: FailureCode) -> None:
    assert f"| `{code.value}` |" in TEXT


@pytest.mark.parametrize("name", [name for name, *_ in _CODECS])
def test_events_are_described(name: str) -> None:
    assert f"\n`{name}` — " in TEXT


@pytest.mark.parametrize("key", sorted(_KEYS))
def test_job_fields_are_described(key: str) -> None:
    assert f"| `{key}" in TEXT


@pytest.mark.parametrize("seed", sorted(VECTORS["splitmix64"]))
def test_vectors_are_those_of_the_file(seed: str) -> None:
    first_values = (f"`{value}`" for value in VECTORS["splitmix64"][seed][:4])
    assert " ".join(first_values) in TEXT


@pytest.mark.parametrize(
    "limit",
    [
        f"# The runner protocol, version {PROTOCOL_VERSION}",
        f"at most {MAX_LINE_BYTES:,} bytes",
        f"≤ {MAX_BATCH:,}",
        f"More than {MAX_STRAY_LINES} of them",
    ],
)
def test_limits_are_those_of_the_code(limit: str) -> None:
    assert limit in TEXT
