"""What to expect of microvascular decompression, before it and after it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from hemispasm.evidence import lookup_evidence
from hemispasm.model.plan import AuditedRate, ChecklistItem, MvdView, Plan, ResidualRisk
from hemispasm.model.texts import lookup_text
from hemispasm.report.document import (
    Block,
    Bullets,
    Callout,
    Cell,
    Day,
    Folded,
    FromRule,
    Number,
    Origin,
    Para,
    Section,
    Strong,
    Table,
    Verbatim,
)
from hemispasm.report.number import percent_decimals
from hemispasm.report.phrase import (
    basis_cell,
    because_cells,
    evidence_cell,
    evidence_line,
    is_known,
    phrase,
    say,
)
from hemispasm.report.plan_gates import refusals_of
from hemispasm.report.relief_plot import relief_figure

_MOST_ON_FILE = 2
# The end of the key of a note that holds the figures of the note before it.
_FIGURES = "_figures"
# Readable without colour.
STATE_MARKS = {"done": "✓ ", "open": "○ ", "caution": "▲ "}


def mvd_section(plan: Plan) -> Section | None:
    """Return what to expect of decompression; None when the plan has nothing on it.

    Figures that a refusal withholds are replaced by the refusal.
    """
    view = plan.mvd
    if view is None:
        return None
    after = view.phase == "after"
    children: list[Block] = [
        *refusals_of(plan, "mvd_figures", "relief_curve", "lateral_spread_update"),
        *_since(view, plan.as_of),
    ]
    if view.rate is not None:
        children += _rate(view.rate)
    if view.course:
        children += [relief_figure(view.course, view.days_since)]
        early = (" ", *phrase("report.mvd.course_early")) if view.too_early else ()
        children.append(Para(*phrase("report.mvd.course_note"), *early))
    immediate = tuple(evidence_line(key) for key in view.immediate if is_known(key))
    children += _waiting(view)
    residual = view.residual if view.month_after is None else (*view.residual, view.month_after)
    if residual:
        children.append(residual_table(residual))
    if view.hearing:
        children.append(Para(*phrase("report.mvd.hearing"), *because_cells(view.hearing), "."))
    if view.imaging:
        common = phrase("report.mvd.imaging_common")
        said = (*phrase("report.mvd.imaging"), *because_cells(view.imaging), ". ", *common)
        children.append(Para(*said))
    if view.notes:
        children.append(Bullets(note_cells(view.notes)))
    if view.checklist:
        children.append(checklist_table(view.checklist))
    basis = basis_cell(view.basis)
    details: list[Block] = []
    if immediate:
        details += [Para(Strong(*phrase("report.mvd.immediate")), role="lead"), Bullets(immediate)]
    if basis:
        details.append(Para(*phrase("report.rests_on"), *basis, ".", role="basis"))
    if details:
        children.append(Folded(phrase("report.mvd.rests_on"), tuple(details)))
    long = [item for item in view.checklist if len(item.because) > _MOST_ON_FILE]
    if long:
        full = checklist_table(long, None)
        children.append(Folded(phrase("report.mvd.checklist_more"), (full,)))
    title = phrase("report.mvd.title_after" if after else "report.mvd.title")
    return Section("mvd", title, tuple(children))


def _days(days: float) -> Number:
    return Number(float(days), "days", FromRule("mvd.days_since"), decimals=0)


def note_cells(notes: Sequence[str]) -> tuple[Cell, ...]:
    """Return one cell for each note; the figures of a note stand behind its sentence.

    Parameters
    ----------
    notes : sequence of str
        Keys of texts; ``…_figures`` of ``…`` are joined to it where they follow it.

    Examples
    --------
    >>> len(note_cells(("mvd_note.recurrence", "mvd_note.recurrence_figures")))
    1
    """
    cells: list[Cell] = []
    before = ""
    for note in notes:
        if cells and note == f"{before}{_FIGURES}":
            cells[-1] = (*cells[-1], " ", *say(note))
        else:
            cells.append(say(note))
        before = note
    return tuple(cells)


def _since(view: MvdView, as_of: date) -> list[Block]:
    blocks: list[Block] = []
    if view.operated_on is not None and view.days_since is not None:
        day, days = Day(view.operated_on), _days(view.days_since)
        blocks.append(Para(*phrase("report.mvd.since", day=day, days=days)))
    if view.too_early:
        said = Para(*phrase("report.mvd.too_early_body"))
        blocks.append(Callout("note", phrase("report.mvd.too_early"), (said,)))
    # Once the days are over, the box would only say what can no longer be watched for.
    if view.palsy_watch is not None and as_of <= view.palsy_watch[1]:
        start, end = (Day(day) for day in view.palsy_watch)
        blocks.append(Callout("warning", phrase("report.mvd.palsy_watch", start=start, end=end)))
    return blocks


def _rate(rate: AuditedRate) -> list[Block]:
    share, band = rate.share * 100, (rate.band[0] * 100, rate.band[1] * 100)
    decimals = percent_decimals(round(v, 1) for v in (share, *band))
    rule = FromRule("mvd.rate")
    number = Number(share, "%", rule, band, rate.level, decimals=decimals)
    definition = say(rate.definition) if "." in rate.definition[:-1] else ()
    definition = definition or (Verbatim(rate.definition, Origin.CASE),)
    counts = {
        name: Number(None if n is None else float(n), "1", rule, decimals=0)
        for name, n in (("good", rate.good), ("operated", rate.operated))
    }
    key = "rate_own" if rate.origin == "own_centre" else "rate_published"
    words = phrase(f"report.mvd.{key}", rate=number, definition=definition, **counts)
    basis = basis_cell(rate.basis)
    tail: Cell = (" ", *phrase("report.rests_on"), *basis, ".") if basis else ()
    said: list[Block] = [Para(*words, *tail)]
    if rate.origin == "published":
        said.append(Para(*phrase("report.mvd.definition", definition=definition)))
    return said


def _waiting(view: MvdView) -> list[Block]:
    waiting = view.waiting
    if waiting is None:
        return []
    share = round(waiting.later_share * 100, 6)
    limits = (round(waiting.interval[0] * 100, 6), round(waiting.interval[1] * 100, 6))
    rule = FromRule("mvd.course")
    decimals = percent_decimals((share, *limits))
    later = Number(share, "%", rule, limits, waiting.level, decimals=decimals)
    words = phrase(
        "report.mvd.waiting",
        since=Number(waiting.since_day, "days", rule, decimals=0),
        later=later,
        count=Number(float(waiting.count), "1", rule, decimals=0),
        n=Number(float(waiting.n), "1", rule, decimals=0),
    )
    basis = basis_cell(waiting.basis)
    tail: Cell = (" ", *phrase("report.rests_on"), *basis, ".") if basis else ()
    return [Para(*words, *tail)]


def residual_table(residual: Sequence[ResidualRisk]) -> Table:
    """Return every published figure on the lateral spread, source beside source, never merged."""
    columns = tuple(
        lookup_text(f"report.mvd.residual_{c}") for c in ("spread", "time", "outcome", "share")
    )
    rows = tuple(
        (
            phrase(f"report.mvd.{risk.lateral_spread}"),
            say(f"residual_time.{risk.time}"),
            say(f"residual_outcome.{risk.outcome}"),
            _residual(risk),
        )
        for risk in residual
    )
    return Table.plain(phrase("report.mvd.residual_caption"), columns, rows, "prose")


def _residual(risk: ResidualRisk) -> Cell:
    if is_known(risk.evidence):
        said = evidence_cell(risk.evidence)
        named = risk.source in lookup_evidence(risk.evidence).sources
        return said if named else (Verbatim(risk.source, Origin.EVIDENCE), ": ", *said)
    return (Verbatim(risk.source, Origin.EVIDENCE),)


def checklist_table(items: Sequence[ChecklistItem], most: int | None = _MOST_ON_FILE) -> Table:
    """Return the checklist before an operation; cautions first, then what is open.

    ``most`` limits how many entries are named for one item; None names them all.
    """
    order = ("caution", "open", "done")
    rows = tuple(
        (
            (STATE_MARKS[item.status], *phrase(f"report.check.{item.status}")),
            say(f"checklist.{item.code}"),
            because_cells(item.because, most) or ("–",),
        )
        for item in sorted(items, key=lambda item: order.index(item.status))
    )
    columns = tuple(lookup_text(f"report.mvd.{c}") for c in ("state", "item", "because"))
    return Table.plain(phrase("report.mvd.checklist"), columns, rows, "prose")
