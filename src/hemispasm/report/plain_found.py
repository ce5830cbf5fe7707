"""In plain words: what was found, what it might be, and what is not known."""

from __future__ import annotations

import math

from hemispasm.model.chart import Chart, Observation
from hemispasm.model.plan import ClassShare, Gate, Plan, Refusal, Urgency
from hemispasm.model.side import Side
from hemispasm.report.document import (
    Block,
    Bullets,
    Cell,
    Day,
    FromFinding,
    Number,
    Para,
    Section,
    Strong,
)
from hemispasm.report.number import is_percent
from hemispasm.report.phrase import joined, phrase, say
from hemispasm.report.plain_figures import hundred
from hemispasm.report.plan_gates import gates_in_order

#: A class with a smaller share is not named to the patient, and no more of them than this.
SHARE_NAMED_FROM = 0.05
MOST_NAMED = 3
_WHOLE_FROM = 5.0
URGENT = (Urgency.EMERGENCY, Urgency.URGENT)
_GRADES = {1.0: "one", 2.0: "two", 3.0: "three", 4.0: "four"}
_TOLD = {
    "tearing": "history.tearing",
    "ear_click": "history.ear_click",
    "stress": "history.trigger_stress",
}
_IMPACTS = {
    "driving": "history.impact_driving",
    "work": "history.impact_work",
    "reading": "history.impact_reading",
    "sleep_harm": "history.impact_sleep",
    "social": "history.impact_social",
}
_VERDICTS = {"worse": "more_often", "better": "less_often", "within_band": "same"}


def patient_side(side: Side | None) -> Cell:
    """Return a side in the patient's words.

    Examples
    --------
    >>> patient_side(Side.LEFT), patient_side(None)
    (('your left side',), ('one side',))
    """
    return phrase("plain.unknown_side" if side is None else f"plain.side.{side}")


def found_section(plan: Plan, chart: Chart) -> Section:
    """Return the side, how often and how strong, what the patient told, and what needs a look."""
    check = (" ", *phrase("plain.found.side_check")) if plan.side.side else ()
    children: list[Block] = [Para(*side_cell(plan), *check)]
    strength = _strength(plan, chart)
    if not strength:
        strength = [phrase("plain.found.none")]
    children += [Para(*cell) for cell in strength]
    told = _told(chart)
    if told:
        children += [Para(*phrase("plain.found.told")), Bullets(tuple(told))]
    looks = [gate_cell(g) for g in gates_in_order(plan) if g.urgency not in URGENT]
    if looks:
        children += [Para(*phrase("plain.found.gates")), Bullets(tuple(looks))]
    return Section("found", phrase("plain.found.title"), tuple(children))


def gate_title(gate: Gate) -> Cell:
    """Return what a gate is about, with its side where it has one."""
    what = say(f"plain.gate.{gate.code}.what", f"gate.{gate.code}.title")
    side = phrase("report.gate.side", side=patient_side(gate.side)) if gate.side else ()
    return (*what, *side)


def gate_cell(gate: Gate) -> Cell:
    """Return a gate in one line: what, and what has to be done."""
    return (Strong(*gate_title(gate), "."), " ", *say(f"plain.gate.{gate.code}.do"))


def side_cell(plan: Plan) -> Cell:
    """Return the side in plain words, that the notes disagree, or that they do not say."""
    if plan.side.conflict:
        return phrase("plain.found.side_conflict")
    if plan.side.side is None:
        return phrase("plain.found.side_none")
    return phrase("plain.found.side", side=patient_side(plan.side.side))


def _strength(plan: Plan, chart: Chart) -> list[Cell]:
    side = plan.side.side
    found: list[Cell] = []
    rate = _newest(chart, "video.spasm_rate", side)
    if rate is not None:
        found.append((*_rate(rate), *_change(plan)))
    part = _newest(chart, "video.spasm_time_fraction", side)
    if part is not None and part.finding.value:
        found.append(_counted("plain.found.time", part))
    bursts = _newest(chart, "emg.burst_rate", side)
    if bursts is not None:
        found.append(_counted("plain.found.emg", bursts))
    grade = _newest(chart, "scale.smc", side)
    if grade is not None and grade.finding.value in _GRADES:
        found.append(phrase(f"plain.smc.{_GRADES[float(grade.finding.value)]}"))
    own = chart.latest("scale.vas_severity")
    if own is not None and isinstance(own.finding.value, float):
        source = FromFinding("scale.vas_severity")
        scale = {"least": 0.0, "most": 100.0, "value": own.finding.value}
        nodes = {name: Number(v, "1", source, decimals=0) for name, v in scale.items()}
        found.append(phrase("plain.found.vas", **nodes))
    return found


def _newest(chart: Chart, code: str, side: Side | None) -> Observation | None:
    found = chart.latest(code, side)
    return found if found is not None and isinstance(found.finding.value, float) else None


