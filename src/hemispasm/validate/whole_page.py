"""A validation of everything as one self-contained page, printed by the report room."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from hemispasm.report.document import (
    Bullets,
    Callout,
    Cell,
    Count,
    Document,
    Group,
    Identifier,
    Moment,
    Para,
    Provenance,
    Section,
    Table,
)
from hemispasm.report.html import render_html
from hemispasm.validate.machine import SHORT
from hemispasm.validate.page import VERDICTS, score_number
from hemispasm.validate.whole_rows import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hemispasm.validate.machine import Machine
    from hemispasm.validate.whole import PartResult, WholeReport
    from hemispasm.validate.whole_rows import AccuracyRow

COLUMNS = ("Score", "Measured", "Interval", "Rests on", "Bar", "Kept", "Usual ways on the same")
SHARED = "A, B"


def whole_document(report: WholeReport) -> Document:
    """Return the document tree: what failed, every part by family, then the machine."""
    kept = sum(part.count(True) for part in report.parts)
    sections = []
    if report.failed:
        items = tuple((Identifier(line),) for line in report.failed)
        sections.append(Section("not-kept", ("What was not kept",), (Bullets(items),)))
    sections += [part_section(part) for part in report.parts]
    sections.append(Section("machine", ("Where it ran",), (machine_block(report),)))
    return Document(
        title=("Validation of every measurement",),
        mark=("Simulated patients",),
        banners=banners_of(report),
        summary=Para(
            Count(kept, "promise", "promises"), " kept, ",
            Count(len(report.failed), "promise", "promises"), " not kept; ",
            Count(len(report.parts), "part", "parts"), ".",
        ),
        sections=tuple(sections),
    )  # fmt: skip


def render_all(report: WholeReport) -> str:
    """Return the page as text."""
    return render_html(whole_document(report))


def part_section(part: PartResult) -> Section:
    """Return one table of a part, its rows by family of recordings."""
    letters = list(dict.fromkeys(row.family for row in part.rows))
    groups = tuple(
        Group(
            family_words(letter),
            tuple(accuracy_line(row) for row in part.rows if row.family == letter),
        )
        for letter in sorted(letters, key=lambda letter: (letter == "", letter))
    )
    return Section(part.name, (part.title,), (Table((part.title,), COLUMNS, groups),))


def family_words(letter: str) -> Cell:
    """Return the name of a family as a heading."""
    if not letter:
        return ("Speed and other things without a family",)
    if letter == SHARED:
        words = " and ".join(FAMILIES[one] for one in letter.split(", "))
        return (f"Families A and B together: {words}",)
    return (f"Family {letter}: {FAMILIES[letter]}",)


def accuracy_line(row: AccuracyRow) -> tuple[Cell, ...]:
    """Return the cells of one score."""
    number = score_number(row.value, row.unit, row.interval)
    name: Cell = (Identifier(row.key),)
    if row.material:
        name = (*name, " ", Identifier(f"({row.material})"))
    return (
        name,
        (Identifier(number.value_text),),
        (Identifier(number.limits_text),),
        (Count(row.n), " ", Identifier(row.of)) if row.of else ("",),
        (Identifier(row.expected),),
        (VERDICTS[row.passed],),
        _beside(row),
    )


def _beside(row: AccuracyRow) -> Cell:
    words = []
    for one in row.beside:
        number = score_number(one.value, row.unit, one.interval)
        limits = f" ({number.limits_text})" if number.limits_text else ""
        absent = f"not run: {one.note}" if one.value is None and one.note else number.value_text
        words.append(f"{one.tool}: {absent}{limits}")
    return (Identifier("; ".join(words)),)


def machine_block(report: WholeReport) -> Provenance:
    """Return machine, versions and asset hashes as a list."""
    machine = report.machine
    rows: list[tuple[str, Cell]] = [
        ("Began", (Moment(datetime.fromisoformat(report.began)),)),
        ("hemispasm", (Identifier(report.hemispasm),)),
        ("Code", (Identifier(machine.code),)),
        ("Machine", (Identifier(machine_words(machine)),)),
        ("Python", (Identifier(machine.python),)),
        ("Packages", (Identifier(_packages(machine)),)),
    ]
    rows += [
        ("Asset", (Identifier(f"{a.name}: SHA-256 {a.found[:SHORT]}"),)) for a in machine.assets
    ]
    rows += [
        (
            part.title,
            ("first seed ", Identifier(str(part.seed_base)), ", ", part.plan, " plan, ",
             Identifier(f"{part.seconds:.0f} s")),
        )
        for part in report.parts
    ]  # fmt: skip
    return Provenance(tuple(rows))


def machine_words(machine: Machine) -> str:
    """Return the machine in one line."""
    memory = "" if machine.memory_gb is None else f", {machine.memory_gb:g} GiB memory"
    return f"{machine.processor}, {machine.cores} cores{memory}, {machine.system}"


def _packages(machine: Machine) -> str:
    return ", ".join(f"{p.name} {p.found or 'missing'}" for p in machine.packages)


def banners_of(report: WholeReport) -> tuple[Callout, ...]:
    """Return what a reader must know first: simulated, tuning seeds, short plan, parts left out."""
    found = []
    if report.fresh:
        found.append(Callout("simulated", ("Simulated patients on seeds kept for releases",)))
    else:
        stale = _listed(part.title for part in report.parts if not part.fresh)
        found.append(
            Callout("warning", ("Seeds open to tuning: this is no validation",), (Para(stale),))
        )
    if report.plan == "quick":
        words = "A few recordings of each kind: it shows that all of it runs, and not how well."
        found.append(Callout("warning", ("Quick plan",), (Para(words),)))
    if report.left_out:
        found.append(Callout("warning", ("Parts left out",), (Para(_listed(report.left_out)),)))
    return tuple(found)


def _listed(words: Iterable[str]) -> Identifier:
    return Identifier(", ".join(words) + ".")
