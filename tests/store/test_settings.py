"""What devices were set to, as it is kept and as launches tell it."""

from collections.abc import Callable, Iterable

from labtui.core.events import BenchEvent, HygieneApplied
from labtui.core.hygiene import Kept
from labtui.core.model import DeviceId
from labtui.store import Store
from tests.store.bench_events import PHONE, SESSION, launch_ended, launch_started, session_started
from tests.store.conftest import Query

Record = Callable[[Iterable[BenchEvent]], None]
SETTINGS = (
    Kept("system/screen_brightness", "10"),
    Kept("global/window_animation_scale", "0"),
    Kept("power/fixed_performance_mode", "true", "no\x1b[2J HAL"),
)


def test_what_is_in_force_and_what_is_not_is_kept(
    store: Store, record: Record, query: Query
) -> None:
    applied = HygieneApplied(PHONE, SETTINGS)
    record([session_started(), applied, launch_started(), launch_ended([5])])
    assert [
        (SESSION, PHONE, "global/window_animation_scale", "0", ""),
        (SESSION, PHONE, "power/fixed_performance_mode", "true", "no\ufffd[2J HAL"),
        (SESSION, PHONE, "system/screen_brightness", "10", ""),
    ] == query("select * from session_setting order by name")
    (launch,) = store.history.launches()
    assert ("global/window_animation_scale=0", "system/screen_brightness=10") == launch.settings


def test_a_device_that_was_left_as_it_is_has_none(store: Store, record: Record) -> None:
    record([session_started(), HygieneApplied(PHONE, ()), launch_started(), launch_ended([5])])
    (launch,) = store.history.launches()
    assert () == launch.settings


def test_settings_of_no_session_have_no_place(record: Record, query: Query) -> None:
    record([session_started(), HygieneApplied(DeviceId("android:other"), SETTINGS)])
    assert [(0,)] == query("select count(*) from session_setting")
