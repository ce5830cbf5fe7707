"""The text for patient and family: plain words, help first, no diagnosis, no promise, no dose."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from hemispasm.evidence import lookup_evidence
from hemispasm.model import Signature
from hemispasm.model.chart import Chart
from hemispasm.model.plan import Gate, Plan, Urgency
from hemispasm.model.texts import load_texts, lookup_text
from hemispasm.report.document import (
    Block,
    Bullets,
    Callout,
    Cell,
    Day,
    Document,
    Folded,
    Identifier,
    Number,
    Origin,
    Para,
    Provenance,
    Section,
    Strong,
    Verbatim,
)
from hemispasm.report.gate_age import earlier_words
from hemispasm.report.inline import source_words
from hemispasm.report.number import FromEvidence
from hemispasm.report.phrase import is_known, joined, phrase, say
from hemispasm.report.plain_choices import options_section, tests_section
from hemispasm.report.plain_course import (
    after_section,
    diary_section,
    driving_section,
    visits_section,
)
from hemispasm.report.plain_found import URGENT, found_section, gate_title, might_section, side_cell
from hemispasm.report.plan_gates import gates_in_order
from hemispasm.report.plan_report import plan_banners, plan_mark
from hemispasm.report.plan_sources import evidence_in
from hemispasm.report.reading_ease import plain_text_of

_SIGNS = "plain.escalation."
_WORD = "plain.word."
_QUESTIONS = ("sure", "scan", "wait", "results", "harm", "mine", "who")
_CONTACT = ("clinic", "doctor", "day_phone", "night_phone", "next_visit")


def build_patient_text(plan: Plan, chart: Chart, *, signed: Signature | None = None) -> Document:
    """Return the text for patient and family as a document tree.

    Every number stands in a node with its source. Nothing in it is a diagnosis, a dose, one
    person's chance, or a word that something is not an emergency. The reading grade of every
    section is held by the tests.

    Parameters
    ----------
    plan : Plan
        What reasoning returned. Gates of urgency emergency and urgent stand above the title.
    chart : Chart
        What it saw; read for how often, how strong, and what the patient told.
    signed : Signature or None
        None leaves a DRAFT, marked on every page.

    Returns
    -------
    Document
        Sections: ``help`` (first), ``found``, ``might``, ``tests``, ``options``, ``after``,
        ``visits``, ``diary``, ``driving`` (not for who does not drive), ``ask``, ``words``,
        ``sources``.
    """
    made: Sequence[Section | None] = (
        help_section(plan),
        found_section(plan, chart),
        might_section(plan),
        tests_section(plan),
        options_section(plan),
        after_section(plan),
        visits_section(plan),
        diary_section(plan),
        driving_section(plan),
        _ask_section(),
    )
    sections = [section for section in made if section is not None]
    case = Verbatim(plan.case, Origin.CASE)
    summary = phrase("plain.summary", case=case, day=Day(plan.as_of), side=side_cell(plan))
    return Document(
        title=phrase("plain.title"),
        mark=plan_mark(signed),
        banners=(*_gate_banners(plan), *_state_banners(plan, chart, signed)),
        summary=Para(*summary),
        sections=(*sections, _words_section(sections), _sources_section(sections)),
        large_print=True,
    )


def help_section(plan: Plan) -> Section:
    """Return every sign on which to call for help, with the number where it is known."""
    follow = plan.follow_up
    if follow.emergency_number is None:
        lead = Para(Strong(*phrase("plain.help.no_number")))
    else:
        number = Identifier(follow.emergency_number)
        lead = Para(Strong(*phrase("plain.help.number", number=number)))
    # Always every sign, whatever the plan holds: none is left out as unlikely.
    known = [key for key in load_texts() if key.startswith(_SIGNS)]
    other = [c for c in follow.escalation if _SIGNS + c not in known]
    signs = [*(phrase(key) for key in known), *(say(f"escalation.{code}") for code in other)]
    children: list[Block] = [lead, Bullets(tuple(signs)), Para(*phrase("plain.help.passed"))]
    if follow.emergency_number is None:
        field = lookup_text("plain.field")
        children.append(Para(*phrase("plain.help.written", field=field)))
    return Section("help", phrase("plain.help.title"), tuple(children))


def _gate_banners(plan: Plan) -> tuple[Callout, ...]:
    return tuple(
        Callout(
            "emergency" if gate.urgency is Urgency.EMERGENCY else "urgent",
            (*phrase(f"plain.urgency.{gate.urgency}"), ": ", *gate_title(gate)),
            (Para(*_action(gate, plan)),),
        )
        for gate in gates_in_order(plan)
        if gate.urgency in URGENT
    )


def _action(gate: Gate, plan: Plan) -> Cell:
    number = plan.follow_up.emergency_number
    emergency = phrase("plain.help.local") if number is None else (Identifier(number),)
    keys = (f"plain.gate.{gate.code}.do", f"gate.{gate.code}.action")
    earlier = earlier_words(gate, plan, "plain.gate_earlier")
    return (*earlier, *say(*keys, emergency=emergency))


def _state_banners(plan: Plan, chart: Chart, signed: Signature | None) -> tuple[Callout, ...]:
    banners = plan_banners(plan, signed, simulated=chart.case.simulated)
    body = (Para(*phrase("plain.draft_body")),)
    return tuple(replace(b, body=body) if b.tone == "draft" else b for b in banners)


def _ask_section() -> Section:
    questions = tuple(phrase(f"plain.ask.{name}") for name in _QUESTIONS)
    field = lookup_text("plain.field")
    contact = Provenance(
        tuple((lookup_text(f"plain.contact.{name}"), (field,)) for name in _CONTACT)
    )
    children = (
        Para(*phrase("plain.ask.people")),
        Para(*phrase("plain.ask.questions")),
        Bullets(questions),
        Para(*phrase("plain.ask.contact")),
        contact,
    )
    return Section("ask", phrase("plain.ask.title"), children)


def _words_section(sections: Sequence[Section]) -> Section:
    """Return the words that the text uses or that patients hear, each explained."""
    said = plain_text_of(sections).lower()
    texts = load_texts()
    terms = [k.removesuffix(".term") for k in texts if k.startswith(_WORD) and k.endswith("term")]
    items = tuple(
        (Strong(*phrase(f"{word}.term")), ": ", *phrase(f"{word}.about"))
        for word in terms
        if lookup_text(f"{word}.term").lower() in said
    )
    return Section("words", phrase("plain.words.title"), (Bullets(items),))


def _sources_section(sections: Iterable[Block]) -> Section:
    keys = [key for key in evidence_in(sections) if is_known(key)]
    title, safety = phrase("plain.sources.title"), Para(*phrase("plain.safety"))
    if not keys:
        return Section("sources", title, (Para(*phrase("plain.sources.none")), safety))
    lead = Para(*phrase("plain.sources.lead"))
    studies = tuple(Para(*_source(key), role="basis") for key in keys)
    listed = Folded(phrase("plain.sources.folded"), studies)
    return Section("sources", title, (safety, lead, listed))


def _source(key: str) -> Cell:
    item = lookup_evidence(key)
    names = joined(((Identifier(source_words(name)),) for name in item.sources), "; ")
    many: Cell = ()
    if item.n is not None:
        n = Number(float(item.n), "1", FromEvidence(key), decimals=0)
        of = Verbatim(item.n_of, Origin.EVIDENCE)
        many = phrase("plain.sources.people", n=n, of=of)
    return (Verbatim(item.label, Origin.EVIDENCE), ": ", *names, *many)
