"""Golden pictures of the chart, and what makes it repaint."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labtui.plot import (
    ASCII,
    BLOCK,
    BRAILLE,
    Chart,
    Glyphs,
    Ink,
    Pen,
    Probe,
    Run,
    Trace,
    crossed,
    text,
)
from labtui.plot.chart import rows_for

START_S = 1000.0


def two_launches() -> Trace:
    """A launch of 10 ms with one outlier, then one of 5 ms that throttles; 20 s in all."""
    trace = Trace()
    for stroke, (start_s, base_ms, label) in enumerate([(0, 10.0, "fp32"), (10, 5.0, "full8")]):
        trace.start_stroke(START_S + start_s, label, stroke)
        for tick in range(80):
            t_s = START_S + start_s + 1 + tick * 0.1
            slow = 1.4 if stroke and tick > 50 else 1.0
            spike = 1.5 if tick == 30 else 1.0
            trace.add(t_s, base_ms * slow * spike, stroke + 1, stroke)
    for second in range(20):
        trace.add_heat(START_S + second, 30.0 + second / 2, second > 16)
    return trace


def picture(trace: Trace, glyphs: Glyphs, width: int, height: int, now_s: float) -> list[str]:
    chart = Chart(trace, glyphs)
    chart.configure(width, height, 20.0)
    chart.draw(now_s)
    return [text(line) for line in chart.lines]


GOLDEN = {
    BRAILLE: """\
   ms   │fp32               │full8        ▲▲▲▲▲▲▲
   15┤  ┊      ⠈            ┊
        ┊                   ┊
        ┊                   ┊
        ┊      ⢸⡆           ┊
   10┤  ┊⠐⠒⠒⠒⠒⠒⠊⠓⠒⠒⠒⠒⠒⠒⠒⠒⠒  ┊
        ┊                   ┊
        ┊                   ┊      ⠠
        ┊                   ┊           ⡏⠉⠉⠉⠉⠉   ◂7.00
    5┤  ┊                   ┊⢀⣀⣀⣀⣀⣀⡸⣆⣀⣀⣀⠇
   °C┤  ▃▃▃▃▃▃▃▃▃▃▄▄▄▄▄▄▄▄▄▄▅▅▅▅▅▅▅▅▅▅▆▆▆▆▆▆▆▆▆▆▆ 39.5
      -20s                -10s                now
""",
    BLOCK: """\
   ms   │fp32               │full8        ▲▲▲▲▲▲▲
   15┤  ┊      ▝            ┊
        ┊                   ┊
        ┊                   ┊
        ┊      ▐▖           ┊
   10┤  ┊▗▄▄▄▄▄▞▙▄▄▄▄▄▄▄▄▄  ┊
        ┊                   ┊
        ┊                   ┊      ▗
        ┊                   ┊           ▛▀▀▀▀▀   ◂7.00
    5┤  ┊                   ┊▗▄▄▄▄▄▞▄▄▄▄▘
   °C┤  ▃▃▃▃▃▃▃▃▃▃▄▄▄▄▄▄▄▄▄▄▅▅▅▅▅▅▅▅▅▅▆▆▆▆▆▆▆▆▆▆▆ 39.5
      -20s                -10s                now
