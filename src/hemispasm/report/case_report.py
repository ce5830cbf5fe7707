"""The report on a case: the latest visit on top, earlier ones beside and below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from hemispasm.model import Case, FindingsDocument, Review, Signature, Trace
from hemispasm.model.chart import Chart
from hemispasm.model.plan import Plan
from hemispasm.report.case_imaging import with_imaging
from hemispasm.report.change import change_sentence
from hemispasm.report.document import (
    Block,
    Cell,
    Columns,
    Day,
    Document,
    Figure,
    Folded,
    FromRule,
    Identifier,
    Inline,
    Number,
    Origin,
    Para,
    RecordText,
    Section,
    Strong,
    Table,
    Verbatim,
)
from hemispasm.report.emg_case import with_emg
from hemispasm.report.emg_section import EmgPart
from hemispasm.report.imaging_section import ImagingPart
from hemispasm.report.lanes import NAMES, PATIENT_LANES, Lane, find_in, mirroring_unknown
from hemispasm.report.number import number_of
from hemispasm.report.pictures import PictureStrip
from hemispasm.report.plan_report import weave_plan
from hemispasm.report.plots import TrendPoint, trend_figure
from hemispasm.report.sections import events_section
from hemispasm.report.summary import summary_of
from hemispasm.report.tables import findings_table
from hemispasm.report.timeline import timeline_figure
from hemispasm.report.video_report import (
    EarlierVisit,
    banners_of,
    build_video_report,
    changes_in,
)
from hemispasm.report.words import grade_words

SHOWN = (
    ("video.spasm_rate", "Spasms per minute", "/min"),
    ("video.spasm_time_fraction", "Time in spasm", "%"),
)


@dataclass(frozen=True)
class VisitPart:
    """One recording of one visit, as the whole path hands it over.

    Attributes
    ----------
    day : date
        Day of the visit.
    document, traces, pictures
        As for ``build_video_report``; ``pictures`` None leaves them out.
    mirrored_note : str
        A sentence on mirroring.
    label : str
        Tells recordings of one day apart, such as ``rest``; never a file path.
    days_since_toxin : int or None
        At this visit; None when no treatment is known.
    untreated : bool
        Treatments were recorded and none lies before this visit.
    """

    day: date
    document: FindingsDocument
    traces: tuple[Trace, ...] = ()
    pictures: tuple[PictureStrip, ...] | None = None
    mirrored_note: str = ""
    label: str = ""
    review: Review | None = None
    signed: Signature | None = None
    days_since_toxin: int | None = None
    untreated: bool = False


def build_case_report(
    case: Case,
    visits: Sequence[VisitPart],
    *,
    plan: Plan | None = None,
    chart: Chart | None = None,
    saw_tooth: Figure | None = None,
    emg: Sequence[EmgPart] = (),
    imaging: Sequence[ImagingPart] = (),
) -> Document:
    """Return the report on a case; its changes are those the latest visit's findings hold.

    With a plan, gates and summary come first, then what was measured, then what was reasoned from
    it with its sources, then the details of the recordings.

    Parameters
    ----------
    case : Case
        The patient as the case file gives one.
    visits : sequence of VisitPart
        At least one; the last recording of the latest day is the one reported in full. A case
        without any recording has ``build_plan_report``.
    plan, chart : Plan or None, Chart or None
        What reasoning returned, and what it saw; both or neither.
    saw_tooth : Figure or None
        The figure of the toxin cycles.
    emg : sequence of EmgPart
        The EMG recordings, the latest visit first.
    imaging : sequence of ImagingPart
        The MRI examinations, the latest visit first.

    Raises
    ------
    ValueError
        There is no visit, or a plan without its chart.
    IntegrityError
        A document mixes patient's sides and picture sides.
    """
    if not visits:
        raise ValueError("a case report needs at least one visit")
    measured = _measured_report(case, visits)
    if plan is None:
        return with_imaging(with_emg(measured, emg), imaging)
    if chart is None:
        raise ValueError("a plan needs the chart that it was reasoned from")
    signed = max(visits, key=lambda visit: visit.day).signed is not None
    return weave_plan(
        measured, plan, chart, signed=signed, saw_tooth=saw_tooth, emg=emg, imaging=imaging
    )


def _measured_report(case: Case, visits: Sequence[VisitPart]) -> Document:
    """Return the report on the recordings alone."""
    ordered = sorted(visits, key=lambda visit: visit.day)
    latest, others = ordered[-1], ordered[:-1]
    previous = next((visit for visit in reversed(others) if visit.day < latest.day), None)
    full = build_video_report(
        latest.document,
        latest.traces,
        latest.pictures,
        mirrored_note=latest.mirrored_note,
        review=latest.review,
        signed=latest.signed,
        case=case,
        earlier=_earlier(previous),
        day=latest.day,
    )
    changes = changes_in(latest.document)
    sections = {section.ident: section for section in full.sections}
    record, change = sections.pop("record"), sections.pop("change")
    patient, provenance = sections.pop("patient"), sections.pop("provenance")
    front = [_with_sentence(record, change_sentence(changes))]
    front += [course_section(ordered, latest, previous), change] if others else [change]
    back = [other_section(visit, n, latest.day) for n, visit in enumerate(reversed(others))]
    return Document(
        title=("Case ", Verbatim(case.id, Origin.CASE), ", visit of ", Day(latest.day)),
        mark=full.mark,
        banners=banners_of(latest.document, latest.signed, _simulated(case, visits)),
        summary=Para(*full.summary.parts, *change_sentence(changes)),
        sections=(*front, *sections.values(), *back, patient, provenance),
    )


def _earlier(visit: VisitPart | None) -> EarlierVisit | None:
    if visit is None:
        return None
    return EarlierVisit(visit.day, visit.document, visit.days_since_toxin)


def _simulated(case: Case, visits: Sequence[VisitPart]) -> Case:
    """Return the case marked as simulated when any of its recordings is."""
    simulated = case.simulated or any(v.document.recording.simulated for v in visits)
    return case.model_copy(update={"simulated": simulated})


def _with_sentence(record: Section, sentence: list[Inline]) -> Section:
    texts = [block for block in record.children if isinstance(block, RecordText)]
    first, *rest = texts[0].paras
    longer = RecordText(texts[0].ident, (Para(*first.parts, *sentence), *rest))
    return replace(record, children=(longer,))


def course_section(
    ordered: Sequence[VisitPart], latest: VisitPart, previous: VisitPart | None
) -> Section:
    """Return the course over visits: trends, and the last two visits side by side."""
    children: list[Block] = []
    if previous is not None:
        cards = tuple(_card(visit) for visit in (previous, latest))
        children += [Columns(cards), _comparison(previous, latest)]
    for lane in _lanes_with_rates(ordered):
        figures = [_trend(ordered, lane, *shown) for shown in SHOWN]
        children.append(Columns(tuple((figure,) for figure in figures)))
    unsided = [visit for visit in ordered if mirroring_unknown(visit.document)]
    if unsided:
        days: list[Inline] = []
        for visit in unsided:
            days += [", " if days else "", Day(visit.day)]
        children.append(Para("Not in the trend, because the side is not known: ", *days, "."))
    return Section("course", ("Visits compared",), tuple(children))


def _lanes_with_rates(ordered: Sequence[VisitPart]) -> tuple[Lane, ...]:
    """Return the sides on which any visit counted a spasm."""
    found = []
    for lane in PATIENT_LANES:
        rates = [find_in(visit.document, "video.spasm_rate", lane) for visit in ordered]
        if any(r is not None and isinstance(r.value, float) and r.value > 0 for r in rates):
            found.append(lane)
    return tuple(found)


def _trend(ordered: Sequence[VisitPart], lane: Lane, code: str, title: str, unit: str) -> Figure:
    points = []
    for visit in ordered:
        found = find_in(visit.document, code, lane)
        if found is not None:
            days = visit.days_since_toxin
            note: Cell = (grade_words(visit.document.quality.grade), ", ", *_since_toxin(visit))
            under = "" if days is None else f"{days} days after toxin"
            points.append(TrendPoint(visit.day, number_of(found), note, under))
    return trend_figure(title, points, unit, NAMES[lane])


def _card(visit: VisitPart) -> tuple[Block, ...]:
    lead: list[Inline] = [Strong(Day(visit.day))]
    if visit.label:
        lead += [", ", Verbatim(visit.label, Origin.CASE)]
    lead.append(", ")
    lead += _since_toxin(visit)
    summary = Para(*summary_of(visit.document).parts)
    quality = Para("Quality: ", grade_words(visit.document.quality.grade), ".")
    return (Para(*lead, role="visit-head"), summary, quality)


def _since_toxin(visit: VisitPart) -> list[Inline]:
    if visit.days_since_toxin is None:
        return ["no toxin yet" if visit.untreated else "days since toxin not known"]
    rule = FromRule("treatment.days_since_toxin")
    return [Number(float(visit.days_since_toxin), "days", rule), " after toxin"]


def _comparison(previous: VisitPart, latest: VisitPart) -> Table:
    rows = []
    for lane in PATIENT_LANES:
        for code, title, _ in (*SHOWN, ("video.spasm_duration", "Spasm duration (median)", "s")):
            pair = [find_in(v.document, code, lane) for v in (previous, latest)]
            if any(found is None for found in pair):
                continue
            cells: list[Cell] = [(number_of(f),) if f is not None else ("–",) for f in pair]
            rows.append(((title, ", ", NAMES[lane]), *cells))
    caption: Cell = (
        "Before and after: ",
        Day(previous.day),
        " and ",
        Day(latest.day),
        ". Whether the difference is more than chance and repeatability is said under change.",
    )
    return Table.plain(caption, ("Measure", "Before", "After"), tuple(rows))


def other_section(visit: VisitPart, number: int, latest: date) -> Section:
    """Return another recording in short: summary, timeline, and the rest folded."""
    ident = f"timeline-earlier-{number}"
    lead = "Earlier: " if visit.day < latest else "Same visit: "
    title: list[Inline] = [lead, Day(visit.day)]
    if visit.label:
        title += [", ", Verbatim(visit.label, Origin.CASE)]
    events = events_section(visit.document, visit.review, ident)
    children: list[Block] = [
        Para(*summary_of(visit.document).parts),
        Para(Verbatim(visit.mirrored_note, Origin.MIRRORING)),
        timeline_figure(visit.document, visit.traces, ident=ident),
        Folded(("Events of this visit",), events.children),
        Folded(("Findings of this visit",), (findings_table(visit.document),)),
        Para("Recording ", Identifier("SHA-256"), " ", Identifier(visit.document.recording.sha256)),
    ]
    return Section(f"earlier-{number}", tuple(title), tuple(children))
