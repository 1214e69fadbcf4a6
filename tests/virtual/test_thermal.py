import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.virtual.profile import Heat, ThrottleStep, load_profile, profile_names
from labtui.virtual.thermal import HYSTERESIS_C, ThermalModel

HEAT = Heat(
    ambient_c=23.0, idle_rise_c=4.0, skin_rise_c=20.0, cpu_rise_c=25.0, skin_tau_s=40.0,
    cpu_tau_s=2.0, steps=(ThrottleStep(36.0, 1, 0.9), ThrottleStep(39.0, 2, 0.7)),
)  # fmt: skip


@pytest.fixture
def model() -> ThermalModel:
    return ThermalModel(HEAT)


def test_an_idle_phone_stays_as_it_is(model: ThermalModel) -> None:
    model.advance(10_000.0, load=0.0)
    assert 27.0 == pytest.approx(model.skin_c)
    assert (0, 1.0) == (model.status, model.clock_ratio)


def test_one_time_constant_of_work_is_63_percent_of_the_way(model: ThermalModel) -> None:
    cool = Heat(23.0, 4.0, 20.0, 25.0, 40.0, 2.0, steps=())
    model = ThermalModel(cool)
    model.advance(40.0, load=1.0)
    assert 27.0 + 20.0 * 0.632 == pytest.approx(model.skin_c, abs=0.01)


def test_work_throttles_step_by_step_and_rest_brings_it_back(model: ThermalModel) -> None:
    seen: list[tuple[int, float]] = []
    for load in (1.0, 0.0):
        for _ in range(600):
            model.advance(0.5, load)
            if not seen or seen[-1] != (model.status, model.clock_ratio):
                seen.append((model.status, model.clock_ratio))
    assert [(0, 1.0), (1, 0.9), (2, 0.7), (1, 0.9), (0, 1.0)] == [
        state for at, state in enumerate(seen) if at < 3 or at >= len(seen) - 2
    ]


def test_a_throttled_phone_settles_cooler(model: ThermalModel) -> None:
    model.advance(3_600.0, load=1.0)
    assert model.skin_c < 27.0 + HEAT.skin_rise_c
    assert model.status > 0


def test_a_step_is_left_only_below_its_hysteresis(model: ThermalModel) -> None:
    model.set_skin(36.0)
    model.set_skin(36.1 - HYSTERESIS_C)
    assert 1 == model.status
    model.set_skin(35.9 - HYSTERESIS_C)
    assert 0 == model.status


def test_the_chip_is_hotter_than_the_skin_and_faster(model: ThermalModel) -> None:
    model.advance(4.0, load=1.0)
    assert model.cpu_c > model.skin_c + 15.0


@given(st.lists(st.tuples(st.floats(0, 1_000), st.floats(0, 1)), max_size=20))
def test_temperatures_stay_within_physics(loads: list[tuple[float, float]]) -> None:
    model = ThermalModel(HEAT)
    for seconds, load in loads:
        model.advance(seconds, load)
    highest = 27.0 + HEAT.skin_rise_c
    assert 26.99 <= model.skin_c <= highest
    assert 23.0 <= model.battery_c <= highest
    assert model.cpu_c <= highest + HEAT.cpu_rise_c + 1.0


def test_a_forced_status_hides_the_models_own(model: ThermalModel) -> None:
    model.forced_status = 4
    assert (4, 1.0) == (model.status, model.clock_ratio)


@pytest.mark.parametrize("key", profile_names())
def test_every_profile_throttles_in_under_two_minutes_of_work(key: str) -> None:
    model = ThermalModel(load_profile(key).heat)
    model.advance(120.0, load=1.0)
    assert model.status >= 1
