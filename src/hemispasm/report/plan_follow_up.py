"""Follow-up: when to see the patient again, what to watch, when to act; and what is missing."""

from __future__ import annotations

from collections.abc import Sequence

from hemispasm.model import lookup_code
from hemispasm.model.plan import FollowUp, FollowUpVisit, Missing, Plan
from hemispasm.model.texts import load_texts, lookup_text
from hemispasm.model.vocabulary import load_vocabulary
from hemispasm.report.document import (
    Block,
    Bullets,
    Callout,
    Cell,
    Count,
    Day,
    Folded,
    Identifier,
    Origin,
    Para,
    Section,
    Strong,
    Table,
    Verbatim,
)
from hemispasm.report.phrase import basis_cell, joined, lines, phrase, say

WAYS = ("ask", "examine", "order")


def follow_up_section(plan: Plan) -> Section:
    """Return schedule, level of care, what is watched, and when to act at once."""
    follow = plan.follow_up
    pathway = phrase(f"report.pathway.{follow.pathway}")
    children: list[Block] = [
        escalation_callout(follow),
        Para(*phrase("report.follow_up.pathway", pathway=pathway), role="lead"),
    ]
    if follow.visits:
        children.append(_schedule(follow.visits))
    if follow.level_of_care is not None:
        children.append(Para(*say(f"level_of_care.{follow.level_of_care}")))
    if follow.palsy_watch is not None:
        start, end = (Day(day) for day in follow.palsy_watch)
        children.append(Para(*phrase("report.mvd.palsy_watch", start=start, end=end)))
    children += _list("watch", follow.watch)
    children += _list("refer_again", follow.refer_again)
    basis = basis_cell(follow.basis)
    if basis:
        children.append(Para(*phrase("report.rests_on"), *basis, ".", role="basis"))
    return Section("follow-up", phrase("report.follow_up.title"), tuple(children))


def escalation_callout(follow: FollowUp) -> Callout:
    """Return the signs on which to act at once, with the emergency number where it is known."""
    signs = [say(f"escalation.{code}") for code in follow.escalation]
    body = [Para(*joined(signs, "; "), ".")] if signs else []
    return Callout(
        "warning", phrase("report.follow_up.escalation"), (*body, emergency_para(follow))
    )


def emergency_para(follow: FollowUp) -> Para:
    """Return the emergency number, or that it is not known here."""
    if follow.emergency_number is None:
        return Para(*say("emergency.unknown", "report.follow_up.no_emergency"))
    number = Identifier(follow.emergency_number)
    return Para(*say("emergency.number", "report.follow_up.emergency", number=number))


def _schedule(visits: Sequence[FollowUpVisit]) -> Table:
    columns = tuple(lookup_text(f"report.follow_up.{c}") for c in ("when", "what", "record"))
    rows = tuple(
        (_when(v), say(f"follow_up.{v.code}"), lines(record_words(item) for item in v.record))
        for v in visits
    )
    return Table.plain(phrase("report.follow_up.caption"), columns, rows)


def _when(visit: FollowUpVisit) -> Cell:
    if visit.due is None:
        return phrase("report.follow_up.open_date")
    until: Cell = (" to ", Day(visit.until)) if visit.until is not None else ()
    past = phrase("report.follow_up.past") if visit.past else ()
    return (Day(visit.due), *until, *past)


def record_words(item: str) -> Cell:
    """Return what to record at a visit: a text, or the label of a finding code."""
    if f"record.{item}" not in load_texts() and item in load_vocabulary():
        return (Verbatim(lookup_code(item).label, Origin.VOCABULARY),)
    return say(f"record.{item}")


def _list(name: str, codes: Sequence[str]) -> list[Block]:
    if not codes:
        return []
    lead = Para(Strong(*phrase(f"report.follow_up.{name}")), role="lead")
    return [lead, Bullets(tuple(say(f"{name}.{code}") for code in codes))]


def missing_section(plan: Plan) -> Section:
    """Return what is not known, warning signs first; unknown is never taken as absent."""
    gates = [m for m in plan.missing if m.matters_for == "gates"]
    rest = [m for m in plan.missing if m.matters_for != "gates"]
    children: list[Block] = []
    if not plan.missing:
        children.append(Para(*phrase("report.missing.none")))
    if gates:
        children.append(_missing(phrase("report.missing.caption"), gates))
    here = [say(f"refusal.{r.code}") for r in plan.refusals if not r.standing]
    if here:
        children.append(Para(Strong(*phrase("report.missing.not_shown")), role="lead"))
        children.append(Bullets(tuple(dict.fromkeys(here))))
    if rest:
        children.append(Para(*phrase("report.missing.more", n=Count(len(rest)))))
        table = _missing(phrase("report.missing.rest_caption"), rest)
        children.append(Folded(phrase("report.missing.rest"), (table,)))
    never = [say(f"refusal.{r.code}") for r in plan.refusals if r.standing]
    if never:
        said = Bullets(tuple(dict.fromkeys(never)))
        children.append(Folded(phrase("report.missing.never"), (said,)))
    return Section("missing", phrase("report.missing.title"), tuple(children))


def _missing(caption: Cell, missing: Sequence[Missing]) -> Table:
    """Return what is missing by what it matters for, and by who can find it out."""
    matters: dict[str, list[Missing]] = {}
    for each in missing:
        matters.setdefault(each.matters_for, []).append(each)
    rows = tuple(
        (_matters(name), *(_to_do(found, way) for way in WAYS)) for name, found in matters.items()
    )
    columns = tuple(lookup_text(f"report.missing.{key}") for key in ("matters", *WAYS))
    return Table.plain(caption, columns, rows, "prose")


def _to_do(missing: Sequence[Missing], way: str) -> Cell:
    return joined(missing_words(m) for m in missing if way_to_know(m.code) == way) or ("–",)


def way_to_know(code: str) -> str:
    """Return whether something is asked, examined, or ordered and obtained.

    Examples
    --------
    >>> way_to_know("history.fever"), way_to_know("exam.wound"), way_to_know("imaging.study")
    ('ask', 'examine', 'order')
    """
    kind = code.partition(".")[0]
    return {"history": "ask", "preference": "ask", "exam": "examine", "scale": "examine"}.get(
        kind, "order"
    )


def _matters(name: str) -> Cell:
    return say(f"report.missing.{name}", name)


def missing_words(missing: Missing) -> Cell:
    """Return what is missing: a text, or the label of a finding code."""
    if f"missing.{missing.code}" not in load_texts() and missing.code in load_vocabulary():
        return (Verbatim(lookup_code(missing.code).label, Origin.VOCABULARY),)
    return say(f"missing.{missing.code}")
