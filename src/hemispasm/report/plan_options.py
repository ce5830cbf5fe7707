"""The options side by side: benefit, timing, durability, harms, burden, and what is not known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from hemispasm.model.plan import Figures, Option, OptionReason, OptionsGrid, Plan
from hemispasm.model.texts import lookup_text
from hemispasm.report.document import (
    Block,
    Bullets,
    Cell,
    Columns,
    Figure,
    Group,
    Para,
    Section,
    Soft,
    Strong,
    Table,
    text_of,
)
from hemispasm.report.icon_array import (
    COURSE,
    FRAMES,
    GAIN,
    LOSS,
    Frame,
    can_be_icons,
    icon_array_figure,
)
from hemispasm.report.phrase import (
    basis_cell,
    because_cells,
    evidence_line,
    is_known,
    joined,
    lines,
    phrase,
    say,
)
from hemispasm.report.plan_gates import refusals_of
from hemispasm.report.plan_sources import evidence_in_parts

# These three are compared in detail; the others have too little evidence for columns beside them.
MAIN = ("observation", "toxin", "mvd")
_WITHHELD = ("mvd_figures", "mvd_option_figures", "untreated_course")
# Said by the grid itself where it knows why nothing is ranked.
_RANKING = ("ranking", "ranking_without_values")
# Outcomes that stand beside gains in the same group of patients and are none.
_NO_GAIN: dict[str, Frame] = {"untreated.stable": COURSE, "untreated.worse": LOSS}
ASPECTS: tuple[str, ...] = get_args(Figures.model_fields["aspect"].annotation)


def options_section(plan: Plan) -> Section:
    """Return the grid, icon arrays on one denominator, and where the sources disagree."""
    grid = plan.options
    children: list[Block] = [
        *ranking_words(grid),
        *refusals_of(plan, *_WITHHELD, *(() if grid.no_ranking else _RANKING)),
    ]
    in_order = _in_order(grid)
    main = [option for option in in_order if option.name in MAIN]
    others = [option for option in in_order if option.name not in MAIN]
    if main:
        children.append(_grid(main, "report.options.caption"))
    children += _arrays(main)
    if others:
        children.append(_others(others))
    if grid.notes:
        children.append(Para(Strong(*phrase("report.options.notes"))))
        children.append(Bullets(tuple(figures_cell(note) for note in grid.notes)))
    if grid.driving is not None:
        driving = say(grid.driving, f"driving.{grid.driving}")
        children.append(Para(Strong(*phrase("report.options.driving"), ": "), *driving))
    return Section("options", phrase("report.options.title"), tuple(children))


def ranking_words(grid: OptionsGrid) -> tuple[Para, ...]:
    """Return whether the patient's stated values order the options, and why not."""
    if grid.by_values is not None:
        values = because_cells(grid.values)
        return (Para(*phrase("report.options.ranked", values=values)),)
    said = [Para(*phrase("report.options.unranked"))]
    if grid.no_ranking is not None:
        said.append(Para(*say(f"ranking.{grid.no_ranking}")))
    return tuple(said)


def _in_order(grid: OptionsGrid) -> list[Option]:
    order = grid.by_values or ()
    place = {name: index for index, name in enumerate(order)}
    return sorted(grid.options, key=lambda option: place.get(option.name, len(order)))


def _title(option: Option) -> Cell:
    return say(f"option.{option.name}.title", f"option.{option.name}")


def _grid(options: Sequence[Option], caption: str) -> Table:
    columns = (lookup_text("report.options.aspect"), *(_plain(_title(o)) for o in options))
    about = (
        (phrase("report.options.what"), *(say(f"option.{o.name}.what") for o in options)),
        (phrase("report.options.grade"), *(grade_words(o) for o in options)),
        (phrase("report.options.suits"), *(_reasons(o.suits) for o in options)),
        (phrase("report.options.against"), *(_reasons(o.against) for o in options)),
    )
    published = tuple(
        (phrase(f"report.aspect.{aspect}"), *(_aspect(o, aspect) for o in options))
        for aspect in ASPECTS
        if any(f.aspect == aspect for o in options for f in o.figures)
    )
    groups = (Group((), about), Group((), published))
    return Table(phrase(caption), columns, groups, layout="grid")


