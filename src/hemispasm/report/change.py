"""Change since an earlier visit: claimed or refused, always with the days since toxin."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from hemispasm.model import Finding
from hemispasm.report.document import (
    Block,
    Cell,
    Day,
    FromRule,
    Inline,
    Number,
    Para,
    Section,
    Strong,
)
from hemispasm.report.lanes import side_name
from hemispasm.report.number import number_of
from hemispasm.report.tables import change_table

if TYPE_CHECKING:
    from hemispasm.report.video_report import EarlierVisit

TITLE: Cell = ("Change since the earlier visit",)


def change_section(
    changes: Sequence[Finding], earlier: EarlierVisit | None, day: date | None
) -> Section:
    """Return the section on change; it says so when there is nothing to compare with."""
    if not changes and earlier is None:
        said = Para("There is no earlier visit to compare with.")
        return Section("change", TITLE, (said,))
    children: list[Block] = [visits_para(changes, earlier, day)]
    if changes:
        children.append(change_table(changes))
    else:
        children.append(Para("No change was computed between these visits."))
    return Section("change", TITLE, tuple(children))


def visits_para(changes: Sequence[Finding], earlier: EarlierVisit | None, day: date | None) -> Para:
    """Name both visits with the days since toxin at each."""
    first = changes[0] if changes else None
    parts: list[Inline] = ["Earlier visit: "]
    parts += _visit(
        _day_of(first, "earlier_day") or (earlier.day if earlier else None),
        first.extra("days_since_toxin_earlier") if first else None,
        earlier.days_since_toxin if earlier else None,
        untreated=_untreated(first, "phase_earlier"),
    )
    parts.append(". Later visit: ")
    later = first.extra("days_since_toxin_later") if first else None
    untreated = _untreated(first, "phase_later")
    parts += _visit(_day_of(first, "later_day") or day, later, untreated=untreated)
    return Para(*parts, ".")


def _day_of(finding: Finding | None, key: str) -> date | None:
    found = finding.extra(key) if finding is not None else None
    if found is None or isinstance(found, date):
        return found
    return date.fromisoformat(str(found))


def _untreated(finding: Finding | None, key: str) -> bool:
    return finding is not None and finding.extra(key) == "never_treated"


def _visit(
    day: date | None, *days_since_toxin: float | None, untreated: bool = False
) -> list[Inline]:
    parts: list[Inline] = [Strong(Day(day)) if day is not None else "day not known"]
    known = next((days for days in days_since_toxin if days is not None), None)
    if known is None:
        return [*parts, " (no toxin yet)" if untreated else " (days since toxin not known)"]
    number = Number(float(known), "days", FromRule("treatment.days_since_toxin"))
    return [*parts, " (", number, " after toxin)"]


def change_sentence(changes: Sequence[Finding]) -> list[Inline]:
    """Return one sentence on the change of the rate, or nothing."""
    for change in changes:
        if change.extra("of") != "video.spasm_rate":
            continue
        if change.value is None or change.value == "refused":
            return [" A change since the earlier visit is not claimed (see there)."]
        return [
            " Change of the rate since the earlier visit, ",
            side_name(change),
            ": ",
            number_of(change),
            ".",
        ]
    return []
