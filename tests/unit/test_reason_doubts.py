"""What contradicts itself is said on the page, and excludes nothing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from hemispasm.model import Case, Chart, Doubt, Finding, Observation, Operation, Side, Treatments
from hemispasm.reason.plan import make_plan
from hemispasm.report.plan_report import build_plan_report
from hemispasm.report.text import render_text

DAY = date(2026, 3, 2)


def reported(code: str, value: str, side: Side | None = None, day: date = DAY) -> Observation:
    finding = Finding(
        code=code,
        value=value,
        side=side,
        quality="measurable",
        method="exam/1",
        origin="reported",
    )
    return Observation(day=day, finding=finding)


def chart_of(*seen: Observation, **more: object) -> Chart:
    return Chart(case=Case(id="P-1"), as_of=DAY, observations=seen, **more)


def page(chart: Chart) -> str:
    return render_text(build_plan_report(chart.case, make_plan(chart), chart))


CLEAN = reported("imaging.radiologist_report", "no_secondary_cause")


@pytest.mark.parametrize("side", [Side.LEFT, Side.RIGHT])
def test_a_report_that_a_reading_contradicts_excludes_nothing(side: Side) -> None:
    chart = chart_of(CLEAN, reported("imaging.cpa_mass", "seen", side))
    causes = make_plan(chart).causes
    assert causes.secondary_report == "not_assessable"
    assert "not_seen" not in {cause.status for cause in causes.causes}
    text = page(chart)
    assert "Answers that cannot both be right" in text
    assert "no secondary cause, yet a reading says" in text


def test_an_older_reading_does_not_contradict_a_newer_report() -> None:
    older = reported("imaging.cpa_mass", "seen", Side.LEFT, DAY - timedelta(days=400))
    plan = make_plan(chart_of(older, CLEAN))
    assert plan.doubts == ()
    assert plan.causes.secondary_report == "no_secondary_cause"


def test_a_report_that_stands_alone_is_not_doubted() -> None:
    plan = make_plan(chart_of(CLEAN))
    assert plan.doubts == ()
    assert "not_seen" in {cause.status for cause in plan.causes.causes}


def test_a_contradiction_of_the_records_stands_on_the_page() -> None:
    doubt = Doubt(day=DAY, words="the onset 2029-01 lies after the visit")
    text = page(chart_of(doubts=(doubt,)))
    assert "Answers that cannot both be right" in text
    assert "the onset 2029-01 lies after the visit" in text
    assert "Answers that cannot both be right" not in page(chart_of())


def test_nobody_asks_whether_an_operation_failed_that_has_brought_relief() -> None:
    def after(**more: object) -> Chart:
        day = DAY - timedelta(days=60)
        operation = Operation(day=day, kind="microvascular_decompression", side=Side.LEFT, **more)
        return chart_of(treatments=Treatments(operations=(operation,)))

    relieved = make_plan(after(relief_day=DAY - timedelta(days=20))).mvd
    waiting = make_plan(after()).mvd
    assert relieved is not None
    assert waiting is not None
    assert (relieved.too_early, waiting.too_early) == (False, True)
    assert "mvd_note.too_early" not in relieved.notes
    assert "mvd_note.too_early" in waiting.notes
