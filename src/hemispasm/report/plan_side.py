"""Which side, by every source that says so, counted by kind of source."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hemispasm.model import Side
from hemispasm.model.plan import Because, Plan
from hemispasm.model.texts import lookup_text
from hemispasm.report.document import (
    Block,
    Bullets,
    Cell,
    Count,
    Folded,
    Para,
    Section,
    Table,
)
from hemispasm.report.phrase import because_cell, joined, phrase, side_words

# What a treatment file says, among what the case's own records say.
TREATMENTS = ("record.toxin", "record.toxin_effect", "record.operation")
KINDS = ("history", "exam", "video", "emg", "imaging", "scale", "treatment", "record", "other")


def kind_of_source(because: Because) -> str:
    """Return the kind of source of a finding, one of ``KINDS``.

    Examples
    --------
    >>> from datetime import date
    >>> kind_of_source(Because(code="record.toxin", day=date(2026, 3, 2), origin="reported"))
    'treatment'
    """
    if because.code in TREATMENTS:
        return "treatment"
    kind = because.code.partition(".")[0]
    return kind if kind in KINDS else "other"


def by_kind(found: Iterable[Because]) -> dict[str, list[Because]]:
    """Return findings by kind of source, in a fixed order, the newest finding first."""
    kinds: dict[str, list[Because]] = {kind: [] for kind in KINDS}
    for each in sorted(found, key=lambda each: each.day, reverse=True):
        kinds[kind_of_source(each)].append(each)
    return {kind: entries for kind, entries in kinds.items() if entries}


def kind_words(kind: str) -> Cell:
    """Return a kind of source in words."""
    return phrase(f"report.side_kind.{kind}")


def kinds_count(found: Sequence[Because]) -> Count:
    """Return how many kinds of source there are among findings: not how many entries."""
    one, many = phrase("report.summary.kinds_one"), phrase("report.summary.kinds_many")
    return Count(len(by_kind(found)), str(one[0]), str(many[0]))


def side_section(plan: Plan) -> Section:
    """Return what names a side by kind of source; a conflict is listed in full, never settled."""
    view = plan.side
    title = phrase("report.side.title")
    if not view.because:
        return Section("side", title, (Para(*phrase("report.side.none")),))
    entries = Bullets(tuple(because_cell(each) for each in view.because))
    if view.conflict:
        said = Para(*phrase("report.side.conflict"))
        return Section("side", title, (said, _table(view.because), entries))
    children: list[Block] = [
        Para(*phrase("report.side.agree", side=side_words(view.side)), role="lead"),
        _table(view.because),
        Folded(phrase("report.side.all"), (entries,)),
    ]
    return Section("side", title, tuple(children))


def _table(found: Sequence[Because]) -> Table:
    columns = tuple(lookup_text(f"report.side.{c}") for c in ("kind", "says", "entries", "newest"))
    rows = tuple(
        (kind_words(kind), _sides(entries), (Count(len(entries)),), because_cell(entries[0]))
        for kind, entries in by_kind(found).items()
    )
    return Table.plain(phrase("report.side.caption"), columns, rows)


def _sides(entries: Sequence[Because]) -> Cell:
    """Return every side that these entries name: by their side, or by their value."""
    said: dict[str, Cell] = {}
    for each in entries:
        side = each.side
        if side is None and each.value in list(Side):
            side = Side(each.value)
        said[str(side)] = side_words(side)
    return joined(said[key] for key in sorted(said))
