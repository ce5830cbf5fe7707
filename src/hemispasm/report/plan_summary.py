"""The reasoned summary: who, which side, what leads, how severe, what is open."""

from __future__ import annotations

from hemispasm.model import lookup_code
from hemispasm.model.chart import Chart
from hemispasm.model.plan import ClassShare, Differential, Plan
from hemispasm.report.document import (
    Bullets,
    Cell,
    Count,
    Day,
    FromRule,
    Number,
    Origin,
    Para,
    Section,
    Verbatim,
)
from hemispasm.report.number import observed_number, percent_decimals
from hemispasm.report.phrase import (
    because_cell,
    because_cells,
    class_words,
    joined,
    phrase,
    say,
    side_words,
)

# The first of these with a value is named: measured before rated, rated before told.
SEVERITY = (
    "video.spasm_rate",
    "emg.burst_rate",
    "scale.smc",
    "scale.jrs_total",
    "scale.vas_severity",
)
_OPEN_TESTS = 3


def share_number(found: ClassShare) -> Number:
    """Return the share of a class in per cent with its band."""
    share = round(found.share * 100, 6)
    band = (round(found.band[0] * 100, 6), round(found.band[1] * 100, 6))
    decimals = percent_decimals((share, *band))
    rule = FromRule("differential.share")
    return Number(share, "%", rule, band, found.level, decimals=decimals)


def leading_share(differential: Differential) -> ClassShare:
    """Return the share of the leading class; without one, the largest share."""
    name = differential.leading
    by_name = {share.name: share for share in differential.shares}
    return by_name[name] if name else max(differential.shares, key=lambda share: share.share)


def plan_summary(plan: Plan, chart: Chart, *, measured: Cell = (), signed: bool = False) -> Para:
    """Return the summary in one paragraph, complete in itself.

    Parameters
    ----------
    plan, chart
        What reasoning returned, and what it saw.
    measured : tuple of inline nodes
        What a recording showed; stands in place of the one measure named otherwise.
    signed : bool
        The report is signed; otherwise the summary says that it is a draft.
    """
    parts: list[Cell] = [phrase("report.summary.case", case=Verbatim(plan.case, Origin.CASE))]
    age = chart.latest("history.age")
    if age is not None:
        number = observed_number("history.age", None, age.finding.value)
        parts.append(phrase("report.summary.age", age=number))
    parts += [(".",), _gates(plan), _side(plan), _leading(plan)]
    parts.append((" ", *measured) if measured else _severity(plan, chart))
    parts += [_open(plan), () if signed else phrase("report.summary.draft")]
    return Para(*joined(parts, ""))


def _gates(plan: Plan) -> Cell:
    if not plan.gates:
        return ()
    return phrase("report.summary.gates", n=Count(len(plan.gates)))


def _side(plan: Plan) -> Cell:
    view = plan.side
    if view.conflict:
        return phrase("report.summary.side_conflict", because=because_cells(view.because))
    if view.side is None:
        return phrase("report.summary.side_none")
    one, many = phrase("report.summary.sources_one"), phrase("report.summary.sources_many")
    n = Count(len(view.because), str(one[0]), str(many[0]))
    return phrase("report.summary.side", side=side_words(view.side), n=n)


def _leading(plan: Plan) -> Cell:
    if plan.differential is None:
        return phrase("report.summary.withheld")
    first = leading_share(plan.differential)
    leads = plan.differential.leading is not None
    key = "report.summary.leading" if leads else "report.summary.no_leading"
    return phrase(key, name=class_words(first.name), share=share_number(first))


def _severity(plan: Plan, chart: Chart) -> Cell:
    for code in SEVERITY:
        seen = chart.latest(code, plan.side.side) or chart.latest(code)
        if seen is None:
            continue
        found = seen.finding
        number = observed_number(code, found.side, found.value, found.interval, found.level)
        label = Verbatim(lookup_code(code).label.lower(), Origin.VOCABULARY)
        side: Cell = (", ", *side_words(found.side)) if found.side is not None else ()
        value: Cell = (label, *side, " ", number)
        return phrase("report.summary.severity", day=Day(seen.day), value=value)
    return ()


def _open(plan: Plan) -> Cell:
    tests = [say(f"test.{step.test}.title") for step in plan.work_up[:_OPEN_TESTS]]
    return phrase("report.summary.open", items=joined(tests)) if tests else ()


def side_section(plan: Plan) -> Section:
    """Return every source that names a side; a conflict is said, never settled."""
    view = plan.side
    if not view.because:
        said = Para(*phrase("report.side.none"))
    elif view.conflict:
        said = Para(*phrase("report.side.conflict"))
    else:
        said = Para(*phrase("report.side.agree", side=side_words(view.side)))
    listed = (Bullets(tuple(because_cell(each) for each in view.because)),)
    title = phrase("report.side.title")
    return Section("side", title, (said, *(listed if view.because else ())))
