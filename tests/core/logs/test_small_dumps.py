"""uevent files, tables of clocks, label_image."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.core.logs.cpu_table import parse_cpu_table
from labtui.core.logs.label_image import ScoredLabel, parse_label_image
from labtui.core.logs.uevent import parse_uevent
from labtui.core.placement import Coverage
from labtui.core.readings import Battery, ClusterClock

UEVENT = """\
NAME=battery
STATUS=Discharging
CAPACITY=71
TEMP=298
VOLTAGE_NOW=4012345
CURRENT_NOW=-350000
CHARGE_COUNTER=2100000
"""
BATTERY = Battery(71, 29.8, 4012, False, None, 2_100_000, -350_000)


@pytest.mark.parametrize("prefix", ["", "POWER_SUPPLY_"])
def test_a_uevent(prefix: str) -> None:
    text = "".join(f"{prefix}{line}\n" for line in UEVENT.splitlines())
    assert BATTERY == parse_uevent(text)


@pytest.mark.parametrize(
    ("text", "battery"),
    [
        ("CAPACITY=71\nCAPACITY=5\n", Battery(71)),
        ("CAPACITY=101\nTEMP=0\nTEMP_MAX=9\n", None),
        ("CAPACITY=71\nTEMP=29", Battery(71)),
        ("STATUS=Unknown\n", None),
        ("STATUS=Not charging\n", Battery(is_charging=False)),
        ("", None),
    ],
)
def test_what_a_uevent_does_not_say(text: str, battery: Battery | None) -> None:
    assert battery == parse_uevent(text)


def test_a_real_uevent(sample: Callable[[str], str]) -> None:
    text = sample("power_supply_uevent_pixel3a_acca35_EXCERPT.txt")
    assert parse_uevent(text) == Battery(44, 31.3, 3815, is_charging=False, current_now=976)


def test_a_table_of_clocks() -> None:
    text = "cpu0 | governor=walt | min_freq=300000 | max_freq=1800000\ncpu1 | max_freq=18"
    assert (ClusterClock("cpu0", None, 1_800_000, None),) == parse_cpu_table(text)


def test_a_real_table_of_clocks(sample: Callable[[str], str]) -> None:
    clocks = parse_cpu_table(sample("cpu_scaling_galaxy_s22_executorch11301_EXCERPT.txt"))
    limits = [1_363_200] * 4 + [1_996_800] * 3
    assert limits == [clock.limit_khz for clock in clocks]


LABEL_IMAGE = """\
INFO: Loaded model /tmp/leaf.tflite
INFO: COREML delegate created.
INFO: CoreML delegate: 60 nodes delegated out of 64 nodes, with 3 partitions.
INFO: invoked
INFO: average time: 2.5 ms
INFO: 0.75: 12 house sparrow
INFO: 1.5e-05: 3 brambling
"""


def test_label_image() -> None:
    log = parse_label_image(LABEL_IMAGE)
    assert log is not None
    assert (2_500_000, 3, Coverage.PARTIAL) == (
        log.mean_ns,
        log.placement.partitions,
        log.placement.coverage,
    )
    assert log.labels == (
        ScoredLabel(12, "house sparrow", 0.75),
        ScoredLabel(3, "brambling", 1.5e-5),
    )
    assert "coreml CoreML 60 + cpu 4" == str(log.placement)


@pytest.mark.parametrize("cut", range(len(LABEL_IMAGE)))
def test_label_image_cut_anywhere(cut: int) -> None:
    whole, log = parse_label_image(LABEL_IMAGE), parse_label_image(LABEL_IMAGE[:cut])
    assert whole is not None
    assert log is None or (log.mean_ns == whole.mean_ns and set(log.labels) <= set(whole.labels))


@given(st.text())
def test_any_text_is_parsed(text: str) -> None:
    parse_uevent("CAPACITY=" + text)
    parse_cpu_table("cpu0 | max_freq=" + text)
    parse_label_image("average time: 2.5 ms\n" + text)
