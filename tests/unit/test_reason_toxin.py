"""Toxin: forecast of wear-off and its coverage, the rule on a failing response, what to ask."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from hemispasm.evidence import load_evidence
from hemispasm.model.case import Case
from hemispasm.model.chart import Chart, Observation
from hemispasm.model.finding import Finding
from hemispasm.model.plan.toxin import ToxinView, WearOff
from hemispasm.model.side import Side
from hemispasm.model.texts import load_texts
from hemispasm.model.treatment import AdverseEffect, Product, ToxinCycle, Treatments
from hemispasm.reason.toxin import (
    ask_cautions,
    failing_cycles,
    load_toxin_table,
    view_toxin,
)

ONA, ABO, INCO = Product.ONABOTULINUM, Product.ABOBOTULINUM, Product.INCOBOTULINUM
FIRST = date(2024, 1, 1)


def cycle(day: date, days: float | None = None, **fields: Any) -> ToxinCycle:
    until = None if days is None else day + timedelta(days=days)
    given = {"product": ONA, "side": Side.LEFT, **fields}
    return ToxinCycle(day=day, benefit_until=until, **given)


def row_of(*durations: float | None, gap: int = 120, **fields: Any) -> tuple[ToxinCycle, ...]:
    return tuple(
        cycle(FIRST + timedelta(days=gap * i), days, **fields) for i, days in enumerate(durations)
    )


def chart_of(*cycles: ToxinCycle, after: int = 20, **known: Any) -> Chart:
    last = max(c.day for c in cycles)
    return Chart(
        case=Case(id="P-1"),
        as_of=last + timedelta(days=after),
        treatments=Treatments(toxin=cycles),
        **known,
    )


def forecast(*cycles: ToxinCycle, after: int = 20) -> WearOff:
    view = view_toxin(chart_of(*cycles, after=after))
    assert view is not None
    assert view.forecast is not None, view.no_forecast
    return view.forecast


def reason(*cycles: ToxinCycle, after: int = 20) -> str | None:
    view = view_toxin(chart_of(*cycles, after=after))
    assert view is not None
    assert view.forecast is None
    return view.no_forecast


def test_no_toxin_and_unknown_treatment_both_give_no_view() -> None:
    chart = Chart(case=Case(id="P-1"), as_of=FIRST)
    assert view_toxin(chart) is None
    assert view_toxin(chart.model_copy(update={"treatments": Treatments()})) is None


@pytest.mark.parametrize(("product", "shown"), [(ONA, "ona_median"), (ABO, "abo_median")])
def test_a_first_cycle_is_forecast_as_the_published_durations(product: Product, shown: str) -> None:
    found = forecast(cycle(FIRST, product=product), after=0)
    item = load_evidence()[f"toxin_duration.{shown}"]
    assert item.interval is not None
    assert round(found.median_days) == item.value
    assert found.interval_days == pytest.approx(item.interval, abs=0.6)
    assert found.rests_on == "published"
    assert found.own_cycles == 0
    assert item.key in found.basis.evidence


def test_own_cycles_move_the_forecast_towards_the_patient_and_narrow_it() -> None:
    first = forecast(cycle(FIRST), after=0)
    long = forecast(*row_of(125, 130, 121, 128, 126, None, gap=140), after=0)
    assert first.median_days + 20 < long.median_days < 130
    assert long.own_cycles == 5
    assert long.rests_on == "published_and_own"
    width = [np.log(f.interval_days[1] / f.interval_days[0]) for f in (first, long)]
    assert width[1] < width[0]


def test_recent_cycles_count_more_than_old_ones() -> None:
    rising = forecast(*row_of(60, 70, 110, 120, None), after=0)
    falling = forecast(*row_of(120, 110, 70, 60, None), after=0)
    assert rising.median_days > falling.median_days + 3


def test_a_change_of_product_starts_the_history_anew() -> None:
    other = row_of(120, 118, 122, product=ABO)
    again = cycle(FIRST + timedelta(days=400))
    assert forecast(*other, again, after=0).own_cycles == 0
    assert forecast(*other, again, after=0) == forecast(again, after=0)


def test_an_unknown_product_between_two_cycles_ends_the_history_too() -> None:
    cycles = row_of(90, 92, None)
    middle = cycles[1].model_copy(update={"product": None})
    assert forecast(cycles[0], middle, cycles[2]).own_cycles == 0


def test_cycles_of_the_other_side_are_not_own_cycles_of_this_side() -> None:
    left = row_of(130, 132, 128, None, gap=150)
    right = row_of(60, 58, None, gap=200, side=Side.RIGHT)
    view = view_toxin(chart_of(*left, *right, after=0))
    assert view is not None
    by_side = {f.side: f for f in view.forecasts}
    assert by_side[Side.LEFT].own_cycles == 3
    assert by_side[Side.RIGHT].own_cycles == 2
    assert by_side[Side.LEFT].median_days > by_side[Side.RIGHT].median_days + 15
    assert view.forecast == by_side[Side.LEFT]


def test_swapping_the_sides_swaps_the_forecast_and_nothing_else() -> None:
    cycles = (
        *row_of(130, 90, None, best_benefit_percent=80),
        *row_of(60, 58, None, gap=110, side=Side.RIGHT),
    )
    chart = chart_of(*cycles)
    view, swapped = view_toxin(chart), view_toxin(chart.mirrored())
    assert view is not None
    assert swapped is not None

    def told(given: ToxinView, other: bool) -> set[tuple[Side | None, float]]:
        sides = [f.side.other if other and f.side else f.side for f in given.forecasts]
        return {(s, f.median_days) for s, f in zip(sides, given.forecasts, strict=True)}

    assert told(view, other=True) == told(swapped, other=False)
    assert told(view, other=False) != told(swapped, other=False)


def test_a_forecast_never_ends_before_the_days_already_gone() -> None:
    fresh, late = forecast(cycle(FIRST), after=0), forecast(cycle(FIRST), after=100)
    assert late.interval_days[0] > 100
    assert late.median_days > fresh.median_days
    assert late.assumed_working_on == FIRST + timedelta(days=100)


def test_a_cycle_forgotten_for_a_year_is_not_forecast_but_asked_about() -> None:
    assert reason(cycle(FIRST), after=365) == "wear_off_not_recorded"


def test_a_cycle_that_has_worn_off_is_not_running() -> None:
    assert reason(cycle(FIRST, 80), after=100) == "worn_off"


def test_a_wear_off_recorded_after_the_day_of_the_chart_is_not_known_yet() -> None:
    later, open_end = cycle(FIRST, 80), cycle(FIRST)
    assert forecast(later, after=40) == forecast(open_end, after=40)
    view = view_toxin(chart_of(later, after=40))
    assert view is not None
    assert view.cycles[0].duration_days is None


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"product": None}, "product_unknown"),
        ({"side": None}, "side_unknown"),
        ({"best_benefit_percent": 0.0}, "no_benefit"),
        ({"product": INCO}, "too_few_own_cycles"),
        ({"product": Product.RIMABOTULINUM}, "too_few_own_cycles"),
        ({"product": Product.OTHER}, "too_few_own_cycles"),
    ],
)
def test_what_is_not_known_is_not_forecast_and_says_why(fields: dict[str, Any], why: str) -> None:
    assert reason(cycle(FIRST, **fields)) == why
    assert f"toxin.{why}" in load_texts()


def test_a_product_without_published_duration_is_forecast_from_two_own_cycles() -> None:
    assert reason(*row_of(100, None, product=INCO)) == "too_few_own_cycles"
    found = forecast(*row_of(100, 104, None, product=INCO), after=0)
    assert found.rests_on == "own"
    assert found.median_days == pytest.approx(102, abs=1)
    assert found.basis.expert_rule


def test_a_refusal_withholds_the_forecast_and_keeps_the_record() -> None:
    chart = chart_of(*row_of(90, 88, None, units={"lid": 2.5}))
    view = view_toxin(chart, withheld=frozenset({"toxin_forecast"}))
    assert view is not None
    assert view.forecast is None
    assert view.forecasts == ()
    assert view.no_forecast == "withheld"
    assert len(view.cycles) == 3
    assert view.cycles[0].units == {"lid": 2.5}
    assert view_toxin(chart, withheld=frozenset({"mvd_figures"})) == view_toxin(chart)


def test_a_cycle_is_shown_as_recorded_and_unknown_stays_unknown() -> None:
    known = cycle(
        FIRST,
        84,
        benefit_from=FIRST + timedelta(days=4),
        effects=(AdverseEffect(kind="ptosis"),),
        best_benefit_percent=70,
    )
    bare = ToxinCycle(day=FIRST + timedelta(days=100))
    view = view_toxin(chart_of(bare, known))
    assert view is not None
    first, second = view.cycles
    assert (first.onset_days, first.duration_days, first.effects) == (4, 84, ("ptosis",))
    assert second.model_dump(exclude={"day"}, exclude_none=True) == {}


@pytest.mark.parametrize(
    ("benefits", "fires_on"),
    [
        ((80, 30, 35), (1, 2)),
        ((80, 30, 35, None), (1, 2)),
        ((80, 39, 41), ()),
        ((80, 40, 30), ()),
        ((80, 30), ()),
        ((80, 30, None, 35), ()),
        ((None, 30, 35), ()),
        ((80, None, 30, 35), (2, 3)),
        ((80, 30, 35, 75), ()),
        ((None, None, None), ()),
        ((30, 35, 80), ()),
    ],
)
def test_two_poor_cycles_in_a_row_are_a_failing_response(
    benefits: tuple[float | None, ...], fires_on: tuple[int, ...]
) -> None:
    days = [FIRST + timedelta(days=100 * i) for i in range(len(benefits))]
    cycles = [cycle(d, best_benefit_percent=b) for d, b in zip(days, benefits, strict=True)]
    view = view_toxin(chart_of(*cycles))
    assert view is not None
    assert view.failing == bool(fires_on)
    assert view.failing_cycles == tuple(days[i] for i in fires_on)
    assert view.failing_sides == ((Side.LEFT,) if fires_on else ())


def test_poor_cycles_of_two_sides_are_not_two_poor_cycles_of_one() -> None:
    left = row_of(90, 90, best_benefit_percent=80)
    poor = [
        cycle(FIRST + timedelta(days=300), best_benefit_percent=20),
        cycle(FIRST + timedelta(days=310), best_benefit_percent=20, side=Side.RIGHT),
    ]
    view = view_toxin(chart_of(*left, *poor))
    assert view is not None
    assert not view.failing


def test_a_change_of_product_does_not_hide_a_failing_response() -> None:
    good = row_of(90, best_benefit_percent=80)
    poor = [
        cycle(FIRST + timedelta(days=100 * i), best_benefit_percent=20, product=ABO) for i in (2, 3)
    ]
    view = view_toxin(chart_of(*good, *poor))
    assert view is not None
    assert view.failing
    assert failing_cycles(view.cycles[:2]) == ()


def told(code: str, value: str) -> Observation:
    finding = Finding(code=code, value=value, quality="measurable", method="exam/1", origin="told")
    return Observation(day=FIRST, finding=finding)


def test_a_caution_not_asked_is_never_shown_as_absent() -> None:
    seen = (
        told("history.neuromuscular_disease", "present"),
        told("history.pregnancy", "absent"),
    )
    chart = chart_of(cycle(FIRST), observations=seen)
    status = {state.code: state.status for state in ask_cautions(chart)}
    assert status.pop("neuromuscular_disease") == "present"
    assert status.pop("pregnancy") == "absent"
    assert set(status.values()) == {"not_asked"}
    view = view_toxin(chart)
    assert view is not None
    assert "neuromuscular_disease" in view.cautions
    assert "swallowing_disorder" in view.cautions
    assert "pregnancy" not in view.cautions


def test_every_evidence_key_and_text_of_the_table_is_there() -> None:
    table, texts = load_toxin_table(), load_texts()
    keys = {key for row in table["caution"] for key in row["evidence"]}
    keys |= {key for row in table["prior"].values() for key in row.values()}
    keys |= {row["evidence"] for row in table["limit"].values() if "evidence" in row}
    assert keys <= set(load_evidence())
    assert {f"toxin.caution.{row['code']}" for row in table["caution"]} <= set(texts)
    reasons = {"withheld", "worn_off", "wear_off_not_recorded"}
    assert {f"toxin.{reason}" for reason in reasons} <= set(texts)
    assert not any(c.isnumeric() for k, t in texts.items() if k.startswith("toxin.") for c in t)


def test_no_unit_of_toxin_is_added_up_or_given_as_advice() -> None:
    cycles = row_of(90, None, units={"lid": 7.5, "brow": 5.5})
    view = view_toxin(chart_of(*cycles))
    assert view is not None
    printed = json.dumps(view.model_dump(mode="json", exclude={"cycles"}))
    assert "units_not_interchangeable" in printed
    numbers = set(re.findall(r"(?<![\w.-])\d+(?:\.\d+)?(?![\w.-])", printed))
    assert not numbers & {"13", "13.0", "7.5", "5.5", "15", "15.0", "26", "26.0"}
