"""The answer to the referring doctor: question, findings, what it may be, what to do, unknowns."""

from __future__ import annotations

from collections.abc import Sequence

from hemispasm.model import Signature
from hemispasm.model.chart import Chart
from hemispasm.model.plan import Missing, Option, Plan, WorkUpStep
from hemispasm.report.document import (
    Block,
    Bullets,
    Cell,
    Count,
    Day,
    Document,
    Para,
    Section,
)
from hemispasm.report.letter_parts import field, finding_lines, letter_document, side_sentence
from hemispasm.report.phrase import class_words, evidence_line, is_known, joined, phrase, say
from hemispasm.report.plain_figures import figures_fit
from hemispasm.report.plan_follow_up import missing_words
from hemispasm.report.plan_gates import gate_title, gate_words, gates_in_order
from hemispasm.report.plan_options import ranking_words
from hemispasm.report.plan_summary import SEVERITY, share_number

CODES = (
    *SEVERITY,
    "history.duration",
    "imaging.radiologist_report",
    "imaging.vessel_contact",
    "imaging.offending_vessel",
    "emg.lateral_spread",
    "report.audiogram",
)
"""Findings that the answer names when they are on file, before those that moved the ranking."""
FIGURES = {
    "observation": ("untreated.remission", "untreated.remission_rare", "untreated.worse"),
    "toxin": ("toxin_response.range", "toxin_duration.range", "toxin_harm.any_range"),
    "mvd": (
        "mvd_effect.new_centre",
        "complication.hearing_loss_lasting",
        "complication.facial_palsy_lasting",
        "complication.death",
    ),
}
"""The figures of each option that fit into a letter: what it may bring, and what it may cost."""
_MOST_FINDINGS, _MOST_CLASSES, _MOST_MISSING = 12, 5, 4


def referral_answer(plan: Plan, chart: Chart, signed: Signature | None) -> Document:
    """Return the letter to the referring doctor."""
    summary = phrase("letter.referral_answer.summary", day=Day(plan.as_of))
    sections = (
        _section("question", Para(*_text("question_text", field=field())), Para(*_text("read"))),
        _section("findings", *_findings(plan, chart)),
        _section("might", *_might(plan)),
        _section("flags", *_flags(plan)),
        _section("tests", *_tests(plan)),
        _section("options", *_options(plan)),
        _section("unknowns", *_unknowns(plan)),
    )
    return letter_document("referral_answer", plan, chart, Para(*summary), sections, signed)


def _text(name: str, **nodes: Cell | str | Count | Day) -> Cell:
    return phrase(f"letter.referral_answer.{name}", **nodes)


def _section(name: str, *children: Block) -> Section:
    return Section(name, _text(name), children)


def _findings(plan: Plan, chart: Chart) -> list[Block]:
    found = finding_lines(plan, chart, CODES)
    if not found:
        return [Para(*side_sentence(plan)), Para(*_text("findings_none"))]
    more = len(found) - _MOST_FINDINGS
    shown = found[:_MOST_FINDINGS]
    if more > 0:
        shown.append(_text("findings_more", n=Count(more)))
    return [Para(*side_sentence(plan)), Bullets(tuple(shown))]


def _might(plan: Plan) -> list[Block]:
    said: list[Block] = []
    differential = plan.differential
    if differential is None:
        held = [r for r in plan.refusals if "differential" in r.outputs and not r.standing]
        why = joined((say(f"refusal.{r.code}") for r in held), " ")
        said.append(Para(*_text("withheld"), " ", *why))
    else:
        said.append(Para(*_text("no_diagnosis"), " ", *_lead(plan)))
        ranked = sorted(differential.shares, key=lambda s: -s.share)[:_MOST_CLASSES]
        shares = tuple((*class_words(s.name), ": ", share_number(s)) for s in ranked)
        said += [Bullets(shares), Para(*_text("others"))]
    return [*said, Para(*_cause(plan))]


def _lead(plan: Plan) -> Cell:
    leading = plan.differential.leading if plan.differential else None
    if leading is None:
        return _text("no_lead")
    return _text("leads", **{"class": class_words(leading)})


def _cause(plan: Plan) -> Cell:
    day, said = plan.causes.secondary_report_day, plan.causes.secondary_report
    known = {"no_secondary_cause": "report_none", "secondary_cause": "report_cause"}
    if day is None:
        return say("causes.no_report")
    return say(f"causes.{known.get(str(said), 'report_unclear')}", day=Day(day))


def _flags(plan: Plan) -> list[Block]:
    gates = gates_in_order(plan)
    if gates:
        cells = ((*gate_title(g), ". ", *gate_words(g, "action", plan)) for g in gates)
        return [Bullets(tuple(cells))]
    open_ = sum(m.matters_for == "gates" for m in plan.missing)
    if not open_:
        return [Para(*_text("no_flags_all"))]
    return [Para(*_text("no_flags", n=Count(open_)))]


def _tests(plan: Plan) -> list[Block]:
    if not plan.work_up:
        return [Para(*_text("no_tests"))]
    cells = [
        (*_test(step), ": ", *say(f"workup.{step.rule}")) for step in plan.work_up if step.rule
    ]
    ranked = joined((_test(step) for step in plan.work_up if not step.rule), "; ")
    if ranked:
        cells.append(_text("by_ranking", items=ranked))
    return [Bullets(tuple(cells))]


def _test(step: WorkUpStep) -> Cell:
    ask = joined((say(f"caution_short.{c}", f"caution.{c}") for c in step.cautions), ", ")
    title = say(f"test.{step.test}.title")
    return (*title, " ", *_text("ask", items=ask)) if ask else title


def _options(plan: Plan) -> list[Block]:
    lead = [Para(*_text("options_lead")), *ranking_words(plan.options)]
    return [*lead, Bullets(tuple(_option(plan, option) for option in plan.options.options))]


def _option(plan: Plan, option: Option) -> Cell:
    title = say(f"option.{option.name}.title")
    known = {key for figures in option.figures for key in figures.evidence}
    keys = [k for k in FIGURES.get(option.name, ()) if k in known and is_known(k)]
    parts = [_text("grade", grade=say(f"evidence_grade.{option.evidence_grade}"))]
    if figures_fit(plan):
        parts += [(*evidence_line(key), ".") for key in keys]
    if option.withheld or not figures_fit(plan):
        parts.append(_text("figures_withheld"))
    for name, reasons in (("for", option.suits), ("against", option.against)):
        said = joined((say(f"option_reason.{r.code}") for r in reasons), " ")
        if said:
            parts.append(_text(name, reasons=said))
    return (*_text("option", title=title), *joined(parts, " "))


def _unknowns(plan: Plan) -> list[Block]:
    matters: dict[str, list[Missing]] = {}
    for each in plan.missing:
        matters.setdefault(each.matters_for, []).append(each)
    cells = [_missing(name, found) for name, found in matters.items()]
    held = [say(f"refusal.{r.code}") for r in plan.refusals if not r.standing]
    cells += dict.fromkeys(held)
    return [Bullets(tuple(cells))] if cells else [Para(*phrase("letter.none"))]


def _missing(name: str, found: Sequence[Missing]) -> Cell:
    items = joined((missing_words(m) for m in found[:_MOST_MISSING]), "; ")
    if len(found) > _MOST_MISSING:
        items = _text("more", items=items, n=Count(len(found) - _MOST_MISSING))
    return _text("unknown", matters=say(f"report.missing.{name}", name), items=items)
