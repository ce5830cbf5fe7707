"""Gates: what must be seen before anything else, and what is not shown for this patient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from hemispasm.model.chart import Doubt
from hemispasm.model.plan import Gate, Plan, Refusal, Urgency
from hemispasm.model.texts import lookup_text
from hemispasm.report.document import (
    Block,
    Callout,
    Cell,
    Count,
    Day,
    Folded,
    Identifier,
    Inline,
    Origin,
    Para,
    Section,
    Strong,
    Verbatim,
)
from hemispasm.report.gate_age import earlier_words
from hemispasm.report.phrase import (
    basis_cell,
    because_cell,
    because_cells,
    joined,
    phrase,
    say,
    side_words,
)
from hemispasm.report.plan_sources import evidence_in_parts

Tone = Literal["emergency", "urgent", "warning", "note"]

# A mark beside the word, so that nobody depends on the colour.
MARKS = {
    Urgency.EMERGENCY: "▲▲▲ ",
    Urgency.URGENT: "▲▲ ",
    Urgency.SOON: "▲ ",
    Urgency.CHECK: "△ ",
}
_TONES: dict[Urgency, Tone] = {
    Urgency.EMERGENCY: "emergency",
    Urgency.URGENT: "urgent",
    Urgency.SOON: "warning",
    Urgency.CHECK: "note",
}
_ORDER = list(Urgency)
# So many entries stand in a box that can wait; all of them are in the details.
_MOST_ENTRIES = 4
# These stand above the title as well, and keep their reasons beside them.
AT_ONCE = (Urgency.EMERGENCY, Urgency.URGENT)


def gates_in_order(plan: Plan) -> tuple[Gate, ...]:
    """Return the gates, most urgent first; equal ones as the plan has them."""
    return tuple(sorted(plan.gates, key=lambda gate: _ORDER.index(gate.urgency)))


def gate_banners(plan: Plan) -> tuple[Callout, ...]:
    """Return what stands above the title: the action of every emergency and urgent gate."""
    return tuple(
        Callout(
            _TONES[gate.urgency],
            gate_title(gate),
            (Para(*action_words(gate, plan), " ", *phrase("report.gate.see")),),
        )
        for gate in gates_in_order(plan)
        if gate.urgency in AT_ONCE
    )


def gates_section(plan: Plan) -> Section:
    """Return the gates with their reasons; without any, a sentence that reassures nobody."""
    gates = gates_in_order(plan)
    children: list[Block] = []
    if gates:
        children.append(Para(*phrase("report.gate.lead")))
    else:
        children.append(Callout("warning", phrase("report.gate.none")))
    children += [_gate(gate, plan) for gate in gates]
    folded = [_reasons(gate, plan) for gate in gates if gate.urgency not in AT_ONCE]
    if plan.doubts:
        children.append(doubts_callout(plan.doubts))
    if folded:
        children.append(Folded(phrase("report.gate.details"), tuple(folded)))
    asked = [m for m in plan.missing if m.matters_for == "gates"]
    if asked:
        children.append(Para(*phrase("report.gate.not_asked", n=Count(len(asked)))))
    return Section("gates", phrase("report.gate.title"), tuple(children))


def doubts_callout(doubts: Sequence[Doubt]) -> Callout:
    """Return what contradicts itself on file, for a person to settle."""
    lines = (Para(Day(d.day), ": ", Verbatim(d.words, Origin.QUALITY)) for d in doubts)
    return Callout("warning", phrase("report.gate.doubts"), tuple(lines))


def gate_title(gate: Gate) -> Cell:
    """Return mark, urgency, title and side of a gate."""
    side: Cell = ()
    if gate.side is not None:
        side = phrase("report.gate.side", side=side_words(gate.side))
    title = say(f"gate.{gate.code}.title", f"gate.{gate.code}", side=side_words(gate.side))
    return (MARKS[gate.urgency], *phrase(f"urgency.{gate.urgency}"), ": ", *title, *side)


def gate_words(gate: Gate, part: str, plan: Plan) -> Cell:
    """Return the ``reason`` or the ``action`` of a gate, with the emergency number where known."""
    number = plan.follow_up.emergency_number
    emergency = phrase("report.gate.emergency") if number is None else (Identifier(number),)
    side = side_words(gate.side)
    return say(f"gate.{gate.code}.{part}", side=side, emergency=emergency)


def action_words(gate: Gate, plan: Plan) -> Cell:
    """Return what to do; before it the day of an emergency or urgent sign that is not of today."""
    return (*earlier_words(gate, plan), *gate_words(gate, "action", plan))


def _gate(gate: Gate, plan: Plan) -> Callout:
    """Return what to do and why; the reasons of what can wait until read stand in the details."""
    do = () if earlier_words(gate, plan) else (Strong(*phrase("report.do")),)
    body = [Para(*do, *action_words(gate, plan))]
    at_once = gate.urgency in AT_ONCE
    if gate.because:
        seen = because_cells(gate.because, None if at_once else _MOST_ENTRIES)
        body.append(Para(*phrase("report.because"), *seen, "."))
    if at_once:
        body += _reason(gate, plan)
    return Callout(_TONES[gate.urgency], gate_title(gate), tuple(body))


def _reasons(gate: Gate, plan: Plan) -> Callout:
    body = _reason(gate, plan)
    if len(gate.because) > _MOST_ENTRIES:
        body.append(Para(*phrase("report.because"), *because_cells(gate.because), "."))
    return Callout(_TONES[gate.urgency], gate_title(gate), tuple(body))


def _reason(gate: Gate, plan: Plan) -> list[Para]:
    reason = Para(*gate_words(gate, "reason", plan))
    named = [*evidence_in_parts(reason.parts), *evidence_in_parts(gate_words(gate, "action", plan))]
    basis = basis_cell(gate.basis, named)
    if not basis:
        return [reason]
    return [reason, Para(*phrase("report.rests_on"), *basis, ".", role="basis")]


def refusal_para(refusal: Refusal) -> Para:
    """Return one thing that is not shown for this patient, with the reason."""
    parts: list[Inline] = [*say(f"refusal.{refusal.code}")]
    why = [because_cell(each) for each in refusal.because]
    if why:
        parts += [" ", *phrase("report.because"), *joined(why, "; "), "."]
    basis = basis_cell(refusal.basis)
    if basis:
        parts += [" ", *phrase("report.rests_on"), *basis, "."]
    return Para(Strong(lookup_text("report.refusal.title")), *parts, role="refusal")


def refusals_of(plan: Plan, *outputs: str) -> tuple[Para, ...]:
    """Return the refusals that withhold one of these outputs from this patient.

    What is never made for anybody is said once, by ``missing_section``.
    """
    found: Sequence[Refusal] = [
        r for r in plan.refusals if set(r.outputs) & set(outputs) and not r.standing
    ]
    return tuple(refusal_para(refusal) for refusal in found)
