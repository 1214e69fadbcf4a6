"""The preview counts what eval sets cost."""

from dataclasses import replace

from labtui.bench.preview import preview
from labtui.core.model import DeviceId, Platform
from tests.bench.fakes import a_plan, snapshot
from tests.eval_sets import eval_set

ONE = DeviceId("android:1")
READY = snapshot(ONE)
HOST = replace(READY, id=DeviceId("host:1"), platform=Platform.HOST)
PLAIN = a_plan([ONE, HOST.id], "ab", "quick")
SCORED = replace(
    PLAIN,
    variants=(
        replace(PLAIN.variants[0], check=0, evaluate=1),
        replace(PLAIN.variants[1], evaluate=1),
    ),
    eval_sets=(eval_set("a"), eval_set(count=5_000, name="f")),
)


def test_inputs_are_pushed_to_phones_once() -> None:
    assert 200 == preview(SCORED, [READY]).push_bytes - preview(PLAIN, [READY]).push_bytes
    assert 0 == preview(SCORED, [HOST]).push_bytes


def test_the_order_shown_is_that_of_what_is_measured() -> None:
    assert preview(PLAIN, [READY]).devices[0].order == preview(SCORED, [READY]).devices[0].order


def test_checks_and_evaluations_are_named_and_take_time() -> None:
    shown = preview(replace(SCORED, eval_items=1_000), [READY])
    assert (
        "golden check before measuring: 1 of 2 variants",
        "scored on 1,000 items of f: 2 of 2 variants",
    ) == shown.passes[-2:]
    assert shown.duration_s > preview(PLAIN, [READY]).duration_s + 2 * 1_000 * 0.02
    assert not [word for word in preview(PLAIN, [READY]).passes if "golden" in word]
