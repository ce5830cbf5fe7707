"""The saw-tooth figure: what is drawn, in words and in the table, and never of the other side."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest

from hemispasm.model import Side
from hemispasm.model.plan import CycleView, SeverityPoint, SeverityTrend, ToxinView, WearOff
from hemispasm.model.plan.common import Basis
from hemispasm.model.treatment import Product
from hemispasm.report.document import Figure, text_of
from hemispasm.report.saw_tooth import PREFERRED, WIDTH, choose_trend, saw_tooth_figure

FIRST = date(2025, 1, 6)
TODAY = FIRST + timedelta(days=240)


def cycle(offset: int, days: float | None = None, **fields: Any) -> CycleView:
    given = {"side": Side.LEFT, "product": Product.ONABOTULINUM, **fields}
    return CycleView(day=FIRST + timedelta(days=offset), duration_days=days, **given)


def trend(
    *values: float, code: str = "video.spasm_rate", side: Side | None = Side.LEFT, gap: int = 30
) -> SeverityTrend:
    points = tuple(
        SeverityPoint(
            day=FIRST + timedelta(days=10 + gap * i),
            value=value,
            interval=(value * 0.6, value * 1.5),
            level=0.95,
            quality="measurable",
            origin="measured",
        )
        for i, value in enumerate(values)
    )
    return SeverityTrend(code=code, side=side, unit="/min", points=points)


LEFT_CYCLES = (cycle(0, 84.0, best_benefit_percent=70.0), cycle(110, 90.0), cycle(220))
RIGHT_CYCLE = cycle(50, 60.0, side=Side.RIGHT, product=Product.ABOBOTULINUM)
FORECAST = WearOff(
    from_day=FIRST + timedelta(days=220),
    median_days=88.0,
    interval_days=(62.0, 131.0),
    own_cycles=2,
    product=Product.ONABOTULINUM,
    side=Side.LEFT,
    basis=Basis(expert_rule=True),
)
VIEW = ToxinView(cycles=(*LEFT_CYCLES, RIGHT_CYCLE), forecast=FORECAST, forecasts=(FORECAST,))


def figure_of(
    view: ToxinView = VIEW, *severity: SeverityTrend, side: Side | None = Side.LEFT
) -> Figure:
    found = saw_tooth_figure(view, severity, side=side, as_of=TODAY)
    assert found is not None
    return found


def drawn(figure: Figure, name: str) -> list[str]:
    return re.findall(rf'<[a-z]+ class="{name}"[^>]*>', str(figure.svg))


def rows_of(figure: Figure) -> list[str]:
    return [
        " | ".join(text_of(cell) for cell in row)
        for group in figure.data.groups
        for row in group.rows
    ]


def needles(figure: Figure) -> int:
    # The legend shows one more.
    return str(figure.svg).count("h10l-5 8z") - 1


def test_a_side_without_cycles_has_no_figure() -> None:
    only_left = ToxinView(cycles=LEFT_CYCLES)
    assert saw_tooth_figure(only_left, (), side=Side.RIGHT, as_of=TODAY) is None
    assert saw_tooth_figure(only_left, (), side=None, as_of=TODAY) is None


def test_every_injection_of_the_side_is_drawn_and_none_of_the_other() -> None:
    left, right = figure_of(), figure_of(side=Side.RIGHT)
    assert (needles(left), needles(right)) == (3, 1)
    assert "6 January 2025" in text_of(left.alt)
    assert "25 February 2025" not in text_of(left.alt)
    assert "25 February 2025" in text_of(right.alt)
    assert text_of(left.title).endswith("left")
    assert text_of(right.title).endswith("right")
    assert "abobotulinumtoxinA" not in "".join(rows_of(left))


def test_severity_of_the_other_side_is_never_drawn() -> None:
    of_left = trend(12.0, 4.0)
    assert len(drawn(figure_of(VIEW, of_left), "point")) == 2
    right = figure_of(VIEW, of_left, side=Side.RIGHT)
    assert drawn(right, "point") == []
    assert "No severity" in text_of(right.alt)
    assert "12" not in "".join(rows_of(right))


def test_a_questionnaire_without_side_is_drawn_for_both_sides() -> None:
    score = trend(20.0, 9.0, code="scale.hfs7", side=None)
    assert len(drawn(figure_of(VIEW, score), "point")) == 2
    assert len(drawn(figure_of(VIEW, score, side=Side.RIGHT), "point")) == 2


def test_a_measured_rate_is_drawn_before_a_scale_whatever_the_order() -> None:
    scale, rate = trend(3.0, 1.0, 2.0, code="scale.smc"), trend(12.0)
    assert choose_trend((scale, rate), Side.LEFT) == rate
    assert choose_trend((rate, scale), Side.LEFT) == rate
    assert choose_trend((scale,), Side.LEFT) == scale
    assert choose_trend((), Side.LEFT) is None
    other = trend(1.0, 2.0, code="scale.cohen_albert")
    assert "scale.cohen_albert" not in PREFERRED
    assert choose_trend((other,), Side.LEFT) == other


def test_the_forecast_is_a_band_from_its_first_to_its_last_day() -> None:
    figure = figure_of()
    first, last = FIRST + timedelta(days=220 + 62), FIRST + timedelta(days=220 + 131)
    for day in (first, last):
        words = f"{day.day} {day:%B} {day.year}"
        assert words in text_of(figure.alt)
        assert words in rows_of(figure)[-1]
    band = drawn(figure, "band")[0]
    x, width = (float(re.search(rf' {name}="([\d.]+)"', band)[1]) for name in ("x", "width"))  # type: ignore[index]
    today = float(re.search(r"M([\d.]+)", drawn(figure, "cursor")[0])[1])  # type: ignore[index]
    assert today < x < x + width < WIDTH


def test_the_forecast_of_one_side_is_not_drawn_on_the_other() -> None:
    right = figure_of(side=Side.RIGHT)
    assert drawn(right, "band") == []
    assert "No forecast" in text_of(right.alt)


def test_a_wear_off_nobody_recorded_is_never_a_bar() -> None:
    figure = figure_of(ToxinView(cycles=(cycle(0), cycle(100))))
    assert drawn(figure, "share-bar") == drawn(figure, "other-boxes") == []
    assert text_of(figure.alt).count("wear-off not recorded") == 2
    assert "worn off" not in "".join(rows_of(figure))


def test_a_benefit_without_rating_is_an_outline_and_with_one_as_high_as_it() -> None:
    cycles = (
        cycle(0, 80.0, best_benefit_percent=80.0),
        cycle(100, 80.0, best_benefit_percent=40.0),
        cycle(200, 30.0),
    )
    figure = figure_of(ToxinView(cycles=cycles))
    bars = drawn(figure, "share-bar")
    # The last of each kind belongs to the legend.
    high, low = (float(re.search(r' height="([\d.]+)"', bar)[1]) for bar in bars[:-1])  # type: ignore[index]
    assert high == pytest.approx(2 * low)
    assert len(drawn(figure, "other-boxes")) == 2


def test_values_are_not_joined_across_a_cycle_that_went_by_unseen() -> None:
    cycles = tuple(cycle(offset, 60.0) for offset in (0, 70, 140))
    view = ToxinView(cycles=cycles)
    near = figure_of(view, trend(10.0, 4.0, gap=100))
    far = figure_of(view, trend(10.0, 4.0, gap=150))
    assert len(drawn(near, "trend-line")) == 1
    assert drawn(far, "trend-line") == []


def test_one_cycle_and_one_value_are_enough_for_a_figure() -> None:
    view = ToxinView(cycles=(cycle(0),))
    figure = saw_tooth_figure(view, (trend(0.0),), side=Side.LEFT, as_of=FIRST)
    assert figure is not None
    assert needles(figure) == 1
    assert len(drawn(figure, "point")) == 1
    assert "nan" not in str(figure.svg)


def test_every_coordinate_lies_within_the_drawing() -> None:
    long_ago = ToxinView(cycles=(cycle(-3000, 80.0), cycle(220)), forecasts=(FORECAST,))
    for figure in (figure_of(VIEW, trend(12.0, 4.0, 9.0)), figure_of(long_ago)):
        found = [float(x) for x in re.findall(r' (?:x|cx)="(-?[\d.]+)"', str(figure.svg))]
        assert found
        assert all(0 <= x <= WIDTH for x in found)


def test_the_table_is_in_the_order_of_days_and_holds_each_value_once() -> None:
    figure = figure_of(VIEW, trend(12.0, 4.0))
    rows = rows_of(figure)
    assert len(rows) == 3 + 2 + 2 + 1
    assert rows[0].startswith("6 January 2025 | Injection")
    assert sum("12.0 /min" in row for row in rows) == 1
    assert sum("84 days" in row for row in rows) == 1
