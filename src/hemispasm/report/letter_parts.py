"""What every letter has: fields to fill in, banners, findings in one line, signature, sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import date, timedelta
from typing import Literal

from hemispasm.evidence import load_sources
from hemispasm.model import Signature
from hemispasm.model.chart import Chart, Observation
from hemispasm.model.finding import Origin as FoundBy
from hemispasm.model.plan import Because, FollowUpVisit, Gate, Plan, Urgency
from hemispasm.model.side import Side
from hemispasm.model.texts import lookup_text
from hemispasm.report.document import (
    Block,
    Bullets,
    Callout,
    Cell,
    Cite,
    Columns,
    Day,
    Document,
    FromRule,
    Identifier,
    LineBreak,
    Moment,
    Number,
    Origin,
    Para,
    Provenance,
    Section,
    SourceName,
    Strong,
    Verbatim,
)
from hemispasm.report.gate_age import earlier_words
from hemispasm.report.number import observed_number
from hemispasm.report.phrase import because_cell, class_words, joined, phrase, say, side_words
from hemispasm.report.plan_gates import gate_title, gate_words, gates_in_order
from hemispasm.report.plan_report import plan_banners, plan_mark
from hemispasm.report.plan_side import by_kind, kind_words

Kind = Literal["referral_answer", "plan", "discharge", "hand_back"]
_TONES: dict[Urgency, Literal["emergency", "urgent"]] = {
    Urgency.EMERGENCY: "emergency",
    Urgency.URGENT: "urgent",
}


def field() -> str:
    """Return a line to write on."""
    return lookup_text("letter.field")


def letter_document(
    kind: Kind,
    plan: Plan,
    chart: Chart,
    lead: Cell,
    sections: Sequence[Section],
    signed: Signature | None,
) -> Document:
    """Return a letter: address fields, what it says, sources, signature; a DRAFT unless signed.

    Below its first sentence every letter names case, day of the record, side and working
    diagnosis. Names are never in the data: they are fields to fill in.
    """
    summary = Para(*joined((lead, *_head(plan)), LineBreak()))
    body = (_address_section(), *sections)
    return Document(
        title=phrase(f"letter.{kind}.title"),
        mark=plan_mark(signed),
        banners=_banners(plan, chart, signed),
        summary=summary,
        sections=(*body, _signature_section(signed), *_sources_section((summary, *body))),
    )


def _banners(plan: Plan, chart: Chart, signed: Signature | None) -> tuple[Callout, ...]:
    gates = tuple(
        Callout(_TONES[gate.urgency], gate_title(gate), (Para(*gate_action(gate, plan)),))
        for gate in gates_in_order(plan)
        if gate.urgency in _TONES
    )
    body = (Para(*phrase("letter.draft_body")),)
    state = plan_banners(plan, signed, simulated=chart.case.simulated)
    return (*gates, *(replace(b, body=body) if b.tone == "draft" else b for b in state))


def gate_action(gate: Gate, plan: Plan) -> Cell:
    """Return what to do about a gate; an old one first says how old its newest sign is."""
    return (*earlier_words(gate, plan), *gate_words(gate, "action", plan))


def _head(plan: Plan) -> list[Cell]:
    """Return what every reader of a letter must see first: whose, which side, and what it is."""
    case = phrase(
        "letter.head.case_text", case=Verbatim(plan.case, Origin.CASE), day=Day(plan.as_of)
    )
    told = {"case": case, "side": side_sentence(plan), "diagnosis": _working_diagnosis(plan)}
    return [(Strong(*phrase(f"letter.head.{name}")), *cell) for name, cell in told.items()]


def _working_diagnosis(plan: Plan) -> Cell:
    found = plan.differential
    if found is None:
        held = dict.fromkeys(
            r.code for r in plan.refusals if "differential" in r.outputs and not r.standing
        )
        return phrase("letter.head.withheld", why=joined((say(f"refusal.{c}") for c in held), " "))
    if found.leading is not None:
        return phrase("letter.head.leads", **{"class": Strong(*class_words(found.leading))})
    return phrase("letter.head.none", why=say(f"differential.no_lead.{found.no_lead}"))


def _address_section() -> Section:
    labels = ("to", "from", "written", "patient", "born", "copy")
    items = tuple((lookup_text(f"letter.{name}"), (field(),)) for name in labels)
    half = len(items) // 2
    beside = Columns(((Provenance(items[:half]),), (Provenance(items[half:]),)))
    return Section("address", phrase("letter.address"), (beside,))


def _signature_section(signed: Signature | None) -> Section:
    who: Cell = phrase("letter.unsigned")
    if signed is not None:
        who = phrase(
            "letter.signed_by",
            initials=Verbatim(signed.initials, Origin.REVIEW),
            role=Verbatim(signed.role, Origin.REVIEW),
            time=Moment(signed.time),
        )
    signature = Provenance(((lookup_text("letter.signature"), who),))
    person = Provenance(tuple((lookup_text(f"letter.{n}"), (field(),)) for n in ("name", "role")))
    beside = Columns(((signature,), (person,)))
    safety = Para(*phrase("letter.safety"), role="basis")
    return Section("signature", phrase("letter.signature"), (beside, safety))


def _sources_section(blocks: Iterable[Block]) -> tuple[Section, ...]:
    names = sorted({cite.source for block in blocks for cite in _cites(block)})
    if not names:
        return ()
    said = Para(*phrase("letter.sources_lead"), role="basis")
    listed = tuple(Para(*_source(name), role="basis") for name in names)
    return (Section("sources", phrase("report.sources.title"), (said, *listed)),)


def _source(name: str) -> Cell:
    """Return the name under which a source is cited, what it is, and where it is found."""
    source = load_sources()[name]
    said: Cell = (Strong(SourceName(name)), ": ", Verbatim(source.citation, Origin.EVIDENCE))
    if source.doi is not None:
        return (*said, ", doi:", Identifier(source.doi))
    if source.pmid is not None:
        return (*said, ", PMID ", Identifier(str(source.pmid)))
    return said


def _cites(node: object) -> Iterator[Cite]:
    if isinstance(node, Cite):
        yield node
    elif isinstance(node, tuple):
        for each in node:
            yield from _cites(each)
    elif is_dataclass(node):
        for each in fields(node):
            yield from _cites(getattr(node, each.name))


def side_sentence(plan: Plan) -> Cell:
    """Return which side is affected by which sources, that they disagree, or that none says."""
    view = plan.side
    if view.conflict:
        return phrase("letter.side_conflict", said=joined(_sides_by_kind(view.because), "; "))
    if view.side is None:
        return phrase("letter.side_none")
    kinds = joined((kind_words(kind) for kind in by_kind(view.because)), ", ")
    if not kinds:
        return (*operated_side(view.side), ".")
    return phrase("letter.side", side=operated_side(view.side), kinds=kinds)


def _sides_by_kind(found: Sequence[Because]) -> Iterator[Cell]:
    """Yield each kind of source with every side that its entries name."""
    for kind, entries in by_kind(found).items():
        named = {e.side or (Side(e.value) if e.value in list(Side) else None) for e in entries}
        sides = joined(side_words(side) for side in sorted(named, key=str))
        yield phrase("letter.side_of_kind", kind=kind_words(kind), sides=sides)


def operated_side(side: Side | None) -> Cell:
    """Return a side as a letter says it: whose left it is, is never left open."""
    if side is None:
        return phrase("report.side_unknown")
    if side is Side.BOTH:
        return side_words(side)
    return phrase("letter.patient_side", side=side_words(side))


def finding_lines(chart: Chart, codes: Sequence[str]) -> list[Cell]:
    """Return the newest value of each code on file, a line a side, with its interval."""
    return [because_cell(each) for code in codes for each in newest_by_side(chart, code)]


def newest_by_side(chart: Chart, code: str, after: date | None = None) -> list[Because]:
    """Return the newest value of a code for each side that has one.

    What was measured and what a person said stand side by side where there is both.

    Parameters
    ----------
    chart : Chart
        The patient.
    code : str
        Code of the finding.
    after : date or None
        Only what was found later than this day.
    """
    newest: dict[tuple[Side | None, bool], Observation] = {}
    for seen in chart.every(code):
        if after is None or seen.day > after:
            whose = (seen.finding.side, seen.finding.origin is FoundBy.MEASURED)
            newest[whose] = max(newest.get(whose, seen), seen, key=lambda each: each.day)
    return [Because.of(seen) for seen in newest.values()]


def finding_value(because: Because, *, origin: bool = True) -> Cell:
    """Return the value of a finding with its side, and who found it when."""
    number = observed_number(
        because.code, because.side, because.value, because.interval, because.level
    )
    side: Cell = () if because.side is None else (*side_words(because.side), ": ")
    return (*side, number, *((" ", *origin_and_day(because)) if origin else ()))


def origin_and_day(because: Because) -> Cell:
    """Return who found it and when, in brackets."""
    return ("(", *phrase(f"origin.{because.origin}"), ", ", Day(because.day), ")")


def sign_bullets(plan: Plan) -> Bullets:
    """Return the signs on which somebody must act at once."""
    return Bullets(tuple(say(f"escalation.{code}") for code in plan.follow_up.escalation))


def visit_day(visit: FollowUpVisit, plan: Plan) -> Cell:
    """Return when a visit is due, that it depends on something, or that its time is over."""
    if visit.due is None:
        return phrase("report.follow_up.open_date")
    until: Cell = (" to ", Day(visit.until)) if visit.until is not None else ()
    over = visit.past or (visit.until or visit.due) < plan.as_of
    return (Day(visit.due), *until, *(phrase("report.follow_up.past") if over else ()))


def visits_in_order(plan: Plan) -> list[FollowUpVisit]:
    """Return the visits by the day on which they are due, those without a date last."""
    return sorted(plan.follow_up.visits, key=lambda visit: visit.due or date.max)


def visit_bullets(plan: Plan) -> Block:
    """Return the visits of the schedule, one line each."""
    cells = (
        (*visit_day(v, plan), ": ", *say(f"follow_up.{v.code}")) for v in visits_in_order(plan)
    )
    return Bullets(tuple(cells)) if plan.follow_up.visits else Para(*phrase("letter.plan.no_dates"))


def forecast_cells(plan: Plan) -> list[Cell]:
    """Return when running toxin treatments may wear off, one line a side."""
    if plan.toxin is None:
        return []
    forecasts = plan.toxin.forecasts or ((plan.toxin.forecast,) if plan.toxin.forecast else ())
    cells = []
    for found in forecasts:
        first, last = found.interval_days
        ends = {"date": found.median_days, "first": first, "last": last}
        days = {n: Day(found.from_day + timedelta(days=round(d))) for n, d in ends.items()}
        level = Number(found.level * 100, "%", FromRule("toxin.forecast"), decimals=0)
        cells.append(phrase(
            "letter.forecast", day=Day(found.from_day), side=operated_side(found.side),
            level=level, **days,
        ))  # fmt: skip
    return cells