def _rate(seen: Observation) -> Cell:
    limits = seen.finding.interval
    if seen.finding.value == 0 and limits is not None:
        return _counted("plain.found.rate_zero", seen)
    return _counted("plain.found.rate" if limits else "plain.found.rate_plain", seen)


def _counted(key: str, seen: Observation) -> Cell:
    finding = seen.finding
    source = FromFinding(finding.code, finding.side)
    scale = 100 if is_percent(finding.code) else 1
    low, high = finding.interval or (0.0, 0.0)
    values = {"rate": float(finding.value or 0), "low": low, "high": high}
    decimals = 0 if max(values.values()) * scale >= _WHOLE_FROM else 1
    nodes = {
        name: Number(_rounded(value * scale, decimals), "1", source, decimals=decimals)
        for name, value in values.items()
    }
    side = patient_side(finding.side)
    return phrase(key, day=Day(seen.day), side=side, hundred=hundred(), **nodes)


def _rounded(value: float, decimals: int) -> float:
    """Return a value rounded as people do it, halves upwards."""
    scale = 10**decimals
    return math.floor(value * scale + 0.5) / scale


def _change(plan: Plan) -> Cell:
    for trend in plan.severity:
        if trend.code == "video.spasm_rate" and trend.side == plan.side.side:
            said = _VERDICTS.get(trend.verdict)
            return () if said is None else (" ", *phrase(f"plain.found.{said}"))
    return ()


def _told(chart: Chart) -> list[Cell]:
    said = [name for name, code in _TOLD.items() if chart.is_present(code)]
    if str(chart.value("history.sleep_persistence")).startswith("persists"):
        said.append("sleep")
    hard = ("moderate", "severe")
    said += [name for name, code in _IMPACTS.items() if chart.value(code) in hard]
    return [phrase(f"plain.told.{name}") for name in said]


def might_section(plan: Plan) -> Section:
    """Return what doctors think about, never as a diagnosis, and what is open."""
    children: list[Block] = [Para(Strong(*phrase("plain.might.no_diagnosis")))]
    children += _classes(plan)
    children.append(Para(*_cause(plan)))
    status = {cause.name: cause.status for cause in plan.causes.causes}
    if status.get("vessel") in ("reported", "suggested"):
        children.append(Para(*phrase("plain.might.vessel")))
    if plan.missing:
        children.append(Para(*phrase("plain.might.missing")))
    else:
        children.append(Para(*phrase("plain.might.nothing_missing")))
    return Section("might", phrase("plain.might.title"), tuple(children))


def _classes(plan: Plan) -> list[Block]:
    differential = plan.differential
    if differential is None:
        why = refusal_words(plan, "differential")
        return [Para(*phrase("plain.might.withheld"), *((" ", *why) if why else ()))]
    if not differential.contributions:
        # Without a finding the shares are those of the clinic, and say nothing of this patient.
        return [Para(*phrase("plain.might.too_little"))]
    ranked = sorted(differential.shares, key=lambda s: -s.share)
    named = [s for s in ranked if _is_named(s) and s.name != differential.leading][:MOST_NAMED]
    said: list[Block] = []
    if differential.leading is not None:
        first = Strong(*_class(differential.leading))
        said.append(Para(*phrase("plain.might.leading", **{"class": first})))
    if named:
        key = "others" if differential.leading else "no_leading"
        said.append(Para(*phrase(f"plain.might.{key}")))
        said.append(Bullets(tuple(_class(share.name) for share in named)))
    said.append(Para(*phrase("plain.might.always")))
    return said


def _is_named(share: ClassShare) -> bool:
    return share.share >= SHARE_NAMED_FROM and share.name != "other"


def _class(name: str) -> Cell:
    return say(f"plain.class.{name}", f"class.{name}")


def _cause(plan: Plan) -> Cell:
    day, said = plan.causes.secondary_report_day, plan.causes.secondary_report
    if day is None:
        return phrase("plain.might.no_report")
    keys = {"no_secondary_cause": "report_none", "secondary_cause": "report_cause"}
    return phrase(f"plain.might.{keys.get(str(said), 'report_unclear')}", day=Day(day))


def refusals_for(plan: Plan, *outputs: str) -> list[Refusal]:
    """Return the refusals that withhold one of these outputs from this patient."""
    return [r for r in plan.refusals if not r.standing and set(outputs) & set(r.outputs)]


def refusal_words(plan: Plan, *outputs: str) -> Cell:
    """Return why outputs are withheld, in plain words; nothing when they are not."""
    return refusal_cell([r.code for r in refusals_for(plan, *outputs)])


def refusal_cell(codes: list[str]) -> Cell:
    """Return refusals in plain words, each once."""
    cells = [say(f"plain.refusal.{c}", f"refusal.{c}") for c in dict.fromkeys(codes)]
    return joined(dict.fromkeys(cells), " ")