""",
    ASCII: """\
   ms p32                 |full8         ^^^^^^^^
   12+       ^            |
             :.           |
   10+''''''' ''''''''''  |
                          |
    8+                    |
                          |        '   ........  <7.00
    6+                    |             :
                          | .......'...'
    4+                    |
   °C+---------~~~~~~~~~~~===========++++++++++++ 39.5
                        -10s                  now
""",
}


@pytest.mark.parametrize("glyphs", GOLDEN, ids=lambda glyphs: glyphs.name)
def test_golden_picture(glyphs: Glyphs) -> None:
    drawn = picture(two_launches(), glyphs, 56, 12, START_S + 20)
    assert GOLDEN[glyphs].splitlines() == [line.rstrip() for line in drawn]


@pytest.mark.parametrize("glyphs", [BRAILLE, BLOCK, ASCII], ids=lambda glyphs: glyphs.name)
@given(
    width=st.integers(1, 160),
    height=st.integers(1, 40),
    window_s=st.sampled_from([15.0, 60.0, 600.0]),
    values=st.lists(st.floats(0, 1e7, allow_nan=False), max_size=60),
    step_s=st.sampled_from([0.001, 0.1, 3.0]),
)
@settings(max_examples=40, deadline=None)
def test_every_line_has_the_width_of_the_frame(
    glyphs: Glyphs, *, width: int, height: int, window_s: float, values: list[float], step_s: float
) -> None:
    trace = Trace()
    for number, value in enumerate(values):
        trace.add(START_S + number * step_s, value, 1 + number // 20, number // 20)
    chart = Chart(trace, glyphs)
    chart.configure(width, height, window_s)
    chart.draw(START_S + len(values) * step_s)
    assert {max(width, 14)} == {len(text(line)) for line in chart.lines}
    assert max(1, height) == len(chart.lines)


def test_drawing_twice_changes_nothing() -> None:
    chart = Chart(two_launches(), BRAILLE)
    chart.configure(80, 12, 20.0)
    assert list(range(12)) == chart.draw(START_S + 20)
    assert [] == chart.draw(START_S + 20)


def test_a_sample_like_those_before_repaints_few_lines() -> None:
    trace = Trace()
    for tick in range(100):
        trace.add(START_S + tick * 0.1, 10.0, 1, 0)
    chart = Chart(trace, BRAILLE)
    chart.configure(80, 12, 60.0)
    chart.draw(START_S + 10)
    trace.add(START_S + 10.01, 10.0, 1, 0)
    assert len(chart.draw(START_S + 10.02)) <= 2


def test_drawing_step_by_step_gives_the_same_picture_as_at_once() -> None:
    trace, whole = Trace(), Trace()
    chart = Chart(trace, BRAILLE)
    chart.configure(90, 14, 30.0)
    for tick in range(600):
        t_s, value = START_S + tick * 0.05, 10.0 + tick // 7 % 3
        for target in (trace, whole):
            target.add(t_s, value, 1 + tick // 200, tick // 200)
        chart.draw(t_s)
    fresh = Chart(whole, BRAILLE)
    fresh.configure(90, 14, 30.0)
    fresh.draw(t_s)
    assert [text(line) for line in fresh.lines] == [text(line) for line in chart.lines]


def test_a_late_sample_is_drawn() -> None:
    trace = Trace()
    for tick in (*range(50), *range(60, 100)):
        trace.add(START_S + tick * 0.1, 10.0, 1, 0)
    chart = Chart(trace, BRAILLE)
    chart.configure(80, 12, 20.0)
    chart.draw(START_S + 10)
    before = chart.lines
    trace.add(START_S + 5.5, 11.9, 1, 0)
    assert chart.draw(START_S + 10)
    assert before != chart.lines


def test_values_above_the_axis_are_marked() -> None:
    trace = Trace()
    for tick in range(200):
        trace.add(START_S + tick * 0.1, 1000.0 if tick == 100 else 10.0, 1, 0)
    drawn = picture(trace, BRAILLE, 80, 12, START_S + 20)
    assert "▲" in drawn[1]


def test_colours_of_variants_are_never_mixed_in_a_cell() -> None:
    trace = Trace()
    for tick in range(400):
        trace.add(START_S + tick * 0.05, 10.0 + tick % 2, 1 + tick % 7, tick % 7)
    chart = Chart(trace, BRAILLE)
    chart.configure(60, 12, 20.0)
    chart.draw(START_S + 20)
    tones = {run.pen.tone for line in chart.lines for run in line if run.pen.ink is Ink.LINE}
    assert tones <= set(range(7))


def test_throttling_shows_as_glyphs_and_not_only_as_colour() -> None:
    drawn = picture(two_launches(), BRAILLE, 80, 12, START_S + 20)
    assert "▲▲▲" in drawn[0]


def test_an_empty_trace_draws_an_empty_frame() -> None:
    drawn = picture(Trace(), BRAILLE, 60, 10, START_S)
    assert drawn[-1].rstrip().endswith("now")
    assert "┤" not in "".join(drawn[:-2])


@pytest.mark.parametrize(("height", "raster"), [(1, 1), (3, 3), (5, 4), (6, 4), (9, 6), (20, 17)])
def test_the_raster_gets_the_rows_that_are_left(height: int, raster: int) -> None:
    assert raster == rows_for(height).raster


def test_a_probe_tells_what_is_under_a_column() -> None:
    chart = Chart(two_launches(), BRAILLE)
    chart.configure(52, 12, 20.0)
    assert 0 == chart.columns
    chart.draw(START_S + 20)
    assert 39 == chart.columns
    values = chart.probe(5), chart.probe(chart.columns - 1)
    assert (16.5, 5, 11.0, 15.0) == _rounded(values[0])
    assert (0.0, 0, 0.0, 0.0) == _rounded(values[1])


def _rounded(probe: Probe) -> tuple[float, int, float, float]:
    return round(probe.ago_s, 2), probe.count, round(probe.mean, 2), round(probe.peak, 2)


@pytest.mark.parametrize(
    ("at", "expected"),
    [(0, "xb  cd"), (2, "ab| cd"), (4, "ab  xd"), (5, "ab  cx"), (6, "ab  cd"), (-1, "ab  cd")],
)
def test_a_cursor_crosses_a_line(at: int, expected: str) -> None:
    line = (Run("ab  ", Pen(Ink.AXIS)), Run("cd", Pen(Ink.LINE, 1)))
    under = crossed(line, at, "|")
    marked = "".join(
        "x" if run.pen.ink is Ink.CURSOR and run.text != "|" else run.text for run in under
    )
    assert expected == marked
    assert all(run.text for run in under)


def limited(limit: float, glyphs: Glyphs = BRAILLE) -> list[str]:
    chart = Chart(two_launches(), glyphs, limit=limit)
    chart.configure(50, 12, 20.0)
    chart.draw(START_S + 20)
    return [text(line) for line in chart.lines]


def test_a_limit_is_a_line_across_with_its_value() -> None:
    (line,) = (line for line in limited(12.0) if "╌╌╌" in line)
    assert line.endswith(" ≤12.0 ")
    assert line.count("╌") > 25


@pytest.mark.parametrize(("limit", "mark"), [(100.0, " ≤100▲"), (0.5, " ≤0.50▼")])
def test_a_limit_that_is_far_off_is_told_at_the_top(limit: float, mark: str) -> None:
    lines = limited(limit)
    assert lines[0].rstrip().endswith(mark)
    assert not any("╌" in line for line in lines)


def test_without_a_limit_there_is_none() -> None:
    assert not any("≤" in line for line in picture(two_launches(), BRAILLE, 50, 12, START_S + 20))
