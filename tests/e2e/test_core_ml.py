"""Core ML variants where there is no Core ML: pushed, run and labelled like any other."""

import sys

import pytest

from tests.e2e.rig import Labtui
from tests.mil import corpus

pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="Core ML itself runs there")
SHORT = ("--runs", "5", "--launches", "1")


@pytest.mark.parametrize("where", [("--device", "host"), ("--virtual", "iphone-14-pro")])
def test_a_package_runs(labtui: Labtui, where: tuple[str, str]) -> None:
    package = corpus.package("cnn.fp16")
    before = where if where[0] == "--virtual" else ()
    after = () if before else where
    result = labtui.run(*before, "run", *after, *SHORT, package)
    assert 0 == result.returncode, result.stderr
    (launch,) = labtui.json("history", "show", "last")["launches"]
    assert "labtui-mil" == launch["engine"].split()[0]
    assert ("done", 5) == (launch["outcome"], launch["summary"]["count"])


def test_a_package_that_is_newer_than_the_phone_is_never_pushed(labtui: Labtui) -> None:
    package = corpus.package("fused_vit.fp32")
    result = labtui.run("--virtual", "iphone-14-pro", "run", *SHORT, package)
    assert 0 != result.returncode
    assert "needs iOS 18" in result.stderr
