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
    Folded,
    Group,
    Para,
    Section,
    Soft,
    Strong,
    Table,
    text_of,
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
from hemispasm.report.plan_arrays import icon_arrays
from hemispasm.report.plan_cites import basis_names, evidence_short
from hemispasm.report.plan_gates import refusals_of
from hemispasm.report.plan_headline import conflicts_of, headline_keys
from hemispasm.report.plan_sources import evidence_in_parts

# These three are compared in detail; the others have too little evidence for columns beside them.
MAIN = ("observation", "toxin", "mvd")
_WITHHELD = ("mvd_figures", "mvd_option_figures", "option_figures", "untreated_course")
# Said by the grid itself where it knows why nothing is ranked.
_RANKING = ("ranking", "ranking_without_values")
# Shares of one group that add up to everybody.
_WHOLE = ("untreated.remission", "untreated.worse")
_MOST_FIGURES, _MOST_HARMS, _MOST_REASONS = 2, 3, 2
ASPECTS: tuple[str, ...] = get_args(Figures.model_fields["aspect"].annotation)


def options_section(plan: Plan) -> Section:
    """Return the grid with its main figures, icon arrays, and all other figures in the details."""
    grid = plan.options
    children: list[Block] = [
        *ranking_words(grid),
        *refusals_of(plan, *_WITHHELD, *(() if grid.no_ranking else _RANKING)),
    ]
    ordered = in_order(grid)
    main = [option for option in ordered if option.name in MAIN]
    others = [option for option in ordered if option.name not in MAIN]
    if main:
        children += [_grid(main), Para(*phrase("report.options.headline"), role="hint-text")]
    children += icon_arrays(main)
    if others:
        children.append(_others(others))
    if grid.driving is not None:
        driving = say(grid.driving, f"driving.{grid.driving}")
        children.append(Para(Strong(*phrase("report.options.driving"), ": "), *driving))
    children += [_all_figures(option) for option in main if option.figures]
    more = [option for option in others if option.figures]
    if more:
        nested = tuple(block for option in more for block in _figures_of(option, named=True))
        children.append(Folded(phrase("report.options.more_figures"), nested))
    if grid.notes:
        notes = Bullets(tuple(figures_cell(note) for note in grid.notes))
        children.append(Folded(phrase("report.options.notes"), (notes,)))
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


def in_order(grid: OptionsGrid) -> list[Option]:
    """Return the options in their order: that of the values where they rank, else the fixed one."""
    order = grid.by_values or ()
    place = {name: index for index, name in enumerate(order)}
    return sorted(grid.options, key=lambda option: place.get(option.name, len(order)))


def option_title(option: Option) -> Cell:
    """Return the name of an option in words."""
    return say(f"option.{option.name}.title", f"option.{option.name}")


def _grid(options: Sequence[Option]) -> Table:
    columns = (lookup_text("report.options.aspect"), *(_plain(option_title(o)) for o in options))
    about = (
        (phrase("report.options.what"), *(say(f"option.{o.name}.what") for o in options)),
        (phrase("report.options.grade"), *(grade_words(o) for o in options)),
        (phrase("report.options.suits"), *(_reasons(o.suits) for o in options)),
        (phrase("report.options.against"), *(_reasons(o.against) for o in options)),
    )
    cells = {option.name: _headlines(option) for option in options}
    published = tuple(
        (phrase(f"report.aspect.{aspect}"), *(cells[o.name][aspect] for o in options))
        for aspect in ASPECTS
        if any(f.aspect == aspect for o in options for f in o.figures)
    )
    groups = (Group((), about), Group((), published))
    return Table(phrase("report.options.caption"), columns, groups, layout="grid")


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
            cell = (*cell, " ", Soft("(", *because_cells(reason.because, _MOST_REASONS), ")"))
        basis = basis_names(reason.basis, tuple(evidence_in_parts(cell)))
        cells.append((*cell, " ", Soft("[", *basis, "]")) if basis else cell)
    return lines(cells)


def _headlines(option: Option) -> dict[str, Cell]:
    """Return what stands in front for each aspect; a figure is printed once for an option."""
    printed: set[str] = set()
    cells: dict[str, Cell] = {}
    told = False
    for aspect in ASPECTS:
        found = [f for f in option.figures if f.aspect == aspect]
        said = [cell for figures in found for cell in _headline(figures, printed)]
        if option.withheld and not found:
            said = [phrase("report.options.withheld_too") if told else withheld_words(option)]
            told = True
        cells[aspect] = lines(said) or ("–",)
    return cells


def withheld_words(option: Option) -> Cell:
    """Return that figures of an option are not shown for this patient, and why."""
    held = joined((say(f"refusal.{code}") for code in option.withheld), " ")
    return (*phrase("report.options.withheld"), ": ", *held)


def _headline(figures: Figures, printed: set[str]) -> list[Cell]:
    """Return the main figures of one statement with what contradicts them, or its sentence."""
    most = _MOST_HARMS if figures.aspect == "harm" else _MOST_FIGURES
    keys = [key for key in shown_keys(figures, most) if key not in printed]
    if not keys:
        said = say(figures.text, f"figures.{figures.text}")
        named = evidence_in_parts(said)
        basis = basis_names(figures.basis, tuple(named))
        return [(*said, " ", Soft("[", *basis, "]")) if basis else said]
    printed.update(keys)
    against = [key for key in conflicts_of(keys) if key not in printed]
    printed.update(against)
    disagrees = phrase("report.options.disagrees")
    return [
        *(evidence_short(key) for key in keys),
        *((*disagrees, *evidence_short(key)) for key in against),
    ]


def shown_keys(figures: Figures, most: int) -> tuple[str, ...]:
    """Return the figures of a statement that stand in front.

    Shares of one whole group, such as better, unchanged and worse, only make sense together.
    """
    if set(figures.evidence) >= set(_WHOLE):
        return tuple(key for key in figures.evidence if is_known(key))
    return headline_keys(figures.evidence, most)


def _all_figures(option: Option) -> Folded:
    """Return every figure of an option with its sentence, for the details."""
    title = phrase("report.options.all_figures", option=option_title(option))
    return Folded(title, tuple(_figures_of(option)))


def _figures_of(option: Option, *, named: bool = False) -> list[Block]:
    blocks: list[Block] = []
    for aspect in ASPECTS:
        cells = tuple(figures_cell(f) for f in option.figures if f.aspect == aspect)
        if cells:
            words = phrase(f"report.aspect.{aspect}")
            lead = (*option_title(option), ": ", *words) if named else words
            blocks += [Para(Strong(*lead), role="lead"), Bullets(cells)]
    return blocks


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


def _others(options: Sequence[Option]) -> Table:
    keys = ("what", "grade", "suits", "against")
    columns = (
        lookup_text("report.options.option"),
        *(lookup_text(f"report.options.{key}") for key in keys),
    )
    rows = tuple(
        (
            option_title(option),
            say(f"option.{option.name}.what"),
            grade_words(option),
            _reasons(option.suits),
            _reasons(option.against),
        )
        for option in options
    )
    return Table.plain(phrase("report.options.caption_more"), columns, rows, "prose")
