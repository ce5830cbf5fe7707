"""The discharge letter after an operation: facts as recorded, and what to watch from now on."""

from __future__ import annotations

from datetime import date

from hemispasm.model import Signature
from hemispasm.model.chart import Chart
from hemispasm.model.plan import Because, Plan
from hemispasm.model.texts import lookup_text
from hemispasm.model.treatment import Operation
from hemispasm.report.document import (
    Block,
    Bullets,
    Cell,
    Day,
    Document,
    Identifier,
    Origin,
    Para,
    Provenance,
    Section,
    Verbatim,
)
from hemispasm.report.letter_parts import (
    field,
    letter_document,
    newest_by_side,
    operated_side,
    side_sentence,
    sign_bullets,
    visit_bullets,
    visit_day,
)
from hemispasm.report.phrase import because_cell, evidence_line, joined, phrase, say, words_of
from hemispasm.report.plan_follow_up import emergency_para

_MONITORED = ("emg.lateral_spread_at_surgery", "emg.baep_wave_v")
# What is noted before somebody goes home, by the text of what to record.
_STATE = {
    "spasm_today": ("exam.spasm", "scale.kondo_effect"),
    "facial_power": ("exam.facial_power", "scale.house_brackmann"),
    "hearing_test": ("exam.hearing", "report.audiogram"),
    "swallowing_and_voice": ("exam.palate_and_swallowing",),
}
_WHEN_TO_JUDGE = ("mvd_timing.earliest_judgement", "mvd_timing.wait_a_year")


def operations_on_file(chart: Chart) -> tuple[Operation, ...]:
    """Return the operations up to the day of the chart, oldest first."""
    found = () if chart.treatments is None else chart.treatments.operations
    return tuple(sorted((o for o in found if o.day <= chart.as_of), key=lambda o: o.day))


def discharge_letter(plan: Plan, chart: Chart, signed: Signature | None) -> Document:
    """Return the discharge letter of the newest operation on file."""
    *earlier, operation = operations_on_file(chart)
    side = operated_side(operation.side)
    summary = _text("summary", day=Day(operation.day), side=side)
    # Dates of the plan are those of the newest decompression, which may be another operation.
    fits = plan.mvd is not None and plan.mvd.operated_on == operation.day
    sections = (
        _section("operation", *_operation(plan, operation, earlier)),
        _section("monitoring", _monitoring(chart, operation)),
        _section("complications", Para(*_complications(operation))),
        _section("wound", *_wound(chart, operation)),
        _section("state", *_state(chart, operation)),
        _section("watch", *_watch(plan, fits=fits)),
        _section("judged", *_judged(plan, fits=fits)),
        _section("dates", *_dates(plan, fits=fits)),
        _section("call", _call(plan)),
    )
    return letter_document("discharge", plan, chart, summary, sections, signed)


def _text(name: str, **nodes: Cell | str | Day) -> Cell:
    return phrase(f"letter.discharge.{name}", **nodes)


def _section(name: str, *children: Block) -> Section:
    return Section(name, _text(name), children)


def _operation(plan: Plan, operation: Operation, earlier: list[Operation]) -> list[Block]:
    facts: dict[str, Cell] = {
        "kind": _recorded(operation.kind),
        "day": (Day(operation.day),),
        "op_side": operated_side(operation.side),
        "approach": _recorded(operation.approach),
        "technique": _recorded(operation.technique),
        "vessels": _recorded(*(operation.vessels or ())),
        "care": _recorded(operation.level_of_care),
        "relief": _day(operation.relief_day),
        "recurrence": _day(operation.recurrence_day),
        "outcome": _recorded(operation.outcome),
    }
    prefix = "letter.discharge."
    rows = tuple((lookup_text(prefix + name), cell) for name, cell in facts.items())
    blocks: list[Block] = [Provenance(rows)]
    affected = plan.side.side
    if plan.side.conflict:
        blocks.insert(0, Para(*side_sentence(plan)))
    elif operation.side is not None and affected is not None and operation.side != affected:
        sides = {"side": operated_side(operation.side), "other": operated_side(affected)}
        blocks.insert(0, Para(*_text("side_unlike", **sides)))
    if earlier:
        items = joined(
            (_text("earlier_item", day=Day(o.day), side=operated_side(o.side)) for o in earlier),
            "; ",
        )
        blocks.append(Para(*_text("earlier", items=items)))
    return blocks


