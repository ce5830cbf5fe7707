"""The answer to the referring doctor: question, findings, what it may be, what to do, unknowns."""

from __future__ import annotations

from collections.abc import Sequence

from hemispasm.evidence import lookup_evidence
from hemispasm.model import Signature, lookup_code
from hemispasm.model.chart import Chart
from hemispasm.model.plan import Differential, Missing, Option, Plan, WorkUpStep
from hemispasm.model.texts import lookup_text
from hemispasm.report.document import (
    Block,
    Bullets,
    Cell,
    Count,
    Day,
    Document,
    LineBreak,
    Origin,
    Para,
    Section,
    Soft,
    Strong,
    Table,
    Verbatim,
)
from hemispasm.report.letter_discharge import operations_on_file
from hemispasm.report.letter_parts import (
    field,
    finding_value,
    gate_action,
    letter_document,
    newest_by_side,
    operated_side,
    origin_and_day,
)
from hemispasm.report.phrase import (
    cited_names,
    class_words,
    evidence_sample,
    evidence_value,
    is_known,
    joined,
    lines,
    phrase,
    say,
    words_of,
)
from hemispasm.report.plain_figures import figures_withheld
from hemispasm.report.plan_follow_up import missing_words
from hemispasm.report.plan_gates import AT_ONCE, gate_title, gates_in_order
from hemispasm.report.plan_options import in_order, option_title, ranking_words
from hemispasm.report.plan_summary import share_number

GROUPS: dict[str, tuple[tuple[str, ...], int]] = {
    "now": (("history.duration", "video.spasm_rate", "emg.burst_rate"), 3),
    "exam": (("exam.spasm", "exam.facial_power"), 5),
    "emg": (("emg.lateral_spread", "emg.lateral_spread_at_surgery"), 2),
    "imaging": (
        (
            "imaging.radiologist_report", "imaging.assessability", "imaging.vessel_contact",
            "imaging.conflict_grade", "imaging.offending_vessel",
        ), 5,
    ),
    "hearing": (("report.audiogram",), 1),
    "scale": (("scale.smc", "scale.jrs_total", "scale.vas_severity"), 3),
}  # fmt: skip
"""Findings in the order of a clinician, and the most of each group. Codes named here come first;
those of the same kind that moved the ranking follow, the strongest first."""
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
_ROOT = "letter.referral_answer"
_MOST_CLASSES, _MOST_MISSING = 5, 3
# A share below this is told together with the others: the text says one per cent.
_SHARE_LISTED_FROM = 0.01


def referral_answer(plan: Plan, chart: Chart, signed: Signature | None) -> Document:
    """Return the letter to the referring doctor."""
    summary = _text("summary")
    sections = (
        _section("question", Para(*_text("question_text", field=field())), Para(*_text("read"))),
        _section("findings", *_findings(plan, chart)),
        _section("might", *_might(plan)),
        _section("flags", *_flags(plan)),
        _section("tests", *_tests(plan)),
        _section("options", *_options(plan)),
        _section("unknowns", *_unknowns(plan)),
    )
    return letter_document("referral_answer", plan, chart, summary, sections, signed)


def _text(name: str, **nodes: Cell | str | Count | Day) -> Cell:
    return phrase(f"{_ROOT}.{name}", **nodes)


def _section(name: str, *children: Block) -> Section:
    return Section(name, _text(name), children)


def _findings(plan: Plan, chart: Chart) -> list[Block]:
    shown: list[str] = []
    every: list[str] = []
    for kind, (first, most) in GROUPS.items():
        codes = [c for c in dict.fromkeys((*first, *_moved(plan, kind))) if any(chart.every(c))]
        shown += codes[:most]
        every += codes
    rows = tuple(_finding(chart, code) for code in shown)
    if not rows:
        treated = (*_text("treatments"), ": ", *_treatments(chart), ".")
        return [Para(*_text("findings_none")), Para(*treated)]
    columns = tuple(lookup_text(f"{_ROOT}.findings_{name}") for name in ("what", "value"))
    rows = (*rows, (_text("treatments"), _treatments(chart)))
    blocks: list[Block] = [Table.plain(_text("findings_caption"), columns, rows)]
    more = len({*every, *_moved(plan)} - set(shown))
    if more:
        blocks.append(Para(*_text("findings_more", n=Count(more)), role="basis"))
    return blocks


def _treatments(chart: Chart) -> Cell:
    """Return operations and the newest toxin treatment of each side; not on file where unknown."""
    if chart.treatments is None:
        return _text("treatments_unknown")
    operations = [
        _text(
            "operation",
            kind=(Verbatim(words_of(o.kind or "operation"), Origin.CASE),),
            day=Day(o.day),
            side=operated_side(o.side),
        )
        for o in operations_on_file(chart)
    ]
    newest = {c.side: c for c in sorted(chart.treatments.toxin, key=lambda c: c.day)}
    toxin = [_text("toxin", day=Day(c.day), side=operated_side(c.side)) for c in newest.values()]
    return lines([*operations, *toxin]) or _text("treatments_none")


