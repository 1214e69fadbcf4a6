import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SAMPLES = Path(__file__).parents[4] / "shared" / "samples"


@pytest.fixture
def sample() -> Callable[[str], str]:
    """Read a recorded output of a real phone; skip the test where the collection is absent."""

    def read(name: str) -> str:
        if not (SAMPLES / name).is_file():
            pytest.skip("the collection of recorded outputs is not here")
        return (SAMPLES / name).read_text()

    return read


@pytest.fixture
def expected(sample: Callable[[str], str]) -> Callable[[str, str], Any]:
    """Return the hand-read truth of a recorded output, or of a whole section if none is named."""

    def truth(section: str, name: str) -> Any:
        found = json.loads(sample("EXPECTED.json"))[section]
        return found[name] if name else found

    return truth
