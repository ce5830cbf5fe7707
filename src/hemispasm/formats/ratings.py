"""Every decision of the reviewers as a table, beside what the machine had said."""

from __future__ import annotations

from hemispasm.formats.case_findings import CaseFindings
from hemispasm.formats.csv import rows_csv
from hemispasm.model.finding import FindingsDocument
from hemispasm.model.review import Review, ReviewItem

RATING_COLUMNS = (
    *("case_id", "visit", "sha256", "target", "id", "decision", "initials", "time", "reason"),
    *("machine_kind", "machine_side", "machine_pattern", "machine_value", "start_s", "end_s"),
    *("kind", "side", "pattern", "value"),
)


def ratings_csv(case_id: str, findings: CaseFindings, reviews: dict[str, Review]) -> str:
    """Return every decision beside what the machine had said, as CSV text.

    Parameters
    ----------
    case_id : str
        The pseudonym.
    findings : CaseFindings
        The machine's findings.
    reviews : dict of str to Review
        Reviews by the visit's day, YYYY-MM-DD.
    """
    documents = {d.recording.sha256: d for _, d in findings.documents()}
    rows = []
    for day, review in sorted(reviews.items()):
        for item in review.items:
            document = documents.get(item.recording_sha256)
            said = _machine_columns(document, item) if document else [None] * 6
            given = [item.kind, item.side, item.pattern, item.value]
            who = [item.decision, item.initials, item.time.isoformat(), item.reason]
            where = [case_id, day, item.recording_sha256, item.target, item.id]
            rows.append([*where, *who, *said, *given])
    return rows_csv(RATING_COLUMNS, rows)


def _machine_columns(document: FindingsDocument, item: ReviewItem) -> list[object]:
    if item.target == "event":
        for e in document.events:
            if e.id == item.id:
                return [e.kind, e.side or e.image_side, e.pattern, None, e.start_s, e.end_s]
    for f in document.findings:
        if item.target == "finding" and f.key == item.id:
            return [None, f.side or f.image_side, None, f.value, None, None]
    return [None] * 6
