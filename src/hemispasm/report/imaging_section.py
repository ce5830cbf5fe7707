"""The section of a report on one MRI examination: both sides, each side, checklist, methods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from hemispasm.model import Finding, FindingsDocument, Side
from hemispasm.model.imaging_views import Basis, ImagingViews, SideView
from hemispasm.model.imaging_words import describe_statement, list_statements
from hemispasm.model.texts import load_texts
from hemispasm.report.document import (
    Block,
    Bullets,
    Callout,
    Cell,
    Columns,
    Day,
    Figure,
    FromRule,
    Identifier,
    Inline,
    Number,
    Origin,
    Para,
    Section,
    Strong,
    Verbatim,
)
from hemispasm.report.imaging_cuts import cut_figures
from hemispasm.report.imaging_grades import grades_figure
from hemispasm.report.imaging_methods import methods_blocks, rule_out_blocks, series_blocks
from hemispasm.report.imaging_scenes import scene_figure
from hemispasm.report.imaging_tables import (
    class_of,
    compare_table,
    conflicts_table,
    contact_verdict,
    readings_table,
)
from hemispasm.report.imaging_words import (
    SIDES,
    attached_of,
    candidate_words,
    clause_of,
    distance_cell,
    distances,
    factor_number,
    interval_number,
    limit_number,
    mm_number,
    p_contact_number,
    reason_cell,
    reasons_of,
    segment_words,
    side_title,
)
from hemispasm.report.phrase import joined, labelled, phrase

if TYPE_CHECKING:
    from hemispasm.model.reading import Reading

_UNCONFIRMED = "seeds_unconfirmed"


@dataclass(frozen=True)
class ImagingPart:
    """One MRI examination, as the whole path hands it over.

    Attributes
    ----------
    document : FindingsDocument
        Every result that the section prints comes from here.
    views : ImagingViews, optional
        Pictures; without them the section has tables only.
    day : date, optional
        Day of the visit; None for an examination in no case.
    number, numbered
        Which examination of its visit, and whether its title needs the number.
    readings : tuple of Reading
        What readers saw, in the order of time.
    """

    document: FindingsDocument
    views: ImagingViews | None = None
    day: date | None = None
    number: int = 1
    numbered: bool = False
    readings: tuple[Reading, ...] = ()


def imaging_section(part: ImagingPart, ident: str) -> Section:
    """Return everything that a reader needs of one MRI examination.

    Parameters
    ----------
    part : ImagingPart
        Findings, pictures, readings.
    ident : str
        Identifier of the section in its page.
    """
    number: Cell = (" (", Identifier(str(part.number)), ")") if part.numbered else ()
    brief: Cell = () if part.day is None else (Day(part.day), *number)
    day: Cell = () if part.day is None else (", ", Day(part.day))
    title = (*phrase("imaging.title"), *day, *number)
    children = (*imaging_answer(part.document), *imaging_blocks(part, ident))
    return Section(ident, title, children, brief)


def imaging_blocks(part: ImagingPart, ident: str = "imaging") -> tuple[Block, ...]:
    """Return the blocks of the section: both sides, each side, checklist, series, methods.

    Parameters
    ----------
    part : ImagingPart
        Findings, pictures, readings.
    ident : str
        What the identifiers of its parts begin with.
    """
    document = part.document
    made: list[Block] = [*side_callouts(document), *draft_callouts(document)]
    made.append(honest_callout(document))
    if not document.findings:
        made.append(Para(*phrase("imaging.nothing")))
    made.append(compare_table(document))
    made += _beside(part)
    for side in SIDES:
        blocks = side_blocks(part, side)
        made.append(Section(f"{ident}-{side.value}", side_title(side), blocks))
    if part.readings:
        table = readings_table(document, part.readings)
        children: tuple[Block, ...] = (Para(*phrase("imaging.readings.lead")), table)
        title = phrase("imaging.readings.title")
        made.append(Section(f"{ident}-readings", title, children))
    for name, key, blocks in (
        ("rule-out", "rule_out", rule_out_blocks(document)),
        ("series", "series", series_blocks(document, part.views)),
        ("methods", "methods", methods_blocks(document, part.views)),
    ):
        title = phrase(f"imaging.{key}.title")
        made.append(Section(f"{ident}-{name}", title, blocks))
    return tuple(made)


def is_draft(document: FindingsDocument) -> bool:
    """Return whether nobody has confirmed the clicks of a side that has any."""
    classes = [document.find("imaging.assessability", side) for side in SIDES]
    return any(_UNCONFIRMED in (found.reason or "") for found in classes if found is not None)


def side_callouts(document: FindingsDocument) -> list[Block]:
    """Return the warning that clicks of one side lie on the other: the worst error there is."""
    made: list[Block] = []
    for side in SIDES:
        found = document.find("imaging.assessability", side)
        reasons = [] if found is None else reasons_of(found)
        for reason in reasons:
            if reason.partition(":")[0] == "side_conflict":
                why = Verbatim(clause_of(reason), Origin.QUALITY)
                said = phrase("imaging.conflict_of_side.body", side=side_title(side), why=why)
                title = phrase("imaging.conflict_of_side.title")
                made.append(Callout("warning", title, (Para(*said),)))
    return made


def draft_callouts(document: FindingsDocument) -> list[Block]:
    """Return the banner of clicks that nobody confirmed."""
    if not is_draft(document):
        return []
    body = (Para(*phrase("imaging.draft.body")),)
    return [Callout("warning", phrase("imaging.draft.title"), body)]


def honest_callout(document: FindingsDocument) -> Callout:
    """Return what the figures were tried on, and how common contact is without spasm."""
    said = phrase("imaging.phantom_none")
    if any(finding.extra("real_factor") is not None for finding in document.findings):
        said = phrase("imaging.phantom_body", factor=factor_number(document))
    body = (Para(*phrase("imaging.common")), Para(*said), Para(*phrase("imaging.display")))
    return Callout("note", phrase("imaging.phantom_title"), body)


def imaging_answer(document: FindingsDocument) -> list[Para]:
    """Return a sentence for each side: class, nearest candidate, contact with its probability."""
    return [Para(*_answer(document, side)) for side in SIDES]


def _answer(document: FindingsDocument, side: Side) -> Cell:
    letter = class_of(document, side)
    named = side_title(side)
    nearest = next(iter(distances(document, side)), None)
    if nearest is None:
        key = "none" if letter == "C" else "no_vessel"
        return (Strong(*phrase(f"imaging.answer.{key}", side=named, letter=letter)),)
    verdict = contact_verdict(document, nearest)
    p = p_contact_number(nearest)
    said = phrase(
        f"imaging.answer.{verdict}",
        side=named,
        vessel=candidate_words(nearest, short=True),
        segment=segment_words(nearest.extra("segment"), at=True),
        letter=letter,
        p="–" if p is None else p,
    )
    made: Cell = (Strong(*said),)
    if isinstance(nearest.value, float):
        made = (*made, *phrase("imaging.answer.distance", distance=mm_number(nearest)))
    elif verdict == "structure":
        made = (*made, *phrase("imaging.answer.within", distance=distance_cell(nearest)))
    surface = attached_of(document, side)
    if surface is not None and surface.interval is not None:
        shown = distance_cell(surface)
        made = (*made, *phrase("imaging.answer.attached", distance=shown))
    return made


def _beside(part: ImagingPart) -> list[Block]:
    """Return the view from the front of both sides: the patient's right stands on the left."""
    found = [_scene(part, side, "front") for side in reversed(SIDES)]
    columns = tuple((figure,) for figure in found if figure is not None)
    if not columns:
        return []
    return [Columns(columns), Para(*phrase("imaging.scene.legend"), role="hint-text")]