def _moved(plan: Plan, kind: str = "") -> list[str]:
    """Return the codes of a kind that moved the ranking, the strongest first, each once."""
    found = plan.differential.contributions if plan.differential else ()
    strongest = sorted(found, key=lambda c: -abs(c.shift))
    return list(dict.fromkeys(c.because.code for c in strongest if c.because.code.startswith(kind)))


def _finding(chart: Chart, code: str) -> tuple[Cell, Cell]:
    """Return a finding with the newest value of each side; a code stands once."""
    found = newest_by_side(chart, code)
    label = Verbatim(lookup_code(code).label, Origin.VOCABULARY)
    same = len({(each.origin, each.day) for each in found}) == 1
    cells = [finding_value(each, origin=not same) for each in found]
    tail = (" ", *origin_and_day(found[0])) if same else ()
    return (label,), (*joined(cells, "; "), *tail)


def _might(plan: Plan) -> list[Block]:
    said: list[Block] = []
    differential = plan.differential
    if differential is None:
        held = [r for r in plan.refusals if "differential" in r.outputs and not r.standing]
        why = joined((say(f"refusal.{r.code}") for r in held), " ")
        said.append(Para(*_text("withheld"), " ", *why))
    else:
        said.append(Para(*_text("no_diagnosis")))
        said.append(Bullets(tuple(_shares(differential))))
    return [*said, Para(*_cause(plan))]


def _shares(differential: Differential) -> list[Cell]:
    """Return the larger shares one by one, smaller ones in a line, and the rest in words."""
    ranked = sorted(differential.shares, key=lambda s: -s.share)
    listed = [s for s in ranked if s.share >= _SHARE_LISTED_FROM]
    cells: list[Cell] = [
        (*class_words(s.name), ": ", share_number(s)) for s in listed[:_MOST_CLASSES]
    ]
    smaller = joined(class_words(s.name) for s in listed[_MOST_CLASSES:])
    if smaller:
        cells.append(_text("smaller", classes=smaller))
    if len(listed) < len(ranked):
        cells.append(_text("others"))
    return cells


def _cause(plan: Plan) -> Cell:
    day, said = plan.causes.secondary_report_day, plan.causes.secondary_report
    known = {"no_secondary_cause": "report_none", "secondary_cause": "report_cause"}
    if day is None:
        return say("causes.no_report")
    return say(f"causes.{known.get(str(said), 'report_unclear')}", day=Day(day))


def _flags(plan: Plan) -> list[Block]:
    gates = gates_in_order(plan)
    if gates:
        # What to do at once stands in the boxes above the title, and is not told twice.
        cells = (
            (
                *gate_title(gate),
                ". ",
                *(_text("above") if gate.urgency in AT_ONCE else gate_action(gate, plan)),
            )
            for gate in gates
        )
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
    blocks: list[Block] = [Para(*_text("options_lead")), *ranking_words(plan.options)]
    ordered = in_order(plan.options)
    main = [o for o in ordered if o.name in FIGURES or o.suits or o.against]
    columns = tuple(
        lookup_text(f"{_ROOT}.options_{name}") for name in ("name", "figures", "for", "against")
    )
    rows = tuple(_option(plan, option) for option in main)
    blocks.append(Table.plain(_text("options_caption"), columns, rows, "prose"))
    others = joined((_name(option) for option in ordered if option not in main), ", ")
    if others:
        blocks.append(Para(*_text("options_others", items=others)))
    return blocks


def _option(plan: Plan, option: Option) -> tuple[Cell, ...]:
    grade = _text("grade", grade=say(f"evidence_grade.{option.evidence_grade}"))
    known = {key for figures in option.figures for key in figures.evidence}
    keys = [k for k in FIGURES.get(option.name, ()) if k in known and is_known(k)]
    held = figures_withheld(plan, option.name)
    figures = [] if held else [_figure(key) for key in keys]
    if held or option.withheld:
        figures.append(_text("figures_withheld"))
    reasons = (
        lines(say(f"option_reason.{r.code}") for r in found) or ("–",)
        for found in (option.suits, option.against)
    )
    name = (Strong(*_name(option)), LineBreak(), Soft(*grade))
    return (name, lines(figures) or ("–",), *reasons)


def _figure(key: str) -> Cell:
    """Return a figure with its sample and its sources; how they were read is in the report."""
    item = lookup_evidence(key)
    sample = evidence_sample(key) if item.n is not None else ()
    whence = Soft("[", *joined((sample, cited_names(key)), "; "), "]")
    value = evidence_value(key)
    label: Cell = (Verbatim(item.label, Origin.EVIDENCE),)
    return (*label, ": ", *value, " ", whence) if value else (*label, " ", whence)


def _name(option: Option) -> Cell:
    return _text("option", title=option_title(option))


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
