"""A person's decisions: kept beside the visit, applied to the findings, originals untouched."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from pydantic import ValidationError

from hemispasm.formats.ratings import ratings_csv as ratings_csv
from hemispasm.measure.known_side import COUNTED
from hemispasm.model.errors import UsageError
from hemispasm.model.event import Event, EventKind, Pattern
from hemispasm.model.finding import Finding, FindingsDocument, Origin
from hemispasm.model.quality import Grade
from hemispasm.model.review import Decision, Review, ReviewItem
from hemispasm.model.side import Side
from hemispasm.model.vocabulary import lookup_code

if TYPE_CHECKING:
    from hemispasm.formats.case import CaseFolder
    from hemispasm.formats.case_findings import CaseFindings

_VERDICTS = ("video.affected_side", "emg.affected_side")
#: Who rejects one of these rejects the vessel at that stretch of nerve, with all that was measured.
_VESSEL = ("imaging.vessel_contact", "imaging.vessel_nerve_distance")


@dataclass(frozen=True)
class Wish:
    """One decision as the reviewer gave it, before it is tied to a recording.

    ``id`` is an event's id, a finding's key, or either with the start of the recording's SHA-256
    and a slash in front where several recordings share it.
    """

    id: str
    decision: Decision
    kind: EventKind | None = None
    side: Side | None = None
    pattern: Pattern | None = None
    value: float | str | None = None


def apply_review(document: FindingsDocument, review: Review) -> FindingsDocument:
    """Return the document as reviewed: events corrected, findings made anew, then set by hand.

    Parameters
    ----------
    document : FindingsDocument
        The machine's document; it is not changed.
    review : Review
        Decisions; those on other recordings are passed over. The last word on an id counts.

    Raises
    ------
    UsageError
        A decision that cannot be carried out (``bad_review``).
    """
    last = _last_words(document, review)
    events = tuple(
        changed
        for event in document.events
        if (changed := _reviewed_event(event, last.get(("event", event.id)))) is not None
    )
    if events != document.events:
        document = _refound(document, events)
    gone = _rejected_vessels(document, last)
    findings = tuple(
        _reviewed_finding(f, last.get(("finding", f.key)) or gone.get(_vessel_of(f)))
        for f in document.findings
    )
    return document.model_copy(update={"findings": findings})


def _vessel_of(finding: Finding) -> tuple[object, ...] | None:
    """Return which vessel at which stretch of nerve a finding is about; None for others."""
    candidate = finding.extra("candidate")
    return None if candidate is None else (finding.side, finding.extra("segment"), candidate)


def _rejected_vessels(
    document: FindingsDocument, last: dict[tuple[str, str], ReviewItem]
) -> dict[tuple[object, ...] | None, ReviewItem]:
    """Return the rejected vessels, each with the decision."""
    asked = ((_vessel_of(f), last.get(("finding", f.key))) for f in document.findings
             if f.code in _VESSEL)  # fmt: skip
    return {v: i for v, i in asked if v and i is not None and i.decision is Decision.REJECT}


def _refound(document: FindingsDocument, events: tuple[Event, ...]) -> FindingsDocument:
    if document.recording.kind == "emg":
        from hemispasm.measure.emg.refind import refind_emg

        return refind_emg(document, events)
    from hemispasm.measure.video.measure import refind

    return refind(document, events)


def stale_items(document: FindingsDocument, review: Review) -> tuple[ReviewItem, ...]:
    """Return the decisions on this recording whose event or finding is no longer there."""
    events = {event.id for event in document.events}
    findings = {f.key for f in (*document.findings, *apply_review(document, review).findings)}
    return tuple(
        item
        for item in review.items
        if item.recording_sha256 == document.recording.sha256
        and item.id not in (events if item.target == "event" else findings)
    )


def undecided_events(document: FindingsDocument, review: Review) -> tuple[Event, ...]:
    """Return the spasms and doubtful events on which nobody has decided yet.

    Of EMG there are none: a recording holds hundreds of bursts, and nobody can look at each. There
    the findings that carry the weight are asked about (`undecided_findings`); a spasm can still be
    rejected or relabelled by its id.
    """
    if document.recording.kind == "emg":
        return ()
    decided = _last_words(document, review)
    asked = (EventKind.SPASM, EventKind.UNDETERMINED, EventKind.SYNKINESIS)
    return tuple(e for e in document.events if e.kind in asked and ("event", e.id) not in decided)


def undecided_findings(document: FindingsDocument, review: Review) -> tuple[Finding, ...]:
    """Return the findings to decide on that nobody has decided yet.

    The affected side; of EMG also every response and pattern that was called present; of MRI every
    vessel that may touch the nerve, its grade, and the checklist that a reader must answer.
    """
    decided = _last_words(document, review)
    return tuple(
        f
        for f in document.findings
        if ("finding", f.key) not in decided
        and (f.code in _VERDICTS or _is_asked(f, document.recording.kind))
    )


def _is_asked(finding: Finding, kind: str) -> bool:
    if kind == "emg":
        return finding.value == "present"
    if kind != "imaging" or finding.value is None:
        return False
    vessel = finding.code == "imaging.vessel_contact" and finding.value != "absent"
    return vessel or finding.value == "not_looked" or finding.code == "imaging.conflict_grade"


def undecided_ids(findings: CaseFindings, reviews: dict[str, Review]) -> list[str]:
    """Return the ids of all undecided events and findings of every recording.

    Parameters
    ----------
    findings : CaseFindings
        The machine's findings.
    reviews : dict of str to Review
        Reviews by the visit's day, YYYY-MM-DD.
    """
    ids = []
    for day, document in findings.documents():
        review = reviews.get(day.isoformat(), Review())
        prefix = document.recording.sha256[:12]
        ids += [f"{prefix}/{event.id}" for event in undecided_events(document, review)]
        ids += [f"{prefix}/{finding.key}" for finding in undecided_findings(document, review)]
    return ids


def add_decisions(
    case: CaseFolder,
    findings: CaseFindings,
    wishes: Iterable[Wish],
    *,
    initials: str,
    reason: str,
    now: datetime | None = None,
) -> int:
    """Append decisions to the ``review.json`` of the visits that they belong to.

    Parameters
    ----------
    case : CaseFolder
        The case as read.
    findings : CaseFindings
        The machine's findings of the latest run.
    wishes : iterable of Wish
        What was decided.
    initials, reason : str
        Who and why.
    now : datetime, optional
        Time of the decision.

    Returns
    -------
    int
        How many decisions were added. All are checked before the first is written.

    Raises
    ------
    UsageError
        An id that is not there (``unknown_id``) or in several recordings (``ambiguous_id``), or
        a label that does not fit (``bad_review``).
    """
    from hemispasm.formats.case import read_review, write_review

    now = now or datetime.now(UTC).replace(microsecond=0)
    added: dict[str, list[ReviewItem]] = {}
    for wish in wishes:
        day, document, target, ident = _find(findings, wish.id)
        item = _make_item(wish, target, ident, document.recording.sha256, initials, reason, now)
        apply_review(document, Review(items=(item,)))
        added.setdefault(day, []).append(item)
    for visit in case.visits:
        items = added.get(visit.day.isoformat(), [])
        if items:
            old = read_review(visit.path)
            write_review(visit.path, old.model_copy(update={"items": (*old.items, *items)}))
    return sum(map(len, added.values()))


def _last_words(document: FindingsDocument, review: Review) -> dict[tuple[str, str], ReviewItem]:
    sha256 = document.recording.sha256
    return {(i.target, i.id): i for i in review.items if i.recording_sha256 == sha256}


def _reviewed_event(event: Event, item: ReviewItem | None) -> Event | None:
    if item is None:
        return event
    # Whoever decides has looked: the event no longer rests on what another recording says.
    event = event.model_copy(update={"flags": tuple(f for f in event.flags if f != COUNTED)})
    if item.decision is Decision.ACCEPT:
        return event
    if item.decision is Decision.REJECT:
        return None
    if item.value is not None:
        raise _bad(item.id, "an event has no value; give kind, side or pattern")
    if item.side is not None and event.image_side is not None:
        raise _bad(item.id, "its side cannot be named while mirroring is unknown")
    given = {"kind": item.kind, "side": item.side, "pattern": item.pattern}
    changed: dict[str, object] = {k: v for k, v in given.items() if v is not None}
    if item.kind not in (None, EventKind.SPASM):
        changed.setdefault("pattern", None)
    if item.kind in (EventKind.BLINK, EventKind.FORCED_CLOSURE):
        # Both eyes take part in these; where mirroring is unknown they carry no side at all.
        changed.setdefault("side", Side.BOTH if event.side is not None else None)
        changed["image_side"] = None
    relabelled = event.model_copy(update=changed)
    if relabelled.kind is EventKind.SPASM and event.kind is not EventKind.SPASM:
        _refuse_vague_spasm(relabelled)
    return relabelled


def _refuse_vague_spasm(event: Event) -> None:
    """Refuse a new spasm that no count could take up: it needs one side and a pattern."""
    if event.image_side is None and event.side not in (Side.LEFT, Side.RIGHT):
        raise _bad(event.id, "a spasm has one side; give --side left or right")
    if event.pattern is None:
        raise _bad(event.id, "a spasm has a pattern; give --pattern twitch, clonic or tonic")


def _reviewed_finding(finding: Finding, item: ReviewItem | None) -> Finding:
    if item is None or item.decision is Decision.ACCEPT:
        return finding
    rejected = item.decision is Decision.REJECT
    if not rejected and item.value is None:
        raise _bad(item.id, "a finding is relabelled by its value")
    # What a reader saw on pictures is a person's answer, whatever the program could not say.
    looked = not rejected and finding.code.startswith("imaging.")
    try:
        return Finding(
            code=finding.code,
            side=finding.side,
            image_side=finding.image_side,
            value=None if rejected else _value_for(finding, item.value),
            unit=lookup_code(finding.code).unit,
            quality=Grade.NOT_ASSESSABLE
            if rejected
            else Grade.MEASURABLE
            if looked
            else finding.quality,
            method=finding.method,
            recording=finding.recording,
            reason=f"{'rejected' if rejected else 'set'} by {item.initials}: {item.reason}",
            origin=Origin.EXAMINED if looked else finding.origin,
            **_where(finding),
        )
    except ValidationError as problem:
        said = problem.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise _bad(item.id, said) from None


def _value_for(finding: Finding, value: float | str | None) -> float | str | None:
    """Return a new value as the code writes it: a grade of 2 is the word "2"."""
    if isinstance(value, float) and lookup_code(finding.code).values and value.is_integer():
        return f"{value:.0f}"
    return value


def _where(finding: Finding) -> dict[str, object]:
    """Keep what tells a finding from others of its code."""
    named = ("channel", "direction", "segment", "vessel", "candidate")
    return {key: finding.extra(key) for key in named if finding.extra(key) is not None}


def _find(
    findings: CaseFindings, asked: str
) -> tuple[str, FindingsDocument, Literal["event", "finding"], str]:
    prefix, _, ident = asked.rpartition("/")
    hits: list[tuple[str, FindingsDocument, Literal["event", "finding"], str]] = []
    for day, document in findings.documents():
        if not document.recording.sha256.startswith(prefix):
            continue
        if any(event.id == ident for event in document.events):
            hits.append((day.isoformat(), document, "event", ident))
        elif any(finding.key == ident for finding in document.findings):
            hits.append((day.isoformat(), document, "finding", ident))
    if not hits:
        raise UsageError(
            "unknown_id",
            f"The latest run has no event or finding {asked}.",
            "Run `hemispasm review CASE` to list their ids.",
        )
    if len(hits) > 1:
        raise UsageError(
            "ambiguous_id",
            f"{len(hits)} recordings have an event or finding {ident}.",
            f"Put the recording in front, such as {hits[0][1].recording.sha256[:8]}/{ident}.",
        )
    return hits[0]


def _make_item(
    wish: Wish,
    target: Literal["event", "finding"],
    ident: str,
    sha256: str,
    initials: str,
    reason: str,
    now: datetime,
) -> ReviewItem:
    try:
        return ReviewItem(
            target=target,
            recording_sha256=sha256,
            id=ident,
            decision=wish.decision,
            initials=initials,
            time=now,
            reason=reason,
            kind=wish.kind,
            side=wish.side,
            pattern=wish.pattern,
            value=wish.value,
        )
    except ValidationError as problem:
        said = problem.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise _bad(ident, said) from None


def _bad(ident: str, why: str) -> UsageError:
    return UsageError(
        "bad_review", f"The decision on {ident} does not fit: {why}.", "Correct it and run again."
    )
