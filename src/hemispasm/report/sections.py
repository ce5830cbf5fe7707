"""The sections of a report on one recording, each a function of the findings document."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hemispasm.model import (
    Case,
    Event,
    EventKind,
    Finding,
    FindingsDocument,
    Grade,
    Review,
    Trace,
    lookup_code,
)
from hemispasm.report.document import (
    Block,
    Bullets,
    Callout,
    Cell,
    Columns,
    Count,
    Folded,
    Identifier,
    Inline,
    Jump,
    Origin,
    Para,
    Provenance,
    Section,
    Strip,
    Strong,
    Time,
    Verbatim,
)
from hemispasm.report.lanes import (
    NAMES,
    counted_spasms,
    event_numbers,
    lanes_of,
    mirroring_unknown,
    side_name,
)
from hemispasm.report.number import number_of, seconds_by
from hemispasm.report.pictures import PictureStrip, chosen_strips
from hemispasm.report.plots import histogram_figure
from hemispasm.report.summary import NO_SIDE, analysed
from hemispasm.report.tables import (
    event_table,
    excluded_table,
    findings_table,
    other_events_table,
    review_table,
)
from hemispasm.report.timeline import timeline_figure
from hemispasm.report.words import grade_words, pattern_words, sentence_of

FEW = 5  # below this many events a distribution says nothing that the table does not


def timeline_section(
    document: FindingsDocument, traces: Sequence[Trace], mirrored_note: str, ident: str
) -> Section:
    """Return the timeline with the word on sides above it."""
    sides: list[Inline] = []
    if mirroring_unknown(document):
        sides += [Strong(NO_SIDE), " "]
    else:
        sides.append("Left and right are the patient's own. ")
    sides.append(Verbatim(mirrored_note, Origin.MIRRORING))
    figure = timeline_figure(document, traces, ident=ident)
    return Section("timeline", ("Timeline",), (Para(*sides), figure))


def events_section(document: FindingsDocument, review: Review | None, ident: str) -> Section:
    """Return the table of spasms, and the other events folded away."""
    children: list[Block] = []
    spasms = [e for e in document.events if e.kind is EventKind.SPASM]
    if spasms:
        children.append(event_table(document, review, timeline=ident))
    else:
        children.append(Para("No spasm is listed."))
    others = len(document.events) - len(spasms)
    if others:
        table = other_events_table(document, timeline=ident)
        title: Cell = (Count(others, "blink or other movement", "blinks and other movements"),)
        children.append(Folded(title, (table,)))
    return Section("events", ("Events",), tuple(children))


def pictures_section(
    document: FindingsDocument,
    strips: Sequence[PictureStrip] | None,
    mirrored_note: str,
    ident: str,
) -> Section:
    """Return the stills of the strongest spasms, or a line that says why there are none."""
    title: Cell = ("Pictures of the strongest spasms",)
    if strips is None:
        said = Para("Pictures were left out of this report on request (no-pictures).")
        return Section("pictures", title, (said,))
    numbers = event_numbers(document)
    events = {event.id: event for event in document.events}
    shown, dropped = chosen_strips([strip for strip in strips if strip.event_id in events])
    if not shown:
        return Section("pictures", title, (Para("There is no spasm to show."),))
    handle = Callout(
        "note", ("These pictures show a face: handle this file as identifying the patient.",)
    )
    children: list[Block] = [handle, Para(Verbatim(mirrored_note, Origin.MIRRORING))]
    for strip in shown:
        event = events[strip.event_id]
        children.append(
            Strip(_strip_title(event, numbers, ident), strip.pictures, side_name(event, "no side"))
        )
    if dropped:
        children.append(
            Para(Count(dropped, "strip", "strips"), " left out to keep the file small.")
        )
    return Section("pictures", title, tuple(children))


def _strip_title(event: Event, numbers: dict[str, int], ident: str) -> Cell:
    name = numbers.get(event.id)
    head: list[Inline] = ["Spasm ", Identifier(str(name))] if name else ["Event"]
    return (
        *head,
        ", ",
        side_name(event, "side not known"),
        ", ",
        pattern_words(event),
        ", at ",
        Jump(event.start_s, event.end_s, ident),
    )


def distributions_section(document: FindingsDocument) -> Section:
    """Return durations, peak closures and intervals between spasms, side by side."""
    children: list[Block] = []
    for lane in lanes_of(document):
        spasms = counted_spasms(document, lane)
        if len(spasms) < FEW:
            continue
        where = NAMES[lane]
        figures = [
            histogram_figure("Duration", [e.duration_s for e in spasms], "s", where, "spasms")
        ]
        closures = [
            100 * e.measures["peak_closure"] for e in spasms if "peak_closure" in e.measures
        ]
        if len(closures) >= FEW:
            figures.append(histogram_figure("Peak eye closure", closures, "%", where, "spasms"))
        pauses = [b.start_s - a.start_s for a, b in pairwise(spasms)]
        if len(pauses) >= FEW:
            title = "Time from one spasm to the next"
            figures.append(histogram_figure(title, pauses, "s", where, "intervals"))
        children.append(Columns(tuple((figure,) for figure in figures)))
    if not children:
        children.append(
            Para("There are too few spasms for a distribution; the table has them all.")
        )
    return Section("distributions", ("Distributions",), tuple(children))


def findings_section(document: FindingsDocument) -> Section:
    """Return the table of findings."""
    if not document.findings:
        said = Para("Nothing could be measured in this recording.")
        return Section("findings", ("Findings",), (said,))
    note = Para(
        "The interval of a rate is the patient's rate under these conditions; what a perfect"
        " observer would have counted in these very seconds is named beside it."
    )
    return Section("findings", ("Findings",), (findings_table(document), note))


def suggestions_section(document: FindingsDocument, ident: str) -> Section:
    """Return scale suggestions, marked as such, with clips to judge them by."""
    found = [f for f in document.findings if f.code.endswith("_suggestion")]
    title: Cell = ("Suggestions for the clinician",)
    if not found:
        said = "No scale grade is suggested for this recording."
        return Section("suggestions", title, (Para(said),))
    children: list[Block] = [
        Callout(
            "note",
            ("Suggestions, not assessments.",),
            (Para("A clinician who has seen the patient accepts or changes them."),),
        )
    ]
    items = tuple(_suggestion(finding) for finding in found)
    children.append(Bullets(items))
    if document.clips:
        children.append(Para("Clips to judge by:"))
        clips: list[Cell] = [
            (
                Jump(clip.start_s, clip.end_s, ident),
                " to ",
                Time(clip.end_s),
                ": ",
                Verbatim(clip.why, Origin.FINDING),
            )
            for clip in document.clips[:12]
        ]
        children.append(Bullets(tuple(clips)))
    return Section("suggestions", title, tuple(children))


def _suggestion(finding: Finding) -> Cell:
    label = Verbatim(lookup_code(finding.code).label, Origin.VOCABULARY)
    side = finding.side or finding.image_side
    where = f" ({NAMES[side]})" if side else ""
    parts: list[Inline] = [Strong(label, where, ": ", number_of(finding))]
    why = finding.extra("why") or finding.reason
    if why:
        said = "; ".join(str(w) for w in why) if isinstance(why, list | tuple) else str(why)
        parts += [" – ", Verbatim(said, Origin.FINDING)]
    return tuple(parts)


def quality_section(document: FindingsDocument, ident: str) -> Section:
    """Return the grade, what was left out and why, and what to do next time."""
    quality = document.quality
    lead: list[Inline] = ["This recording is ", Strong(grade_words(quality.grade)), ": "]
    lead += [analysed(document), " analysed"]
    if document.recording.duration_s is not None:
        duration = seconds_by("recording.duration", document.recording.duration_s)
        lead += [" of ", duration]
    children: list[Block] = [Para(*lead, ".")]
    if quality.reasons:
        reasons: list[Cell] = [(Verbatim(sentence_of(r), Origin.QUALITY),) for r in quality.reasons]
        children.append(Bullets(tuple(reasons)))
    if quality.excluded:
        children.append(excluded_table(document, timeline=ident))
    else:
        children.append(Para("Nothing was left out."))
    if quality.next_steps:
        steps: list[Cell] = [(Verbatim(s, Origin.PROTOCOL),) for s in quality.next_steps]
        children += [Para(Strong("At the next recording:")), Bullets(tuple(steps))]
    elif quality.grade is Grade.MEASURABLE:
        children.append(Para("At the next recording: the same way again."))
    return Section("quality", ("Quality of the recording",), tuple(children))


def review_section(document: FindingsDocument, review: Review) -> Section:
    """Return what people decided about this recording."""
    table = review_table(document, review)
    if not table.groups[0].rows:
        said = Para("Nobody has reviewed the events of this recording yet.")
        return Section("review", ("Review",), (said,))
    return Section("review", ("Review",), (table,))


def patient_items(case: Case) -> tuple[tuple[str, Cell], ...]:
    """Return what the case file says of the patient; unknown stays unsaid."""
    items: list[tuple[str, Cell]] = [("Case", (Verbatim(case.id, Origin.CASE),))]
    if case.birth_year is not None:
        items.append(("Birth year", (Identifier(str(case.birth_year)),)))
    if case.sex is not None:
        items.append(("Sex", (case.sex,)))
    if case.onset is not None:
        month = (case.onset.month, case.onset.side, case.onset.first_site)
        said = ", ".join(str(value) for value in month if value)
        items.append(("Onset", (Verbatim(said or "unknown", Origin.CASE),)))
    for label, values in (
        ("Medication", case.medication),
        ("Treated before", case.prior_treatment),
    ):
        if values is not None:
            items.append((label, (Verbatim("; ".join(values) or "none", Origin.CASE),)))
    if case.notes:
        items.append(("Notes", (Verbatim(case.notes, Origin.CASE),)))
    return tuple(items)


def patient_section(case: Case) -> Section:
    """Return the patient's data as the case file gives them."""
    return Section("patient", ("Patient",), (Provenance(patient_items(case)),))
