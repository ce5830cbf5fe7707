"""Next tests and the options in a few lines: the rest of the first page."""

from __future__ import annotations

from hemispasm.model.plan import Option, Plan, WorkUpStep
from hemispasm.model.texts import lookup_text
from hemispasm.report.document import (
    Block,
    Bullets,
    Cell,
    Count,
    Para,
    Section,
    Strong,
    Table,
    text_of,
)
from hemispasm.report.icon_array import GAIN, LOSS, Frame
from hemispasm.report.phrase import joined, lines, phrase, say
from hemispasm.report.plan_arrays import frame_of
from hemispasm.report.plan_cites import evidence_short
from hemispasm.report.plan_headline import conflicts_of, headline_keys
from hemispasm.report.plan_options import (
    MAIN,
    in_order,
    option_title,
    ranking_words,
    withheld_words,
)

_MOST_TESTS = 4


def overview_section(plan: Plan) -> Section:
    """Return the next tests with what to ask before them, and one line for each main option."""
    children: list[Block] = [*_tests(plan), *_options(plan)]
    return Section("overview", phrase("report.overview.title"), tuple(children))


def _tests(plan: Plan) -> list[Block]:
    lead = Para(Strong(*phrase("report.overview.next")), role="lead")
    if not plan.work_up:
        return [lead, Para(*phrase("report.work_up.none"))]
    blocks: list[Block] = [lead, Bullets(tuple(_test(s) for s in plan.work_up[:_MOST_TESTS]))]
    if len(plan.work_up) > _MOST_TESTS:
        blocks.append(Para(*phrase("report.overview.more_tests")))
    return blocks


def _test(step: WorkUpStep) -> Cell:
    title = say(f"test.{step.test}.title", f"test.{step.test}")
    why = say(f"workup.{step.rule}") if step.rule is not None else say(f"test.{step.test}.why")
    cell: Cell = (Strong(*title), *((": ", *why) if why else ()))
    if not step.cautions:
        return cell
    names = joined(say(f"caution_short.{name}") for name in step.cautions)
    return (*cell, " ", *phrase("report.overview.ask_first", cautions=names))


def _options(plan: Plan) -> list[Block]:
    options = [option for option in in_order(plan.options) if option.name in MAIN]
    if not options:
        return []
    columns = tuple(
        lookup_text(f"report.overview.{column}") for column in ("option", "benefit", "harm", "here")
    )
    rows = tuple(_row(option) for option in options)
    ranked = plan.options.by_values is not None
    caption = phrase("report.overview.caption_ranked" if ranked else "report.overview.caption")
    said = ranking_words(plan.options)[-1:]
    return [Table.plain(caption, columns, rows, "prose"), *said]


def _row(option: Option) -> tuple[Cell, ...]:
    gain, loss = _figure(option, GAIN), _figure(option, LOSS)
    if option.withheld and gain == loss == withheld_words(option):
        loss = phrase("report.options.withheld_too")
    return (option_title(option), gain, loss, _here(option))


def _figure(option: Option, frame: Frame) -> Cell:
    """Return the first gain or loss with what contradicts it; without one the sentence.

    What becomes worse without treatment counts as a loss, wherever the plan says it.
    """
    aspect = "benefit" if frame == GAIN else "harm"
    for figures in option.figures:
        keys = [key for key in figures.evidence if frame_of(key, figures.aspect) == frame]
        if headline_keys(keys):
            first = headline_keys(keys, 1)
            disagrees = phrase("report.options.disagrees")
            against = [(*disagrees, *evidence_short(other)) for other in conflicts_of(first)]
            return lines([evidence_short(first[0]), *against])
    for figures in option.figures:
        if figures.aspect == aspect:
            return say(figures.text, f"figures.{figures.text}")
    if option.withheld:
        return withheld_words(option)
    return ("–",)


def _here(option: Option) -> Cell:
    one, many = (text_of(phrase(f"report.overview.{key}")) for key in ("one", "many"))
    cells: list[Cell] = []
    for key, reasons in (("suits", option.suits), ("against", option.against)):
        if reasons:
            cells.append(phrase(f"report.overview.{key}", n=Count(len(reasons), one, many)))
    if any(reason.rules_out for reason in option.against):
        cells.append((Strong(*phrase("report.overview.rules_out")),))
    return lines(cells) or phrase("report.options.nothing")
