"""Facts for the rules on options that no single finding states."""

from __future__ import annotations

from datetime import timedelta

from hemispasm.model.chart import Chart, Observation
from hemispasm.model.plan.common import Because
from hemispasm.model.plan.differential import Differential
from hemispasm.model.plan.toxin import ToxinView
from hemispasm.model.side import Side
from hemispasm.reason.operations import decompressions_of
from hemispasm.reason.option_rules import threshold
from hemispasm.reason.records import operation_reason, toxin_cycles, toxin_reason
from hemispasm.reason.sides import view_side

IMPACTS = tuple(f"history.impact_{on}" for on in ("driving", "work", "reading", "sleep", "social"))


def derive_facts(
    chart: Chart,
    *,
    side: Side | None,
    differential: Differential | None = None,
    toxin: ToxinView | None = None,
    warned: bool = False,
) -> dict[str, tuple[Because, ...]]:
    """Return the facts that hold, each with the findings behind it (none for a diagnosis).

    A fact that is not in the result is not known to hold; it may be unknown.

    Parameters
    ----------
    chart : Chart
        The patient.
    side : Side or None
        The affected side; None while it is unknown or in conflict.
    differential : Differential, optional
        Without it nothing is said on the diagnosis.
    toxin : ToxinView, optional
        Without it nothing is said on a failing response.
    warned : bool
        An emergency or urgent gate fired; no treatment is then called the smaller commitment.
    """
    facts = _diagnosis(differential, warned) | _imaging(chart)
    if side is None:
        facts["side_unclear"] = view_side(chart).because
    if toxin is not None and toxin.failing:
        facts["toxin_failing"] = tuple(
            toxin_reason(c) for c in toxin_cycles(chart) if c.day in toxin.failing_cycles
        )
    low = _low_impact(chart)
    if low is not None:
        facts["low_impact"] = low
    return facts | _earlier_decompression(chart, side)


def _diagnosis(differential: Differential | None, warned: bool) -> dict[str, tuple[Because, ...]]:
    if differential is None:
        return {}
    leading = differential.leading
    if leading not in (None, "hfs"):
        return {"other_diagnosis_leads": ()}
    share = next((s.share for s in differential.shares if s.name == "hfs"), 0.0)
    if leading == "hfs" and share >= threshold("hfs_leads_share"):
        return {"hfs_leads": ()}
    likely = share >= threshold("hfs_likely_share") and not warned
    unsure: dict[str, tuple[Because, ...]] = {"diagnosis_unsure": ()}
    return {**unsure, "diagnosis_likely": ()} if likely else unsure


def _imaging(chart: Chart) -> dict[str, tuple[Because, ...]]:
    report = chart.latest("imaging.radiologist_report")
    if report is None:
        return {"no_radiologist_report": ()}
    if report.finding.value == "no_secondary_cause":
        return {}
    known = report.finding.value == "secondary_cause"
    return {"secondary_reported" if known else "no_radiologist_report": (Because.of(report),)}


def _low_impact(chart: Chart) -> tuple[Because, ...] | None:
    seen: list[Observation] = [o for code in IMPACTS if (o := chart.latest(code)) is not None]
    if len(seen) < threshold("low_impact_asked"):
        return None
    if any(o.finding.value not in ("none", "mild") for o in seen):
        return None
    return tuple(Because.of(o) for o in seen)


def _earlier_decompression(chart: Chart, side: Side | None) -> dict[str, tuple[Because, ...]]:
    operations = decompressions_of(chart, side)
    told = [
        o
        for each in ((side,) if side else tuple(Side))
        if (o := chart.latest("history.prior_decompression", each)) is not None
        and o.finding.value == "present"
    ]
    facts: dict[str, tuple[Because, ...]] = {}
    if operations or told:
        on_file = tuple(operation_reason(o) for o in operations)
        facts["decompressed_before"] = on_file + tuple(Because.of(o) for o in told)
    wait = timedelta(days=threshold("second_operation_wait_days"))
    if operations and chart.as_of - operations[-1].day < wait:
        facts["decompressed_recently"] = (operation_reason(operations[-1]),)
    return facts
