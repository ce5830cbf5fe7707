"""Tables of events, findings, changes, exclusions and review decisions."""

from __future__ import annotations

from collections.abc import Sequence

from hemispasm.model import (
    Event,
    EventKind,
    Finding,
    FindingsDocument,
    Review,
    ReviewItem,
    Side,
    lookup_code,
)
from hemispasm.report.document import (
    Cell,
    Count,
    Explained,
    FromRule,
    Group,
    Identifier,
    Inline,
    Jump,
    Moment,
    Number,
    Origin,
    Row,
    Table,
    Time,
    Verbatim,
)
from hemispasm.report.lanes import NAMES, at_rest, event_numbers, lanes_of, rest_spans, side_name
from hemispasm.report.number import (
    FromFinding,
    earlier_or_later,
    extra_number,
    is_percent,
    number_of,
    seconds_by,
)
from hemispasm.report.words import (
    KINDS,
    flag_words,
    grade_words,
    pattern_words,
    sentence_of,
    shown_flags,
)

MAX_ROWS = 400


def event_table(document: FindingsDocument, review: Review | None, *, timeline: str) -> Table:
    """Return the spasms, each with a link that opens it in the timeline."""
    numbers = event_numbers(document)
    spasms = sorted(
        (e for e in document.events if e.kind is EventKind.SPASM), key=lambda e: (e.start_s, e.id)
    )
    decisions = decisions_of(document, review)
    spans = rest_spans(document)
    columns = ["No.", "Time", "Duration", "Side", "Pattern", "Region", "Peak closure"]
    columns += ["Confidence", "Observations"]
    if decisions:
        columns.append("Reviewer")
    rows: list[Row] = []
    for event in spasms[:MAX_ROWS]:
        cells: list[Cell] = [
            (Identifier(str(numbers[event.id])),),
            (Jump(event.start_s, event.end_s, timeline),),
        ]
        cells += _event_cells(event, counted=at_rest(event, spans))
        if decisions:
            cells.append(_decision_cell(decisions.get(event.id)))
        rows.append(tuple(cells))
    caption: list[Inline] = ["Spasms in the order of time; a time opens the timeline there"]
    if len(spasms) > MAX_ROWS:
        caption += [" (first ", Count(MAX_ROWS), " of ", Count(len(spasms)), "; the rest is in"]
        caption.append(" the findings file)")
    return Table.plain(tuple(caption), tuple(columns), tuple(rows))


def _event_cells(event: Event, *, counted: bool) -> list[Cell]:
    region: Cell = (", ".join(part.value for part in event.region) or "–",)
    closure = event.measures.get("peak_closure")
    flags = _flags(event)
    if not counted:
        flags += ["; " if flags else "", "not at rest, so not counted in the rate"]
    return [
        (Number(event.duration_s, "s", FromRule("event.duration")),),
        (side_name(event, "not known").replace("patient's ", "patient's\u00a0"),),
        (pattern_words(event),),
        region,
        (_percent(closure, "event.measure"),),
        (_percent(event.confidence, "event.confidence"),),
        tuple(flags) or ("–",),
    ]


def _flags(event: Event) -> list[Inline]:
    flags: list[Inline] = []
    for flag in shown_flags(event):
        flags += ["; " if flags else "", Verbatim(flag_words(flag), Origin.FINDING)]
    return flags


def _percent(value: float | None, rule: str) -> Number:
    if value is None:
        return Number(None, "%", FromRule(rule), absent="–")
    return Number(float(round(value * 100)), "%", FromRule(rule))


