"""In plain words: the tests that come next, and the options side by side."""

from __future__ import annotations

from collections.abc import Sequence

from hemispasm.model.plan import Option, OptionReason, OptionsGrid, Plan
from hemispasm.model.texts import lookup_text
from hemispasm.report.document import (
    Block,
    Bullets,
    Cell,
    Columns,
    Count,
    FromRule,
    Number,
    Para,
    Section,
    Strong,
    Table,
)
from hemispasm.report.phrase import joined, phrase, say
from hemispasm.report.plain_figures import figures_fit, hundred, option_sentences
from hemispasm.report.plain_found import refusal_cell, refusals_for

OPTIONS = ("observation", "toxin", "mvd")
ASPECTS = {
    "benefit": ("benefit",),
    "timing": ("timing", "durability"),
    "harm": ("harm",),
    "burden": ("burden",),
    "unknown": ("unknown",),
}
# With more answers than this an option is told below the others, over the width of the page.
_MOST_BESIDE = 3
_NO_FIRST = "plain.no_figures_mvd"
_FIGURES = ("untreated_course", "option_figures", "mvd_figures", "mvd_option_figures")


def tests_section(plan: Plan) -> Section:
    """Return the tests with their reasons, and what to tell the staff before a scan."""
    title = phrase("plain.tests.title")
    if not plan.work_up:
        return Section("tests", title, (Para(*phrase("plain.tests.none")),))
    rows = tuple(
        (
            say(f"plain.test.{step.test}.what", f"test.{step.test}.title"),
            say(f"plain.test.{step.test}.why", f"test.{step.test}.why"),
        )
        for step in plan.work_up
    )
    columns = (lookup_text("plain.tests.test"), lookup_text("plain.tests.why"))
    children: list[Block] = [Table.plain(phrase("plain.tests.caption"), columns, rows)]
    names = [c.rpartition("_") for step in plan.work_up for c in step.cautions]
    asked = dict.fromkeys(h if t in ("unknown", "present") else f"{h}_{t}" for h, _, t in names)
    if asked:
        children.append(Para(*phrase("plain.tests.before")))
        children.append(Bullets(tuple(say(f"plain.caution.{name.strip('_')}") for name in asked)))
    children.append(Para(*phrase("plain.tests.ask_result")))
    return Section("tests", title, tuple(children))


def options_section(plan: Plan) -> Section:
    """Return the options in columns, gains and losses told alike, nothing ranked unasked."""
    grid = plan.options
    children: list[Block] = [Para(*phrase("plain.options.lead"), " ", *_order(grid))]
    withheld = refusals_for(plan, *_FIGURES)
    if withheld:
        why = refusal_cell([refusal.code for refusal in withheld])
        lead = Strong(*phrase("plain.no_figures" if not figures_fit(plan) else _NO_FIRST))
        children.append(Para(lead, " ", *phrase("plain.because"), *why))
    shown = [option for option in _in_order(grid) if option.name in OPTIONS]
    if any(option_sentences(plan, option).values() for option in shown):
        children.append(Para(*phrase("plain.options.numbers", hundred=hundred())))
    if shown:
        children += _side_by_side(plan, shown)
    children.append(Para(*phrase("plain.options.more")))
    return Section("options", phrase("plain.options.title"), tuple(children))


def _order(grid: OptionsGrid) -> Cell:
    if grid.by_values is not None:
        wishes = [b for b in grid.values if b.value in ("most", "some")]
        values = joined(say(f"plain.value.{b.code.partition('.')[2]}") for b in wishes)
        return phrase("plain.options.ranked", values=values)
    said = phrase("plain.options.unranked")
    if grid.no_ranking == "gate_first":
        said = (*said, " ", *phrase("plain.options.first"))
    return said


def _in_order(grid: OptionsGrid) -> list[Option]:
    place = {name: index for index, name in enumerate(grid.by_values or ())}
    return sorted(grid.options, key=lambda option: place.get(option.name, len(place)))


def _side_by_side(plan: Plan, options: Sequence[Option]) -> list[Block]:
    """Return a question after the other, each with an answer for every option beside the others."""
    answers: dict[str, list[list[Cell]]] = {
        "about": [[phrase(f"plain.option.{o.name}.about")] for o in options]
    }
    answers |= {aspect: [_aspect(plan, o, aspect) for o in options] for aspect in ASPECTS}
    answers["suits"] = [_reasons(option.suits) for option in options]
    answers["against"] = [_reasons(option.against) for option in options]
    titles = [Strong(*phrase(f"plain.option.{option.name}.title")) for option in options]
    blocks: list[Block] = []
    for question, columns in answers.items():
        filled = zip(titles, columns, strict=True)
        told = [(Para(title, role="lead"), Bullets(tuple(cells))) for title, cells in filled]
        title = phrase(f"plain.options.{question}")
        short = max(len(cells) for cells in columns) <= _MOST_BESIDE
        shown = (Columns(tuple(told)),) if short else tuple(b for column in told for b in column)
        blocks.append(Section(f"options-{question}", title, shown))
    return blocks


def _aspect(plan: Plan, option: Option, aspect: str) -> list[Cell]:
    cells = [phrase(f"plain.option.{option.name}.{aspect}")]
    by_aspect = option_sentences(plan, option)
    cells += [cell for each in ASPECTS[aspect] for cell in by_aspect.get(each, ())]
    if aspect == "benefit" and option.name == "mvd":
        cells += _own_results(plan)
    if aspect == "benefit" and option.withheld and figures_fit(plan):
        cells.append(phrase(_NO_FIRST))
    return cells


def _own_results(plan: Plan) -> list[Cell]:
    rate = plan.mvd.rate if plan.mvd else None
    if rate is None or rate.origin != "own_centre" or rate.operated is None or rate.good is None:
        return []
    rule = FromRule("mvd.rate")
    have = Number(float(rate.good), "1", rule, decimals=0)
    lack = Number(float(rate.operated - rate.good), "1", rule, decimals=0)
    return [phrase("plain.options.own", have=have, lack=lack, all=Count(rate.operated))]


def _reasons(reasons: Sequence[OptionReason]) -> list[Cell]:
    cells = [say(f"plain.reason.{r.code}", f"option_reason.{r.code}") for r in reasons]
    return cells or [phrase("plain.options.nothing")]
