"""The differential with its reasons, and the possible causes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from hemispasm.model.plan import CauseView, Contribution, Differential, Plan, PossibleCause
from hemispasm.model.texts import lookup_text
from hemispasm.report.document import (
    Block,
    Bullets,
    Callout,
    Cell,
    Day,
    Folded,
    FromRule,
    Inline,
    Number,
    Origin,
    Para,
    Section,
    Soft,
    Strong,
    Table,
    Verbatim,
)
from hemispasm.report.phrase import (
    basis_cell,
    because_cell,
    because_cells,
    class_words,
    finding_words,
    phrase,
    say,
    words_of,
)
from hemispasm.report.plan_cites import basis_names
from hemispasm.report.plan_gates import refusals_of
from hemispasm.report.plan_sources import evidence_in_parts
from hemispasm.report.plan_summary import floor_numbers, other_floor
from hemispasm.report.share_plot import share_figure

# Between these a ratio is called undecided, in words; the ratio itself is printed as well.
_NEUTRAL = 1.25
# So many findings stand in front.
_MOST = 8


def differential_section(plan: Plan) -> Section:
    """Return setting, shares, what each finding did, and what was not weighed."""
    title = phrase("report.differential.title")
    children: list[Block] = [
        Callout("note", phrase("report.differential.no_diagnosis")),
        *refusals_of(plan, "differential"),
        Para(*setting_words(plan)),
    ]
    found = plan.differential
    if found is None:
        children.append(Para(*phrase("report.differential.withheld")))
        return Section("differential", title, tuple(children))
    if found.leading is None and found.no_lead is not None:
        children.append(Para(Strong(*say(f"differential.no_lead.{found.no_lead}"))))
    band = Para(*phrase("report.differential.band_note"), role="hint-text")
    floor = other_floor(found)
    children += [share_figure(found.shares, floor), band, _floor(floor)]
    children += _contributions(found)
    children += _details(found)
    return Section("differential", title, tuple(children))


def _floor(floor: float | None) -> Para:
    """Return why no share can be larger than it is."""
    if floor is None:
        return Para(*phrase("report.differential.floor"), role="hint-text")
    return Para(*phrase("report.differential.floor_most", **floor_numbers(floor)), role="hint-text")


def setting_words(plan: Plan) -> Cell:
    """Return the clinic that the ranking starts from, and that it changes the result."""
    clinic = plan.differential.clinic_type if plan.differential else plan.clinic_type
    if clinic is None:
        return phrase("report.differential.setting_unknown")
    return phrase("report.differential.setting", clinic=say(f"report.clinic.{clinic}"))


def _in_order(found: Differential) -> list[Contribution]:
    return sorted(found.contributions, key=lambda c: -abs(math.log(c.ratio)))


def _contributions(found: Differential) -> list[Block]:
    if not found.contributions:
        return [Para(*phrase("report.differential.none"))]
    caption = phrase("report.differential.contributions_caption")
    return [_table(caption, _in_order(found)[:_MOST])]


def _table(caption: Cell, found: Sequence[Contribution]) -> Table:
    columns = tuple(
        lookup_text(f"report.differential.{c}") for c in ("finding", "speaks", "moves", "basis")
    )
    rows = tuple(
        (because_cell(c.because), contribution_words(c), shift_words(c), basis_names(c.basis))
        for c in found
    )
    return Table.plain(caption, columns, rows, "prose")


def _details(found: Differential) -> list[Block]:
    """Return the weaker findings, what each rests on, and what was not weighed, folded."""
    ordered = _in_order(found)
    blocks: list[Block] = []
    if ordered[_MOST:]:
        rest = _table(phrase("report.differential.rest_caption"), ordered[_MOST:])
        blocks.append(Folded(phrase("report.differential.rest"), (rest,)))
    bases = [(*finding_words(c.because), ": ", *basis_cell(c.basis)) for c in ordered]
    basis = basis_cell(found.basis)
    if basis:
        bases.append((*phrase("report.differential.start"), *basis))
    if bases:
        blocks.append(Folded(phrase("report.differential.bases"), (Bullets(tuple(bases)),)))
    if found.ignored:
        lines = tuple(
            (*because_cell(each.because), ": ", *say(f"ignored.{each.reason}"))
            for each in found.ignored
        )
        blocks.append(Folded(phrase("report.differential.ignored"), (Bullets(lines),)))
    return blocks


def contribution_words(found: Contribution) -> Cell:
    """Return what a finding speaks for, with its ratio and what limits it."""
    decided = max(found.ratio, 1 / found.ratio) >= _NEUTRAL
    ratio = Number(found.ratio, "1", FromRule("differential.ratio"), decimals=_decimals(found))
    parts: list[Inline] = [
        *phrase(
            f"report.differential.{'sentence' if decided else 'neutral'}",
            favours=class_words(found.favours),
            over=class_words(found.over),
            ratio=ratio,
        )
    ]
    if found.capped:
        parts += phrase("report.differential.capped")
    if found.detector:
        parts += phrase("report.differential.detector")
    return (*parts, ".")


def _decimals(found: Contribution) -> int:
    return 1 if found.ratio < 10 and found.ratio % 1 else 0


def shift_words(found: Contribution) -> Cell:
    """Return how far a finding moves the leading class; in a word where that prints as nothing."""
    number = shift_number(found)
    return phrase("report.differential.hardly") if number.value == 0 else (number,)


def shift_number(found: Contribution) -> Number:
    """Return how far a finding moves the leading class, in percentage points."""
    shift = round(found.shift * 100, 1)
    rule = FromRule("differential.shift")
    decimals = 1 if abs(shift) < 1 and shift else 0
    return Number(shift, "percentage points", rule, signed=True, decimals=decimals)


def causes_section(plan: Plan) -> Section:
    """Return the possible causes; "excluded" needs a radiologist's report, so it is never said."""
    view = plan.causes
    columns = tuple(lookup_text(f"report.causes.{c}") for c in ("cause", "status", "because"))
    rows = tuple(
        (_title(c), phrase(f"report.cause_status.{c.status}"), because_cells(c.because) or ("–",))
        for c in view.causes
    )
    about = Bullets(tuple((Strong(*_title(cause)), ": ", *_about(cause)) for cause in view.causes))
    children: list[Block] = [
        _report_on_file(view),
        *refusals_of(plan, "secondary_excluded", "cause_from_imaging"),
        Table.plain(phrase("report.causes.caption"), columns, rows, "prose"),
        Para(*phrase("report.causes.contact")),
        Folded(phrase("report.causes.details"), (about,)),
    ]
    return Section("causes", phrase("report.causes.title"), tuple(children))


def _title(cause: PossibleCause) -> Cell:
    return say(f"cause.{cause.name}.title", f"cause.{cause.name}")


def _report_on_file(view: CauseView) -> Block:
    if view.secondary_report_day is None or view.secondary_report is None:
        return Callout("warning", phrase("report.causes.no_report"))
    said = Verbatim(words_of(view.secondary_report), Origin.FINDING)
    day = Day(view.secondary_report_day)
    return Para(*phrase("report.causes.report", day=day, said=said), role="lead")


def _about(cause: PossibleCause) -> Cell:
    about = say(f"cause.{cause.name}.about")
    basis = basis_cell(cause.basis, tuple(evidence_in_parts(about)))
    return (*about, " ", Soft("[", *basis, "]")) if basis else about