def other_events_table(document: FindingsDocument, *, timeline: str) -> Table:
    """Return blinks and every other event that is no spasm."""
    found = sorted(
        (e for e in document.events if e.kind is not EventKind.SPASM),
        key=lambda e: (e.start_s, e.id),
    )
    rows: list[Row] = [
        (
            (Jump(e.start_s, e.end_s, timeline),),
            (KINDS[e.kind],),
            (Number(e.duration_s, "s", FromRule("event.duration")),),
            (side_name(e, "both sides" if e.kind is EventKind.BLINK else "not known"),),
            tuple(_flags(e)) or ("–",),
        )
        for e in found[:MAX_ROWS]
    ]
    columns = ("Time", "Kind", "Duration", "Side", "Observations")
    caption: list[Inline] = ["Blinks and other movements"]
    if len(found) > MAX_ROWS:
        caption += [" (first ", Count(MAX_ROWS), " of ", Count(len(found)), ")"]
    return Table.plain(tuple(caption), columns, tuple(rows))


def findings_table(document: FindingsDocument) -> Table:
    """Return every measured finding, grouped by side in the order of the timeline."""
    shown = [f for f in document.findings if _is_measure(f)]
    groups = []
    for key in (None, Side.BOTH, *lanes_of(document)):
        rows = tuple(_finding_row(f) for f in shown if (f.side or f.image_side) is key)
        if rows:
            title = "Whole face" if key is None else NAMES[key][:1].upper() + NAMES[key][1:]
            groups.append(Group((title,), rows))
    columns = ("Finding", "Value", "Interval", "Counted here", "Quality")
    return Table(("Findings; unfold a name for its definition",), columns, tuple(groups))


def _is_measure(finding: Finding) -> bool:
    return finding.code != "video.change" and not finding.code.endswith("_suggestion")


def _finding_row(finding: Finding) -> Row:
    definition = lookup_code(finding.code)
    name = Explained(
        (Verbatim(definition.label, Origin.VOCABULARY),),
        (Verbatim(definition.definition, Origin.VOCABULARY),),
    )
    number = number_of(finding)
    value: list[Inline] = [_value_only(number)]
    confidence = finding.extra("confidence")
    if confidence is not None:
        source = FromFinding(finding.code, finding.side, finding.image_side, "confidence")
        value += [", confidence ", Number(float(round(confidence * 100)), "%", source)]
    interval = _interval_cell(number)
    if finding.reason:
        said = Verbatim(sentence_of(finding.reason), Origin.FINDING)
        if isinstance(finding.value, float) and finding.interval is None:
            interval = ("– ", said)
        else:
            value += [" – ", said]
    return (
        (name,),
        tuple(value),
        interval,
        _counted_cell(finding),
        (grade_words(finding.quality).replace(" ", "\u00a0", 1),),
    )


def _value_only(number: Number) -> Number:
    """Return the value rounded as its interval asks, without repeating the interval."""
    if number.interval is None:
        return number
    return Number(number.value_text, number.unit, number.source)


def _interval_cell(number: Number) -> Cell:
    if number.interval is None or number.value is None:
        return ("–",)
    level = f" ({number.level_text})" if number.level_text else ""
    if number.is_zero:
        said = f"up to {number.upper_text} could have been missed{level}"
    else:
        tail = "" if number.unit in ("1", "{count}") else f" {number.unit}"
        said = f"{number.limits_text}{tail}{level}"
    return (Number(said, number.unit, number.source),)


def _counted_cell(finding: Finding) -> Cell:
    parts: list[Inline] = []
    count, seconds = finding.extra("count"), finding.extra("exposure_s")
    if count is not None:
        parts.append(Count(int(count), "event", "events"))
    if seconds is not None:
        parts += [" in " if parts else "in ", extra_number(finding, "exposure_s", "s")]
    limits = finding.extra("count_interval")
    if limits is not None and finding.value is not None:
        source = FromFinding(finding.code, finding.side, finding.image_side, "count_interval")
        counted = Number(finding.value, finding.unit or "1", source, (limits[0], limits[1]))
        parts += ["; a perfect observer here: ", Number(counted.limits_text, "/min", source)]
    quartiles = finding.extra("quartiles")
    if quartiles is not None:
        source = FromFinding(finding.code, finding.side, finding.image_side, "quartiles")
        unit = "%" if is_percent(finding.code) else finding.unit or "1"
        scale = 100 if unit == "%" else 1
        parts.append("; quartiles " if parts else "quartiles ")
        parts.append(Number(quartiles[0] * scale, unit, source))
        parts += [" and ", Number(quartiles[-1] * scale, unit, source)]
    if finding.extra("assessable_count") is not None:
        parts.append(" of " if parts else "of ")
        parts.append(Count(int(finding.extra("assessable_count")), "assessable", "assessable"))
    return tuple(parts) or ("–",)