def _scene(part: ImagingPart, side: Side, name: str) -> Figure | None:
    """Return one rendered view of a side, None where there is none."""
    view = None if part.views is None else part.views.of_side(side)
    scene = None if view is None else next((s for s in view.scenes if s.view == name), None)
    if view is None or scene is None:
        return None
    return scene_figure(view, scene, _said_distance(part.document, view))


def _said_distance(document: FindingsDocument, view: SideView) -> Number | None:
    """Return the distance that the document prints for what a view shows."""
    for finding in distances(document, view.side):
        shown = finding.extra("candidate") == view.shown
        if not shown or finding.extra("segment") != view.segment:
            continue
        if isinstance(finding.value, float):
            return mm_number(finding)
        if finding.interval is not None:
            return interval_number(finding, finding.interval)
    return None


def side_blocks(part: ImagingPart, side: Side) -> tuple[Block, ...]:
    """Return what is known of one side: class and why, pictures, candidates, attached segment."""
    document, made = part.document, list[Block]()
    made += _class_blocks(document, side)
    view = None if part.views is None else part.views.of_side(side)
    if view is not None:
        made += _cut_blocks(view)
    table = conflicts_table(document, side, part.views)
    if table is not None:
        made += [table, *_notes(document, side)]
    found = (_scene(part, side, "below"), grades_figure(document, side))
    figures = tuple((figure,) for figure in found if figure is not None)
    if figures:
        made.append(Columns(figures))
    if class_of(document, side) != "C":
        made += _attached_blocks(document, side)
    return tuple(made)