def _recorded(*words: str | None) -> Cell:
    said = [(Verbatim(words_of(word), Origin.CASE),) for word in words if word]
    return joined(said) or _text("not_recorded")


def _day(day: date | None) -> Cell:
    return _text("not_recorded") if day is None else (Day(day),)


def _monitoring(chart: Chart, operation: Operation) -> Block:
    seen = [
        found
        for code in _MONITORED
        for found in chart.every(code)
        if found.day >= operation.day and operation.side in (None, found.finding.side)
    ]
    if not seen:
        return Para(*_text("monitoring_none"))
    return Bullets(tuple(because_cell(Because.of(found)) for found in seen))


def _complications(operation: Operation) -> Cell:
    if operation.complications is None:
        return _text("complications_unknown")
    if not operation.complications:
        return _text("complications_none_recorded")
    return _text("complications_list", items=_recorded(*operation.complications))


def _wound(chart: Chart, operation: Operation) -> list[Block]:
    seen = chart.latest("exam.wound")
    if seen is None or seen.day < operation.day:
        state = _text("wound_none", field=field())
    else:
        value = Verbatim(words_of(str(seen.finding.value)), Origin.FINDING)
        state = _text("wound_state", state=(value,), day=Day(seen.day))
    medicines = _text("medicines", field=field()), _text("medicines_note", field=field())
    return [Para(*state), Para(*_text("wound_watch")), *(Para(*cell) for cell in medicines)]


def _state(chart: Chart, operation: Operation) -> list[Block]:
    """Return what was found after the day of the operation, and what nobody has noted since."""
    found = {
        name: [b for code in codes for b in newest_by_side(chart, code, operation.day)]
        for name, codes in _STATE.items()
    }
    seen = tuple(because_cell(each) for some in found.values() for each in some)
    blocks: list[Block] = [Bullets(seen)] if seen else [Para(*_text("state_none"))]
    lacking = joined((say(f"record.{name}") for name, some in found.items() if not some), "; ")
    if lacking:
        blocks.append(Para(*_text("state_missing", items=lacking, field=field())))
    return blocks


def _watch(plan: Plan, *, fits: bool) -> list[Block]:
    blocks: list[Block] = [Para(*_palsy(plan, fits=fits))]
    tests = [v for v in plan.follow_up.visits if "hearing_test" in v.record and v.due is not None]
    if fits and tests:
        days = joined((visit_day(visit, plan) for visit in tests), "; ")
        blocks.append(Para(*_text("hearing", days=days)))
    else:
        blocks.append(Para(*_text("hearing_none", field=field())))
    if plan.follow_up.watch:
        items = joined((say(f"watch.{code}") for code in plan.follow_up.watch), "; ")
        blocks.append(Para(*_text("ward", items=items)))
    return [*blocks, Para(*_text("at_once")), sign_bullets(plan), emergency_para(plan.follow_up)]


def _palsy(plan: Plan, *, fits: bool) -> Cell:
    span = plan.mvd.palsy_watch if fits and plan.mvd else None
    if span is None:
        return _text("palsy_none")
    key = "palsy" if span[1] >= plan.as_of else "palsy_over"
    return _text(key, first=Day(span[0]), last=Day(span[1]))


def _judged(plan: Plan, *, fits: bool) -> list[Block]:
    if not fits or plan.mvd is None:
        return [Para(*_text("judged_none"))]
    due = {visit.code: visit.due for visit in plan.follow_up.visits}
    half, whole = due.get("month_six"), due.get("month_twelve")
    said = _text("judged_text")
    if half is not None and whole is not None:
        said = _text("judged_dates", half=Day(half), whole=Day(whole))
    return [Para(*said), Bullets(tuple(evidence_line(key) for key in _WHEN_TO_JUDGE))]


def _dates(plan: Plan, *, fits: bool) -> list[Block]:
    other = [] if fits or not plan.follow_up.visits else [Para(*_text("dates_other"))]
    return [*other, visit_bullets(plan)]


def _call(plan: Plan) -> Provenance:
    number = plan.follow_up.emergency_number
    emergency: Cell = (field(),) if number is None else (Identifier(number),)
    who = {"day": (field(),), "night": (field(),), "emergency": emergency, "questions": (field(),)}
    return Provenance(
        tuple((lookup_text(f"letter.discharge.call_{n}"), cell) for n, cell in who.items())
    )
