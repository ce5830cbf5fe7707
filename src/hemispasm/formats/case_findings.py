"""Read and write ``hemispasm.case-findings/1``: the findings of all visits of one case."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict, Field

from hemispasm.formats.csv import COLUMNS, finding_row, rows_csv
from hemispasm.formats.findings import json_text, read_own
from hemispasm.model.base import Noun
from hemispasm.model.finding import Finding, FindingsDocument

CASE_FINDINGS_SCHEMA: Literal["hemispasm.case-findings/1"] = "hemispasm.case-findings/1"


class Failure(Noun):
    """A recording that could not be read: which of its kind in the visit (from 1), and why.

    ``cause`` is the sentence that a person reads, where there is one.
    """

    number: int = Field(ge=1)
    code: str
    kind: Literal["video", "emg", "imaging"] = "video"
    cause: str | None = None

    def reason(self, day: date) -> str:
        """Return what a page says of it, ``code: sentence``.

        Examples
        --------
        >>> Failure(number=2, code="no_moov").reason(date(2026, 3, 2))
        'recording_failed: recording 2 of 2026-03-02 cannot be decoded (no_moov)'
        """
        named = {
            "imaging": "the MRI",
            "emg": f"EMG recording {self.number}",
            "video": f"recording {self.number}",
        }[self.kind]
        why = f"is left out: {self.cause}" if self.cause else "cannot be decoded"
        return f"recording_failed: {named} of {day} {why} ({self.code})"


class VisitDocuments(Noun):
    """One visit: a findings document per recording, in the order of their names.

    Videos come first, then EMG, then the MRI examination.

    ``others`` are the visit's examination and the findings that came from other programs;
    ``joint`` what a video and an EMG recording made together say on one clock, one document a pair.
    """

    day: date
    recordings: tuple[FindingsDocument, ...] = ()
    others: tuple[FindingsDocument, ...] = ()
    failures: tuple[Failure, ...] = ()
    joint: tuple[FindingsDocument, ...] = ()

    def of_kind(self, kind: Literal["video", "emg", "imaging"]) -> tuple[FindingsDocument, ...]:
        """Return the documents of the recordings of one kind."""
        return tuple(d for d in self.recordings if d.recording.kind == kind)


class CaseFindings(Noun):
    """What a case yielded: every visit's findings, and what changed between visits."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True
    )

    schema_: Literal["hemispasm.case-findings/1"] = Field(
        default=CASE_FINDINGS_SCHEMA, alias="schema"
    )
    case: str
    visits: tuple[VisitDocuments, ...] = ()
    changes: tuple[Finding, ...] = ()

    def documents(self) -> Iterator[tuple[date, FindingsDocument]]:
        """Yield every recording's document with the day of its visit."""
        for visit in self.visits:
            for document in visit.recordings:
                yield visit.day, document

    def everything(self) -> Iterator[tuple[date, FindingsDocument]]:
        """Yield every document of every visit, examinations and other programs' included."""
        for visit in self.visits:
            for document in (*visit.recordings, *visit.others, *visit.joint):
                yield visit.day, document


def case_findings_text(findings: CaseFindings) -> str:
    """Return JSON text, the same bytes for the same content."""
    return json_text(findings.model_dump(mode="json", by_alias=True))


def read_case_findings(path: Path) -> CaseFindings:
    """Read the findings of a case.

    Raises
    ------
    IntegrityError
        Missing, damaged or of another version.
    """
    return read_own(path, CaseFindings, CASE_FINDINGS_SCHEMA)


def text_sha256(text: str) -> str:
    """Return the SHA-256 of text as it is written to a file."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def cases_csv(cases: list[CaseFindings]) -> str:
    """Return the findings and changes of several cases as one table."""
    rows = []
    for case in cases:
        for day, document in case.everything():
            sha256 = document.recording.sha256
            rows += [finding_row(case.case, day.isoformat(), sha256, f) for f in document.findings]
        for change in case.changes:
            sha256 = change.recording.sha256 if change.recording else ""
            rows.append(finding_row(case.case, str(change.extra("later_day", "")), sha256, change))
    return rows_csv(COLUMNS, rows)