def _class_blocks(document: FindingsDocument, side: Side) -> list[Block]:
    found = document.find("imaging.assessability", side)
    made: list[Block] = [Para(Strong(*phrase(f"imaging.class.{class_of(document, side)}")))]
    reasons = [] if found is None else reasons_of(found)
    if reasons:
        made += [Para(*phrase("imaging.class.why")), Bullets(tuple(map(reason_cell, reasons)))]
    else:
        made.append(Para(*phrase("imaging.class.clean")))
    allowed = [] if found is None else list(found.extra("allowed") or ())
    known = [code for code in allowed if code in list_statements()]
    if known:
        what = joined([(describe_statement(code),) for code in known], "; ")
        made.append(Para(*phrase("imaging.class.allowed", what=what)))
    return made


def _cut_blocks(view: SideView) -> list[Block]:
    figures = cut_figures(view)
    if not figures or view.basis is None:
        return [Para(*phrase("imaging.cuts.no_pictures"))]
    field = Number(view.cuts[0].frame.width_mm, "mm", FromRule("imaging.field"), decimals=0)
    key = {Basis.CLICKS: "click", Basis.COURSE: "course"}.get(view.basis, "conflict")
    said = phrase(
        f"imaging.cuts.{key}",
        ident=Identifier(view.shown or "–"),
        segment=segment_words(view.segment, at=True),
        field=field,
    )
    legend = phrase("imaging.cuts.clicks" if view.basis is Basis.CLICKS else "imaging.cuts.legend")
    return [
        Para(*said),
        Columns(tuple((figure,) for figure in figures)),
        Para(*legend, role="hint-text"),
    ]


def _notes(document: FindingsDocument, side: Side) -> list[Block]:
    """Return the largest contributor, and what the intervals of the table are."""
    found = distances(document, side)
    contributor = next((c for f in found if (c := f.extra("contributor"))), None)
    made: list[Block] = []
    if contributor:
        key = f"imaging.contributor.{contributor}"
        what = phrase(key if key in load_texts() else "imaging.contributor.other")
        made.append(Para(*phrase("imaging.contributor.said", what=what)))
    made.append(
        Para(
            *phrase("imaging.conflicts.factor", factor=factor_number(document)),
            " ",
            *phrase("imaging.conflicts.below", gap=limit_number("imaging.contact_gap", 0.2)),
            role="hint-text",
        )
    )
    made.append(Para(*phrase("imaging.common"), role="hint-text"))
    return made


def _attached_blocks(document: FindingsDocument, side: Side) -> list[Block]:
    found = attached_of(document, side)
    title = Strong(*phrase("imaging.attached.title"), ". ")
    if found is None:
        return [Para(title, *phrase("imaging.attached.not_marked"))]
    said = Para(title, *_attached_words(found))
    return [said, Para(*phrase("imaging.attached.matters"), role="hint-text")]


def _attached_words(found: Finding) -> Cell:
    vessel = candidate_words(found)
    if isinstance(found.value, float):
        return phrase("imaging.attached.measured", vessel=vessel, distance=distance_cell(found))
    if found.interval is not None:
        shown = interval_number(found, found.interval)
        return phrase("imaging.attached.interval", vessel=vessel, interval=shown)
    why = [(Verbatim(clause_of(r), Origin.FINDING),) for r in reasons_of(found)]
    return phrase("imaging.attached.none", why=joined(why, "; ") or ("–",))


def imaging_summary(parts: Sequence[ImagingPart]) -> Cell:
    """Return what the MRI of the latest visit says, for the summary on top; nothing without any."""
    if not parts:
        return ()
    said: list[Inline] = []
    for para in imaging_answer(parts[0].document):
        said += [" " if said else "", *para.parts]
    if any(finding.extra("p_contact") is not None for finding in parts[0].document.findings):
        said += [" ", *phrase("imaging.common")]
    return labelled(phrase("imaging.summary"), said)
