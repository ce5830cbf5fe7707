"""What the case file and the treatments say, as reasons that a page can point at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from hemispasm.model.chart import Chart
from hemispasm.model.finding import Origin
from hemispasm.model.plan.common import Because
from hemispasm.model.side import Side
from hemispasm.model.treatment import Operation, ToxinCycle


@dataclass(frozen=True)
class AgeSpan:
    """Completed years, as exactly as they are known, and what they are known from."""

    low: int
    high: int
    because: Because


def toxin_reason(cycle: ToxinCycle) -> Because:
    """Return a toxin cycle as a reason."""
    return Because(
        code="record.toxin",
        side=cycle.side,
        value="present",
        day=cycle.day,
        origin=Origin.REPORTED,
    )


def operation_reason(operation: Operation) -> Because:
    """Return an operation as a reason."""
    return Because(
        code="record.operation",
        side=operation.side,
        value=operation.kind or "present",
        day=operation.day,
        origin=Origin.REPORTED,
    )


def onset_side_reason(chart: Chart) -> Because | None:
    """Return the side at onset that the case file gives; None when it gives none."""
    onset = chart.case.onset
    if onset is None or onset.side is None:
        return None
    return Because(
        code="record.onset_side",
        side=onset.side,
        value="present",
        day=chart.as_of,
        origin=Origin.TOLD,
    )


def toxin_cycles(chart: Chart) -> tuple[ToxinCycle, ...]:
    """Return the recorded toxin cycles up to the day of the chart, oldest first."""
    given = chart.treatments.toxin if chart.treatments else ()
    return tuple(sorted((c for c in given if c.day <= chart.as_of), key=lambda c: c.day))


def operations(chart: Chart) -> tuple[Operation, ...]:
    """Return every recorded operation up to the day of the chart, oldest first."""
    given = chart.treatments.operations if chart.treatments else ()
    return tuple(sorted((o for o in given if o.day <= chart.as_of), key=lambda o: o.day))


def decompressions(chart: Chart) -> tuple[Operation, ...]:
    """Return the recorded decompressions; an operation of unknown kind counts as one.

    Counting it is the careful reading: it can only add a warning or withhold a figure.
    """
    return tuple(o for o in operations(chart) if o.kind != "other")


def age_now(chart: Chart) -> AgeSpan | None:
    """Return the patient's age on the day of the chart; None when nothing tells it.

    An age that was told at an earlier visit has grown since. From the year of birth alone the age
    is known to within a year.

    Examples
    --------
    >>> from hemispasm.model.case import Case
    >>> age = age_now(Chart(case=Case(id="P-1", birth_year=1960), as_of=date(2026, 3, 2)))
    >>> age.low, age.high
    (65, 66)
    """
    told = chart.latest("history.age")
    if told is not None and isinstance(told.finding.value, int | float):
        years = int(told.finding.value)
        since = _years(told.day, chart.as_of)
        grown = since if told.day == chart.as_of else since + 1
        return AgeSpan(years + since, years + grown, Because.of(told))
    born = chart.case.birth_year
    if born is None:
        return None
    years = chart.as_of.year - born
    return AgeSpan(max(years - 1, 0), years, _years_reason(chart, "record.age", years))


def age_at_onset(chart: Chart) -> AgeSpan | None:
    """Return the age at onset: as told, otherwise from the years of birth and onset.

    Examples
    --------
    >>> from hemispasm.model.case import Case, Onset
    >>> case = Case(id="P-1", birth_year=1960, onset=Onset(month="1999-05"))
    >>> onset = age_at_onset(Chart(case=case, as_of=date(2026, 3, 2)))
    >>> onset.low, onset.high
    (38, 39)
    """
    told = chart.latest("history.onset_age")
    if told is not None and isinstance(told.finding.value, int | float):
        years = int(told.finding.value)
        return AgeSpan(years, years, Because.of(told))
    onset = chart.case.onset
    if chart.case.birth_year is None or onset is None or onset.month is None:
        return None
    years = int(onset.month[:4]) - chart.case.birth_year
    if years < 0:
        return None
    return AgeSpan(max(years - 1, 0), years, _years_reason(chart, "record.onset_age", years))


def same_side(one: Side | None, other: Side | None) -> bool:
    """Return whether two sides may be the same; an unknown side and ``both`` fit any.

    Examples
    --------
    >>> same_side(Side.LEFT, Side.RIGHT), same_side(Side.LEFT, None)
    (False, True)
    """
    if one is None or other is None or Side.BOTH in (one, other):
        return True
    return one is other


def _years(earlier: date, later: date) -> int:
    before_the_day = (later.month, later.day) < (earlier.month, earlier.day)
    return max(later.year - earlier.year - before_the_day, 0)


def _years_reason(chart: Chart, code: str, years: int) -> Because:
    return Because(code=code, value=float(years), unit="a", day=chart.as_of, origin=Origin.REPORTED)
