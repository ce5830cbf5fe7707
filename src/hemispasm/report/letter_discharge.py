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
    Origin,
    Para,
    Provenance,
    Section,
    Verbatim,
)
from hemispasm.report.letter_parts import (
    field,
    letter_document,
    operated_side,
    side_sentence,
    sign_bullets,
    visit_bullets,
)
from hemispasm.report.phrase import because_cell, joined, phrase, say, words_of
from hemispasm.report.plan_follow_up import emergency_para

_MONITORED = ("emg.lateral_spread_at_surgery", "emg.baep_wave_v")


def operations_on_file(chart: Chart) -> tuple[Operation, ...]:
    """Return the operations up to the day of the chart, oldest first."""
    found = () if chart.treatments is None else chart.treatments.operations
    return tuple(sorted((o for o in found if o.day <= chart.as_of), key=lambda o: o.day))


def discharge_letter(plan: Plan, chart: Chart, signed: Signature | None) -> Document:
    """Return the discharge letter of the newest operation on file."""
    *earlier, operation = operations_on_file(chart)
    side = operated_side(operation.side)
    summary = _text("summary", day=Day(operation.day), side=side)
    sections = (
        _section("operation", *_operation(plan, operation, earlier)),
        _section("monitoring", _monitoring(chart, operation)),
        _section("complications", Para(*_complications(operation))),
        _section("wound", *_wound(chart, operation)),
        _section("watch", *_watch(plan)),
        _section("judged", Para(*_text("judged_text"))),
        _section("dates", visit_bullets(plan)),
    )
    return letter_document("discharge", plan, chart, Para(*summary), sections, signed)


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


def _watch(plan: Plan) -> list[Block]:
    blocks: list[Block] = []
    span = plan.mvd.palsy_watch if plan.mvd else plan.follow_up.palsy_watch
    if span is not None:
        key = "palsy" if span[1] >= plan.as_of else "palsy_over"
        blocks.append(Para(*_text(key, first=Day(span[0]), last=Day(span[1]))))
    blocks.append(Para(*_text("hearing")))
    if plan.follow_up.watch:
        items = joined((say(f"watch.{code}") for code in plan.follow_up.watch), "; ")
        blocks.append(Para(*_text("ward", items=items)))
    return [*blocks, Para(*_text("at_once")), sign_bullets(plan), emergency_para(plan.follow_up)]
