"""What every letter has: fields to fill in, banners, findings in one line, signature, sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from typing import Literal

from hemispasm.evidence import load_sources
from hemispasm.model import Signature
from hemispasm.model.chart import Chart, Observation
from hemispasm.model.plan import Because, FollowUpVisit, Plan, Urgency
from hemispasm.model.side import Side
from hemispasm.model.texts import lookup_text
from hemispasm.report.document import (
    Block,
    Bullets,
    Callout,
    Cell,
    Cite,
    Count,
    Day,
    Document,
    FromRule,
    Identifier,
    Moment,
    Number,
    Origin,
    Para,
    Provenance,
    Section,
    SourceName,
    Verbatim,
)
from hemispasm.report.phrase import because_cell, because_cells, joined, phrase, say, side_words
from hemispasm.report.plan_gates import gate_title, gate_words, gates_in_order
from hemispasm.report.plan_report import plan_banners, plan_mark

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
    summary: Para,
    sections: Sequence[Section],
    signed: Signature | None,
) -> Document:
    """Return a letter: address fields, what it says, sources, signature; a DRAFT unless signed.

    Names are never in the data: they are fields to fill in.
    """
    body = (_address_section(plan), *sections)
    return Document(
        title=phrase(f"letter.{kind}.title"),
        mark=plan_mark(signed),
        banners=_banners(plan, chart, signed),
        summary=summary,
        sections=(*body, _signature_section(signed), *_sources_section((summary, *body))),
    )


def _banners(plan: Plan, chart: Chart, signed: Signature | None) -> tuple[Callout, ...]:
    gates = tuple(
        Callout(_TONES[gate.urgency], gate_title(gate), (Para(*gate_words(gate, "action", plan)),))
        for gate in gates_in_order(plan)
        if gate.urgency in _TONES
    )
    body = (Para(*phrase("letter.draft_body")),)
    state = plan_banners(plan, signed, simulated=chart.case.simulated)
    return (*gates, *(replace(b, body=body) if b.tone == "draft" else b for b in state))


def _address_section(plan: Plan) -> Section:
    labels = ("to", "from", "patient", "born", "copy")
    items: list[tuple[str, Cell]] = [(lookup_text(f"letter.{name}"), (field(),)) for name in labels]
    items.insert(4, (lookup_text("letter.case"), (Verbatim(plan.case, Origin.CASE),)))
    items.insert(5, (lookup_text("letter.date"), (Day(plan.as_of),)))
    return Section("address", phrase("letter.address"), (Provenance(tuple(items)),))


def _signature_section(signed: Signature | None) -> Section:
    who: Cell = phrase("letter.unsigned")
    if signed is not None:
        who = phrase(
            "letter.signed_by",
            initials=Verbatim(signed.initials, Origin.REVIEW),
            role=Verbatim(signed.role, Origin.REVIEW),
            time=Moment(signed.time),
        )
    items: list[tuple[str, Cell]] = [(lookup_text("letter.signature"), who)]
    items += [(lookup_text(f"letter.{name}"), (field(),)) for name in ("name", "role")]
    safety = Para(*phrase("letter.safety"), role="basis")
    return Section("signature", phrase("letter.signature"), (Provenance(tuple(items)), safety))


def _sources_section(blocks: Iterable[Block]) -> tuple[Section, ...]:
    names = sorted({cite.source for block in blocks for cite in _cites(block)})
    if not names:
        return ()
    listed = joined((_short_source(name) for name in names), "; ")
    said = Para(*phrase("letter.sources_lead"), *listed, ".")
    return (Section("sources", phrase("report.sources.title"), (said,)),)


def _short_source(name: str) -> Cell:
    """Return a source by name and identifier; the case report has the full citation."""
    source = load_sources()[name]
    if source.doi is not None:
        return (SourceName(name), ", doi:", Identifier(source.doi))
    if source.pmid is not None:
        return (SourceName(name), ", PMID ", Identifier(str(source.pmid)))
    return (SourceName(name), ", ", *phrase("letter.full_citation"))


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
    """Return which side is affected by the sources, that they disagree, or that none says."""
    view = plan.side
    if view.conflict:
        return phrase("letter.side_conflict", because=because_cells(view.because))
    if view.side is None:
        return phrase("letter.side_none")
    one, many = lookup_text("letter.source"), lookup_text("letter.sources")
    n = Count(len(view.because), one, many)
    return phrase("letter.side", side=operated_side(view.side), n=n)


def operated_side(side: Side | None) -> Cell:
    """Return a side as a letter says it: whose left it is, is never left open."""
    if side is None:
        return phrase("report.side_unknown")
    if side is Side.BOTH:
        return side_words(side)
    return phrase("letter.patient_side", side=side_words(side))


def finding_lines(
    plan: Plan, chart: Chart, codes: Sequence[str], *, strongest: bool = True
) -> list[Cell]:
    """Return the newest value of each code on file, a line a side, with its interval.

    ``strongest`` adds the findings that moved the ranking, the strongest first.
    """
    newest: dict[tuple[str, Side | None], Observation] = {}
    for code in codes:
        for seen in chart.every(code):
            at = (code, seen.finding.side)
            newest[at] = max(newest.get(at, seen), seen, key=lambda each: each.day)
    found = [Because.of(seen) for seen in newest.values()]
    if strongest and plan.differential is not None:
        moved = sorted(plan.differential.contributions, key=lambda c: -abs(c.shift))
        found += [c.because for c in moved]
    return [because_cell(each) for each in dict.fromkeys(found)]


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


def visit_bullets(plan: Plan) -> Block:
    """Return the visits of the schedule, one line each."""
    cells = (
        (*visit_day(v, plan), ": ", *say(f"follow_up.{v.code}")) for v in plan.follow_up.visits
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