def _plain(title: Cell) -> str:
    return "".join(part if isinstance(part, str) else part.text for part in title)


def grade_words(option: Option) -> Cell:
    """Return how good the evidence on an option is, in words."""
    grade = option.evidence_grade
    return say(f"evidence_grade.{grade}", f"report.evidence_grade.{grade}")


def _reasons(reasons: Sequence[OptionReason]) -> Cell:
    if not reasons:
        return phrase("report.options.nothing")
    cells: list[Cell] = []
    for reason in reasons:
        cell = say(f"option_reason.{reason.code}")
        if reason.because:
            cell = (*cell, " ", Soft("(", *because_cells(reason.because), ")"))
        basis = basis_cell(reason.basis, tuple(evidence_in_parts(cell)))
        cells.append((*cell, " ", Soft("[", *basis, "]")) if basis else cell)
    return lines(cells)


def _aspect(option: Option, aspect: str) -> Cell:
    cells = [figures_cell(f) for f in option.figures if f.aspect == aspect]
    if option.withheld and not cells:
        held = joined((say(f"refusal.{code}") for code in option.withheld), " ")
        return (*phrase("report.options.withheld"), ": ", *held)
    return lines(cells) or ("–",)


def figures_cell(figures: Figures) -> Cell:
    """Return a sentence with the figures that it has not printed itself, those that disagree too.

    A basis adds its sources only where neither the sentence nor a figure names them.
    """
    said = say(figures.text, f"figures.{figures.text}")
    printed = set(evidence_in_parts(said))
    more = [evidence_line(k) for k in figures.evidence if is_known(k) and k not in printed]
    basis = basis_cell(figures.basis, printed | set(figures.evidence))
    cells = [said, *more]
    if basis and not text_of(cells[-1]).endswith(f"[{text_of(basis)}]"):
        cells[-1] = (*cells[-1], " ", Soft("[", *basis, "]"))
    return lines(cells)


def _arrays(options: Sequence[Option]) -> list[Block]:
    """Return the icon arrays, the options beside one another: gains, course, harms, never mixed."""
    blocks: list[Block] = []
    for frame in FRAMES:
        drawn: list[tuple[Block, ...]] = [tuple(_drawn(o, frame)) for o in options]
        if any(drawn):
            # An empty column must not look like no harm.
            blank: tuple[Block, ...] = (Para(*phrase("report.options.no_array"), role="hint-text"),)
            blocks.append(Columns(tuple(column or blank for column in drawn)))
    if blocks:
        title = Para(Strong(*phrase("report.options.arrays")))
        blocks = [title, Para(*phrase("report.options.arrays_note")), *blocks]
    return blocks


def _drawn(option: Option, frame: Frame) -> list[Figure]:
    keys = [
        key
        for figures in option.figures
        if figures.per_hundred
        for key in figures.evidence
        if is_known(key) and can_be_icons(key) and frame_of(key, figures.aspect) == frame
    ]
    return [icon_array_figure(key, frame, _title(option)) for key in dict.fromkeys(keys)]


def frame_of(key: str, aspect: str) -> Frame:
    """Return whether a share is drawn as a gain, as a harm, or as neither.

    Examples
    --------
    >>> frame_of("mvd_effect.miller", "benefit"), frame_of("untreated.worse", "benefit")
    ('gain', 'loss')
    """
    if key in _NO_GAIN:
        return _NO_GAIN[key]
    return {"benefit": GAIN, "harm": LOSS}.get(aspect, COURSE)


def _others(options: Sequence[Option]) -> Table:
    keys = ("what", "grade", "suits", "against")
    columns = (
        lookup_text("report.options.option"),
        *(lookup_text(f"report.options.{key}") for key in keys),
    )
    rows = tuple(
        (
            _title(option),
            lines([say(f"option.{option.name}.what"), *map(figures_cell, option.figures)]),
            grade_words(option),
            _reasons(option.suits),
            _reasons(option.against),
        )
        for option in options
    )
    return Table.plain(phrase("report.options.caption_more"), columns, rows, "prose")
