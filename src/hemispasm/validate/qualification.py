"""The record of an installation: what was expected, what was observed, who signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from hemispasm.report.document import (
    Block,
    Callout,
    Cell,
    Count,
    Day,
    Document,
    Identifier,
    LineBreak,
    Moment,
    Para,
    Provenance,
    Section,
    Soft,
    Strong,
    Table,
)
from hemispasm.report.pdf import render_pdf
from hemispasm.validate.machine import SHORT
from hemispasm.validate.page import score_number
from hemispasm.validate.whole_page import banners_of, machine_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hemispasm.validate.whole import PartResult, WholeReport
    from hemispasm.validate.whole_rows import AccuracyRow

COLUMNS = ("No.", "What", "Expected", "Observed", "Passed")
SIGNERS = ("Performed by", "Checked by", "Approved for use by")
LINE = "_" * 22
INSTALLED = "installed"
SPACE = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Step:
    """One line of the record.

    Attributes
    ----------
    number : int
        From 1, over the whole record.
    section : str
        ``installed``, or the part's name.
    what, source : str
        What was looked at, and where it was promised.
    """

    number: int
    section: str
    what: str
    source: str
    expected: str
    observed: str
    passed: bool


def steps_of(report: WholeReport) -> tuple[Step, ...]:
    """Return packages, assets and every promise that was tried, numbered through."""
    machine = report.machine
    found: list[tuple[str, str, str, str, str, bool]] = [
        (INSTALLED, f"package {p.name}", "", p.asked or "installed", p.found or "missing",
         p.found is not None)
        for p in machine.packages
    ]  # fmt: skip
    found += [
        (INSTALLED, f"asset {a.name}", "", f"SHA-256 {a.expected[:SHORT]}", a.found[:SHORT],
         a.whole)
        for a in machine.assets
    ]  # fmt: skip
    found += [
        (part.name, row.name, row.source or "", expected_words(row), observed_words(row),
         row.passed)
        for part in report.parts
        for row in part.rows
        if row.passed is not None
    ]  # fmt: skip
    return tuple(Step(number, *one) for number, one in enumerate(found, 1))


def qualification_document(report: WholeReport) -> Document:
    """Return the record as a document: a DRAFT until named persons have signed it.

    Every step has a number, what was expected, what was observed and whether it passed, as
    installation records of clinical data systems do; what did not pass is listed again with room
    for cause and decision.
    """
    steps = steps_of(report)
    missed = [step for step in steps if not step.passed]
    day = datetime.fromisoformat(report.began).date()
    own = [step for step in steps if step.section == INSTALLED]
    sections = [
        Section("what", ("What was qualified",), (_what(report),)),
        Section(INSTALLED, ("Installed software and assets",), (_table(own),)),
    ]
    for part in report.parts:
        mine = [step for step in steps if step.section == part.name]
        if mine:
            sections.append(Section(part.name, (part.title,), (_ran(part), _table(mine))))
    sections += [_deviations(missed), _signatures()]
    return Document(
        title=("Installation qualification of hemispasm ", Identifier(report.hemispasm)),
        mark=("DRAFT, unsigned",),
        banners=(_draft(), *banners_of(report)),
        summary=Para(
            Count(len(steps) - len(missed), "step", "steps"), " passed, ",
            Count(len(missed), "step", "steps"), " did not, on ", Day(day), ".",
        ),
        sections=tuple(sections),
    )  # fmt: skip


def render_qualification(report: WholeReport) -> bytes:
    """Return the record as a PDF."""
    return render_pdf(qualification_document(report))


def expected_words(row: AccuracyRow) -> str:
    """Return the bar with its unit."""
    unit = "" if row.unit == "1" or row.unit.startswith("{") else f" {row.unit}"
    return f"{row.expected}{unit}"


def observed_words(row: AccuracyRow) -> str:
    """Return what came out, with interval and count."""
    number = score_number(row.value, row.unit, row.interval)
    limits = f" ({number.limits_text})" if number.limits_text else ""
    return f"{number.value_text}{limits}, n = {row.n}"


def _table(steps: Sequence[Step]) -> Table:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            (Identifier(str(step.number)),),
            _what_of(step),
            (Identifier(step.expected),),
            (Identifier(step.observed),),
            ("yes",) if step.passed else (Strong("NO"),),
        )
        for step in steps
    )
    return Table.plain(("Steps",), COLUMNS, rows)


def _what_of(step: Step) -> Cell:
    if not step.source:
        return (Identifier(step.what),)
    return (Identifier(step.what), LineBreak(), Soft(Identifier(step.source)))


def _ran(part: PartResult) -> Para:
    kind = "kept for releases" if part.fresh else "open to tuning"
    return Para(
        "First seed ", Identifier(str(part.seed_base)), " (", kind, "), ", part.plan,
        " plan. Limits in brackets are intervals at ", Identifier("95 %"), ".",
    )  # fmt: skip


def _what(report: WholeReport) -> Provenance:
    machine = report.machine
    return Provenance(
        (
            ("Product", ("hemispasm ", Identifier(report.hemispasm))),
            ("Code", (Identifier(machine.code),)),
            ("Run began", (Moment(datetime.fromisoformat(report.began)),)),
            ("Machine", (Identifier(machine_words(machine)),)),
            ("Python", (Identifier(machine.python),)),
            ("Command", ("hemispasm validate all", " --quick" if report.plan == "quick" else "")),
            ("Site", _room()),
            ("Serial or inventory number", _room()),
        )
    )


def _deviations(missed: Sequence[Step]) -> Section:
    block: Block = Para("None: every step that was tried passed.")
    if missed:
        rows: tuple[tuple[Cell, ...], ...] = tuple(
            ((Identifier(str(step.number)),), (Identifier(step.what),), _room(LINE * 2))
            for step in missed
        )
        block = Table.plain(("Deviations",), ("No.", "What", "Cause and decision"), rows)
    return Section("deviations", ("Deviations",), (block,))


def _signatures() -> Section:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        ((who,), _room(), _room(), _room(LINE[:12])) for who in SIGNERS
    )
    table = Table.plain(("Signatures",), ("Role", "Name", "Signature", "Date"), rows)
    words = Para(
        "With these signatures the persons named state that they have read this record, that the "
        "deviations listed are dealt with, and that the installation may be used as its manual "
        "says. It says nothing about accuracy on patients: every figure is on simulated ones."
    )
    return Section("signatures", ("Signatures",), (words, table))


def _room(line: str = LINE) -> Cell:
    """Return a line to write on, with room for handwriting above it."""
    return (Identifier(SPACE), LineBreak(), Identifier(line))


def _draft() -> Callout:
    return Callout(
        "draft",
        ("DRAFT: unsigned",),
        (Para("It becomes a record when the persons at its end have signed and dated it."),),
    )
