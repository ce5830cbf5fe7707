"""The reasoned part of a case report: every section of a plan, in the order of reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hemispasm.model import Case, Signature
from hemispasm.model.chart import Chart
from hemispasm.model.plan import Plan
from hemispasm.report.case_imaging import imaging_sections
from hemispasm.report.document import (
    Block,
    Bullets,
    Callout,
    Cell,
    Day,
    Document,
    Figure,
    Folded,
    Identifier,
    LineBreak,
    Moment,
    Origin,
    Para,
    Section,
    Verbatim,
)
from hemispasm.report.emg_case import emg_sections, emg_summary
from hemispasm.report.emg_section import EmgPart
from hemispasm.report.imaging_section import ImagingPart, imaging_summary
from hemispasm.report.phrase import joined, phrase
from hemispasm.report.plan_differential import causes_section, differential_section
from hemispasm.report.plan_follow_up import follow_up_section, missing_section
from hemispasm.report.plan_gates import gate_banners, gates_section
from hemispasm.report.plan_mvd import mvd_section
from hemispasm.report.plan_options import options_section
from hemispasm.report.plan_overview import overview_section
from hemispasm.report.plan_severity import before_latest, in_order, severity_section
from hemispasm.report.plan_side import side_section
from hemispasm.report.plan_sources import sources_section
from hemispasm.report.plan_summary import plan_summary
from hemispasm.report.plan_toxin import toxin_section
from hemispasm.report.plan_work_up import work_up_section
from hemispasm.report.sections import patient_section
from hemispasm.report.words import sentence_of

# Sections of the recordings that a reader needs before the reasoning; the others are details.
MEASURED_FIRST = ("record", "course", "change", "findings", "timeline")
# Sections of the plan that stand before what was measured.
PLAN_FIRST = ("gates", "overview", "side")
# Two views of one comparison, which the table of severity makes as well.
COMPARED = ("course", "change")
# Of those, what is looked up.
FOLDED = ("findings",)
LAST = ("patient", "provenance")


def plan_sections(plan: Plan, saw_tooth: Figure | None = None) -> dict[str, Section]:
    """Return the sections of a plan by identifier, in the order of reading.

    The sources are not among them: ``sources_section`` needs every other block of the document.

    Parameters
    ----------
    plan : Plan
        What reasoning returned.
    saw_tooth : Figure or None
        The figure of the toxin cycles, shown in the section on toxin.
    """
    front = (gates_section(plan), overview_section(plan), side_section(plan))
    # After an operation its course comes first, and what may be a cause or an option later.
    operated = plan.mvd is not None and plan.mvd.phase == "after"
    course = (mvd_section(plan), follow_up_section(plan))
    made: Sequence[Section | None] = (
        *front,
        severity_section(plan),
        *(course if operated else ()),
        differential_section(plan),
        causes_section(plan),
        work_up_section(plan),
        options_section(plan),
        *(() if operated else course[:1]),
        toxin_section(plan, saw_tooth),
        *(() if operated else course[1:]),
        missing_section(plan),
    )
    return {section.ident: section for section in made if section is not None}


def build_plan_report(
    case: Case,
    plan: Plan,
    chart: Chart,
    *,
    signed: Signature | None = None,
    saw_tooth: Figure | None = None,
    emg: Sequence[EmgPart] = (),
    imaging: Sequence[ImagingPart] = (),
    failures: Sequence[str] = (),
) -> Document:
    """Return the report on a case without any video: from history, examination, EMG and MRI.

    Parameters
    ----------
    case : Case
        The patient as the case file gives one.
    plan, chart
        What reasoning returned, and what it saw.
    signed : Signature or None
        None leaves a DRAFT.
    saw_tooth : Figure or None
        The figure of the toxin cycles.
    emg : sequence of EmgPart
        The EMG recordings, the latest visit first.
    imaging : sequence of ImagingPart
        The MRI examinations, the latest visit first.
    failures : sequence of str
        Recordings that could not be decoded, one ``code: sentence`` each.
    """
    recorded = (*(part.document for part in emg), *(part.document for part in imaging))
    simulated = case.simulated or any(document.recording.simulated for document in recorded)
    planned = plan_sections(plan, saw_tooth)
    shown = {section.ident: section for section in (*emg_sections(emg), *imaging_sections(imaging))}
    sections = {ident: planned.pop(ident) for ident in PLAN_FIRST if shown and ident in planned}
    sections |= shown | planned
    if failures:
        said = Bullets(tuple((Verbatim(sentence_of(f), Origin.QUALITY),) for f in failures))
        title = phrase("emg.failed")
        sections["recordings-failed"] = Section("recordings-failed", title, (said,))
    patient = patient_section(case)
    told = joined(
        (said for said in (emg_summary(emg), imaging_summary(imaging)) if said), LineBreak()
    )
    summary = plan_summary(plan, chart, measured=told, signed=signed is not None)
    banners = (*gate_banners(plan), *plan_banners(plan, signed, simulated=simulated))
    sources = sources_section((*banners, summary, *sections.values()))
    title = phrase("report.title", case=Verbatim(case.id, Origin.CASE), day=Day(plan.as_of))
    return Document(
        title=title,
        mark=plan_mark(signed),
        banners=banners,
        summary=summary,
        sections=(*sections.values(), patient, sources),
    )


def weave_plan(
    measured: Document,
    plan: Plan,
    chart: Chart,
    *,
    signed: bool = False,
    saw_tooth: Figure | None = None,
    emg: Sequence[EmgPart] = (),
    imaging: Sequence[ImagingPart] = (),
) -> Document:
    """Return the report on recordings with the plan woven in: gates before everything.

    Parameters
    ----------
    measured : Document
        The report on the recordings alone.
    plan, chart
        What reasoning returned, and what it saw.
    signed : bool
        The report is signed, so that its summary is no draft.
    saw_tooth : Figure or None
        The figure of the toxin cycles.
    emg : sequence of EmgPart
        The EMG recordings, the latest visit first; they stand behind the timeline.
    imaging : sequence of ImagingPart
        The MRI examinations, the latest visit first; they stand behind EMG.
    """
    planned = plan_sections(plan, saw_tooth)
    found = {section.ident: section for section in measured.sections}
    electric = [found.pop(section.ident, section) for section in emg_sections(emg)]
    if has_measured_change(plan):
        planned = _with_change_behind(planned, found)
    front = [planned.pop(ident) for ident in PLAN_FIRST]
    front += [found.pop(ident) for ident in MEASURED_FIRST if ident in found]
    front = [_behind_fold(section) if section.ident in FOLDED else section for section in front]
    front += [*electric, *imaging_sections(imaging)]
    last = [found.pop(ident) for ident in LAST if ident in found]
    banners = (*gate_banners(plan), *measured.banners)
    more = (emg_summary(emg), imaging_summary(imaging))
    told = joined((measured.summary.parts, *more), LineBreak())
    summary = plan_summary(plan, chart, measured=told, signed=signed)
    blocks = (*front, *planned.values(), *found.values(), *last)
    sources = sources_section((*banners, summary, *blocks))
    sections = (*front, *planned.values(), *found.values(), *last, sources)
    return replace(measured, banners=banners, summary=summary, sections=sections)


def has_measured_change(plan: Plan) -> bool:
    """Return whether the severity section compares a measure of the recordings over visits."""
    return any(
        trend.code.startswith("video.") and before_latest(trend)[0] is not None
        for trend in in_order(plan.severity)
    )


def _with_change_behind(
    planned: dict[str, Section], found: dict[str, Section]
) -> dict[str, Section]:
    """Return the plan's sections with the recordings' own comparison folded behind severity.

    The measures of both visits stand in the table of severity; what else was compared, and how,
    is looked up. Takes from ``found`` what it folds.
    """
    compared = [found[ident] for ident in COMPARED if ident in found]
    days: list[Block] = []
    folds: list[Block] = []
    for section in compared:
        children = section.children
        if section.ident == "change":
            # Days since toxin at both visits decide how a change is read, so they stay in front.
            days, children = list(children[:1]), children[1:]
        if children:
            folds.append(Folded(phrase(f"report.measured.{section.ident}"), children))
    if not folds:
        # There is no earlier visit among the recordings, and a sentence says so.
        return planned
    for section in compared:
        del found[section.ident]
    title = phrase("report.measured.change_title")
    detail = Section("change", title, (*days, *folds))
    behind: dict[str, Section] = {}
    for ident, section in planned.items():
        behind[ident] = section
        if ident == "severity":
            behind[detail.ident] = detail
    return behind


def _behind_fold(section: Section) -> Section:
    """Return a section of the recording whose tables are looked up rather than read."""
    fold = Folded(phrase(f"report.measured.{section.ident}"), section.children)
    return replace(section, children=(fold,))


def plan_mark(signed: Signature | None) -> Cell:
    """Return the mark that stands on every printed page."""
    if signed is None:
        return phrase("report.banner.draft")
    initials = Verbatim(signed.initials, Origin.REVIEW)
    return phrase("report.banner.signed_by", initials=initials, time=Moment(signed.time))


def plan_banners(
    plan: Plan, signed: Signature | None, *, simulated: bool = False
) -> tuple[Callout, ...]:
    """Return the boxes below the gates: simulated, then draft or signed."""
    found: list[Callout] = []
    if plan.simulated or simulated:
        body = Para(*phrase("report.banner.simulated_body"))
        found.append(Callout("simulated", phrase("report.banner.simulated"), (body,)))
    if signed is None:
        body = Para(*phrase("report.banner.draft_body"))
        found.append(Callout("draft", phrase("report.banner.draft"), (body,)))
    else:
        body = Para(
            *phrase(
                "report.banner.signed_body",
                initials=Verbatim(signed.initials, Origin.REVIEW),
                role=Verbatim(signed.role, Origin.REVIEW),
                time=Moment(signed.time),
                findings=Identifier(signed.findings_sha256[:12]),
            )
        )
        found.append(Callout("signed", phrase("report.banner.signed"), (body,)))
    return tuple(found)
