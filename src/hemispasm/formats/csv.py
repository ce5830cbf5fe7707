"""Findings of many recordings as one table: a row per finding per recording."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from hemispasm.model.finding import Finding, FindingsDocument

COLUMNS = (
    "case_id",
    "visit",
    "sha256",
    "code",
    "side",
    "image_side",
    "value",
    "unit",
    "lo",
    "hi",
    "level",
    "quality",
    "of",
    "segment",
    "vessel",
    "candidate",
)


@dataclass(frozen=True)
class TableEntry:
    """A recording's findings with the case and the visit that it belongs to, where known."""

    document: FindingsDocument
    case_id: str = ""
    visit: str = ""


def findings_csv(entries: Iterable[TableEntry]) -> str:
    """Return the table as CSV text with a header line.

    ``of`` is the code that a change finding is about; ``segment``, ``vessel`` and ``candidate`` say
    which stretch of the nerve and which vessel of a picture. All are empty otherwise.
    """
    rows = [
        finding_row(entry.case_id, entry.visit, entry.document.recording.sha256, finding)
        for entry in entries
        for finding in entry.document.findings
    ]
    return rows_csv(COLUMNS, rows)


def finding_row(case_id: str, visit: str, sha256: str, finding: Finding) -> list[Any]:
    """Return one finding as a row in the order of ``COLUMNS``."""
    low, high = finding.interval or (None, None)
    return [
        case_id,
        visit,
        sha256,
        finding.code,
        finding.side,
        finding.image_side,
        finding.value,
        finding.unit,
        low,
        high,
        finding.level,
        finding.quality,
        *(finding.extra(name) for name in ("of", "segment", "vessel", "candidate")),
    ]


def rows_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return rows as CSV text; text that a spreadsheet would run as a formula is defused."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return out.getvalue()


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return value