def change_table(changes: Sequence[Finding]) -> Table:
    """Return the changes since the earlier visit, refusals included."""
    rows: list[Row] = []
    for change in changes:
        label = lookup_code(str(change.extra("of"))).label
        verdict: list[Inline] = []
        if change.extra("verdict"):
            words = str(change.extra("verdict")).replace("_", " ")
            verdict.append(Verbatim(words, Origin.FINDING))
        if change.reason:
            verdict += [
                " – " if verdict else "",
                Verbatim(sentence_of(change.reason), Origin.FINDING),
            ]
        rows.append(
            (
                (Verbatim(label, Origin.VOCABULARY), ", ", side_name(change)),
                (earlier_or_later(change, "earlier"),),
                (earlier_or_later(change, "later"),),
                (number_of(change),),
                tuple(verdict) or ("–",),
            )
        )
    columns = ("Measure", "Earlier", "Later", "Change", "What it means")
    return Table.plain(("Later minus earlier visit",), columns, tuple(rows))


def excluded_table(document: FindingsDocument, *, timeline: str) -> Table:
    """Return the spans that were left out, with the reason."""
    spans = document.quality.excluded
    rows: list[Row] = [
        (
            (Jump(span.start_s, span.end_s, timeline), " to ", Time(span.end_s)),
            (seconds_by("quality.excluded", span.end_s - span.start_s),),
            (Verbatim(sentence_of(span.reason), Origin.QUALITY),),
        )
        for span in spans[:MAX_ROWS]
    ]
    caption: list[Inline] = ["Left out of the analysis"]
    if len(spans) > MAX_ROWS:
        caption += [" (first ", Count(MAX_ROWS), " of ", Count(len(spans)), ")"]
    return Table.plain(tuple(caption), ("Time", "Length", "Reason"), tuple(rows))


def decisions_of(document: FindingsDocument, review: Review | None) -> dict[str, ReviewItem]:
    """Return the latest decision per event of this recording."""
    found: dict[str, ReviewItem] = {}
    for item in sorted(review.items if review else (), key=lambda item: item.time):
        if item.recording_sha256 == document.recording.sha256 and item.target == "event":
            found[item.id] = item
    return found


def _decision_cell(item: ReviewItem | None) -> Cell:
    if item is None:
        return ("not reviewed",)
    past = {"accept": "accepted", "reject": "✗ rejected", "relabel": "relabelled"}
    return (past[item.decision.value], " by ", Verbatim(item.initials, Origin.REVIEW))


def review_table(document: FindingsDocument, review: Review) -> Table:
    """Return every decision that a person took on this recording."""
    numbers = event_numbers(document)
    rows: list[Row] = []
    for item in sorted(review.items, key=lambda item: item.time):
        if item.recording_sha256 != document.recording.sha256:
            continue
        running = numbers.get(item.id)
        shown = f"{item.target} {item.id}" if running is None else f"spasm {running}"
        changed = [item.kind, item.side, item.pattern, item.value]
        news = ", ".join(str(value) for value in changed if value is not None)
        rows.append(
            (
                (Identifier(shown),),
                (item.decision.value, ": " if news else "", Verbatim(news, Origin.REVIEW)),
                (Verbatim(item.reason, Origin.REVIEW),),
                (Verbatim(item.initials, Origin.REVIEW),),
                (Moment(item.time),),
            )
        )
    columns = ("What", "Decision", "Reason", "Initials", "Time")
    return Table.plain(("Decisions of reviewers",), columns, tuple(rows))
