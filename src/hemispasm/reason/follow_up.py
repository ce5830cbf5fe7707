"""Follow-up: the schedule of the pathway, what to watch, when to act, when to send back."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from hemispasm.model.chart import Chart
from hemispasm.model.plan.common import Basis
from hemispasm.model.plan.follow_up import FollowUp, FollowUpVisit
from hemispasm.model.plan.gates import Gate, Urgency
from hemispasm.model.plan.mvd import MvdView
from hemispasm.model.plan.options import OptionsGrid
from hemispasm.model.plan.toxin import ToxinView
from hemispasm.model.side import Side
from hemispasm.reason.records import same_side, toxin_cycles

Pathway = Literal["observation", "toxin", "mvd_before", "mvd_after", "work_up"]
UNCLEAR = {
    "red_flag", "clear_first", "no_radiologist_report", "secondary_reported", "secondary_seen",
    "tumour",
}  # fmt: skip
"""Reasons against watching for which tests come before a choice."""


def plan_follow_up(
    chart: Chart,
    *,
    side: Side | None,
    gates: Sequence[Gate],
    options: OptionsGrid,
    mvd: MvdView | None,
    toxin: ToxinView | None = None,
    chosen: Pathway | None = None,
) -> FollowUp:
    """Return the follow-up of a patient.

    Parameters
    ----------
    chart : Chart
        The patient; treatments on file decide the pathway.
    side : Side or None
        The affected side; an operation of the other side does not decide the pathway.
    gates : sequence of Gate
        An emergency or urgent one puts a visit today first.
    options : OptionsGrid
        Reasons for which tests come before a choice.
    mvd : MvdView or None
        Days since an operation, and the days on which delayed palsy is looked for.
    toxin : ToxinView, optional
        A failing response asks for a review of the diagnosis now.
    chosen : str, optional
        The pathway that patient and clinician have chosen; it goes before what the chart says.

    Returns
    -------
    FollowUp
        The signs on which to act are always all of them: none is ever left out as unlikely.
    """
    table = load_follow_up_table()
    pathway = chosen or _pathway(chart, side, options, mvd)
    visits = tuple(_visits(chart, side, pathway, mvd))
    first = tuple(_visits_now(chart, gates, toxin))
    in_hospital = pathway == "mvd_before" or (
        pathway == "mvd_after" and _days_since(mvd) <= _limit("hospital_days")
    )
    country = chart.case.country
    basis = list(table["escalation"]["evidence"])
    basis += table["hospital"]["evidence"] if in_hospital else []
    return FollowUp(
        pathway=pathway,
        visits=(*first, *visits),
        level_of_care="ward_or_icu" if in_hospital else None,
        watch=tuple(table["hospital"]["watch"]) if in_hospital else (),
        palsy_watch=_palsy_watch(chart, mvd),
        escalation=tuple(table["escalation"]["signs"]),
        country=country,
        emergency_number=emergency_number(country),
        refer_again=tuple(
            dict.fromkeys([*table["refer_again"]["every"], *table["refer_again"][pathway]])
        ),
        basis=Basis(evidence=tuple(basis), expert_rule=True),
    )


@cache
def load_follow_up_table() -> Mapping[str, Any]:
    """Return the parsed table of visits, signs and triggers.

    Examples
    --------
    >>> load_follow_up_table()["visit"]["observation"][0]["code"]
    'observation_review'
    """
    text = files("hemispasm.reason").joinpath("data", "follow_up.toml").read_text("utf-8")
    return tomllib.loads(text)


@cache
def load_emergency_numbers() -> Mapping[str, str]:
    """Return the emergency number by country (ISO 3166, two letters).

    Examples
    --------
    >>> load_emergency_numbers()["JP"]
    '119'
    """
    folder = files("hemispasm.reason").joinpath("data")
    table = tomllib.loads(folder.joinpath("emergency_numbers.toml").read_text("utf-8"))
    return dict(table["number"])


def emergency_number(country: str | None) -> str | None:
    """Return the number to call in a medical emergency; None when it is not known for certain.

    Examples
    --------
    >>> emergency_number("DE"), emergency_number(None)
    ('112', None)
    """
    return None if country is None else load_emergency_numbers().get(country)


def _pathway(chart: Chart, side: Side | None, options: OptionsGrid, mvd: MvdView | None) -> Pathway:
    operated = mvd is not None and mvd.phase == "after"
    cycles = [c for c in toxin_cycles(chart) if same_side(c.side, side)]
    if operated and (
        not cycles
        or _days_since(mvd) < _limit("after_surgery_first_days")
        or (mvd is not None and mvd.operated_on is not None and cycles[-1].day < mvd.operated_on)
    ):
        return "mvd_after"
    if cycles:
        return "toxin"
    watching = next((o for o in options.options if o.name == "observation"), None)
    if watching is None or any(reason.code in UNCLEAR for reason in watching.against):
        return "work_up"
    return "observation"


def _visits(
    chart: Chart, side: Side | None, pathway: Pathway, mvd: MvdView | None
) -> Iterable[FollowUpVisit]:
    cycles = [c for c in toxin_cycles(chart) if same_side(c.side, side)]
    today = chart.as_of
    anchors: dict[str, date | None] = {
        "observation": today,
        "toxin": cycles[-1].day if cycles else None,
        "first_toxin": cycles[0].day if cycles else None,
        "mvd_after": mvd.operated_on if mvd else None,
        "mvd_before": None,
        "work_up": None,
    }
    for row in load_follow_up_table()["visit"][pathway]:
        yield _visit(row, anchors[row.get("anchor", pathway)], today)


def _visit(row: Mapping[str, Any], anchor: date | None, today: date) -> FollowUpVisit:
    days, until_days = row.get("days"), row.get("until_days")
    due = until = None
    if anchor is not None and days is not None:
        due = anchor + timedelta(days=days)
        until = None if until_days is None else anchor + timedelta(days=until_days)
    elif anchor is not None and "yearly_after_days" in row:
        due = _next_anniversary(anchor, row["yearly_after_days"], today)
    return FollowUpVisit(
        code=row["code"],
        due=due,
        days_after=days,
        until=until,
        past=due is not None and (until or due) < today,
        record=tuple(row["record"]),
        basis=Basis(evidence=tuple(row.get("evidence", ())), expert_rule=True),
    )


def _visits_now(
    chart: Chart, gates: Sequence[Gate], toxin: ToxinView | None
) -> Iterable[FollowUpVisit]:
    urgent = (Urgency.EMERGENCY, Urgency.URGENT)
    if any(gate.urgency in urgent for gate in gates):
        yield FollowUpVisit(code="act_on_warning", due=chart.as_of, record=("warning_cleared",))
    if toxin is not None and toxin.failing:
        yield FollowUpVisit(
            code="toxin_failing_review",
            due=chart.as_of,
            record=("diagnosis_again", "toxin_cycle", "goals_and_decision"),
            basis=Basis(evidence=("toxin_nonresponse.rule",), expert_rule=True),
        )


def _palsy_watch(chart: Chart, mvd: MvdView | None) -> tuple[date, date] | None:
    """Return the span while it lasts: once it is over it does not matter any more."""
    span = mvd.palsy_watch if mvd else None
    return span if span is not None and chart.as_of <= span[1] else None


def _next_anniversary(anchor: date, after_days: int, today: date) -> date:
    """Return the first anniversary after today that lies so many days after the anchor or more."""
    year = anchor.year + 1
    while True:
        day = _same_day(anchor, year)
        if day > today and (day - anchor).days > after_days + 1:
            return day
        year += 1


def _same_day(anchor: date, year: int) -> date:
    leap_day = (anchor.month, anchor.day) == (2, 29)
    return date(year, 2, 28) if leap_day else anchor.replace(year=year)


def _days_since(mvd: MvdView | None) -> int:
    return mvd.days_since if mvd is not None and mvd.days_since is not None else 0


def _limit(name: str) -> float:
    return float(load_follow_up_table()["limit"][name]["value"])
