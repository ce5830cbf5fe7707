"""Read the exams that a person points at, and show them as tables."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from hemispasm.cli.shown import FOOTER, stdout_console
from hemispasm.formats.case import VisitFolder, find_cases, is_case_folder, read_case
from hemispasm.formats.exam import EXAM_FILE, read_exam
from hemispasm.measure.exam.findings import exam_document
from hemispasm.model.case import Case
from hemispasm.model.errors import UsageError
from hemispasm.model.finding import Finding, FindingsDocument, Provenance
from hemispasm.model.form import load_questions
from hemispasm.model.vocabulary import lookup_code

if TYPE_CHECKING:
    from hemispasm.measure.exam.agreement import RaterAgreement
    from hemispasm.stats import Agreement, Interval

_UNITS = {"mo": "months", "a": "years", "{score}": "", "1": ""}


@dataclass(frozen=True)
class ReadExam:
    """One exam as read, with the case that it belongs to, where there is one."""

    case_id: str | None
    day: date
    document: FindingsDocument


def read_exams(paths: list[Path], day: date | None) -> list[ReadExam]:
    """Read exam.toml files, visit folders, cases and folders of cases, in the order given.

    Raises
    ------
    UsageError
        A path leads to no exam (``no_exam``), or nothing says which day it was
        (``day_missing``).
    """
    return [read for path in paths for read in _read(path, day)]


def print_exam(read: ReadExam) -> None:
    """Print one exam's findings, then what contradicts and what is missing."""
    from rich.table import Table

    title = f"{read.case_id or 'Exam'}, {read.day.isoformat()}"
    table = Table(title=title, title_justify="left", caption=FOOTER, caption_justify="left")
    for heading in ("Finding", "Side", "Value", "From", "Quality"):
        table.add_column(heading)
    for finding in read.document.findings:
        table.add_row(*_cells(finding))
    console = stdout_console()
    console.print(table)
    console.print(f"Grade: {read.document.quality.grade}", markup=False)
    for reason in (*read.document.quality.reasons, *read.document.quality.next_steps):
        console.print(f"- {reason}", markup=False)


def print_agreement(found: RaterAgreement) -> None:
    """Print the agreement of two raters."""
    from rich.table import Table

    name = lookup_code(found.code).label
    title = f"{name}: {found.raters[0]} and {found.raters[1]}"
    table = Table(title=title, title_justify="left", caption=FOOTER, caption_justify="left")
    for heading in ("Agreement", "Value", "95 % interval"):
        table.add_column(heading)
    table.add_row("Same grade", f"{found.exact:.2f}", _ends(found.exact_interval))
    rows = {
        "Weighted kappa, linear": found.kappa_linear,
        "Weighted kappa, quadratic": found.kappa_quadratic,
        "ICC(2,1), absolute agreement": found.icc_random,
        "ICC(3,1), consistency": found.icc_fixed,
    }
    for label, coefficient in rows.items():
        table.add_row(label, *_coefficient(coefficient))
    limits = found.limits
    table.add_row("Mean difference", f"{limits.mean:.2f}", _ends(limits.mean_interval))
    table.add_row("Lower limit of agreement", f"{limits.low:.2f}", _ends(limits.low_interval))
    table.add_row("Upper limit of agreement", f"{limits.high:.2f}", _ends(limits.high_interval))
    console = stdout_console()
    console.print(table)
    console.print(f"{found.pairs} pairs of grades of {found.patients} patients.", markup=False)
    if found.resampled:
        console.print(
            "Some patients have several pairs: intervals of kappa and ICC come from drawing "
            "patients whole; the others take pairs as independent and are too narrow."
        )


def _read(path: Path, day: date | None) -> list[ReadExam]:
    if path.is_file() or path.suffix == ".toml":
        return [_one(path, day, _case_of(path.resolve().parent))]
    if (path / EXAM_FILE).is_file():
        return [_one(path / EXAM_FILE, day, _case_of(path.resolve()))]
    if path.is_dir() and not is_case_folder(path) and _case_of(path.resolve()) is not None:
        raise UsageError("no_exam", f"The visit {path.name} holds no {EXAM_FILE}.", _MAKE_ONE)
    found = []
    for folder in find_cases(path):
        case = read_case(folder)
        found += [_visit(visit, case.case) for visit in case.visits if visit.exam is not None]
    if not found:
        raise UsageError("no_exam", f"No visit in {path.name} holds an {EXAM_FILE}.", _MAKE_ONE)
    return found


_MAKE_ONE = "Make one: hemispasm measure exam --template > visits/2026-03-02/exam.toml."


def _visit(visit: VisitFolder, case: Case) -> ReadExam:
    return _one(visit.path / EXAM_FILE, visit.day, case)


def _one(path: Path, day: date | None, case: Case | None) -> ReadExam:
    if not path.is_file():
        raise UsageError(
            "no_exam", f"There is no file {path.name}.", "Check the path and its spelling."
        )
    folder = path.resolve().parent.name
    try:
        named: date | None = date.fromisoformat(folder)
    except ValueError:
        named = None
    if day is not None and named is not None and day != named:
        raise UsageError(
            "bad_date",
            f"--day {day} is not the visit {named}.",
            "Leave --day out: the folder says it.",
        )
    when = day or named
    if when is None:
        raise UsageError(
            "day_missing",
            f"Nothing says on which day {path.name} was filled in.",
            "Put it into visits/2026-03-02/, or give --day 2026-03-02.",
        )
    answers = read_exam(path, day=when)
    document = exam_document(
        answers,
        day=when,
        case=case,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        provenance=Provenance(
            hemispasm=version("hemispasm"),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
        ),
    )
    return ReadExam(case.id if case else None, when, document)


def _case_of(visit: Path) -> Case | None:
    folder = visit.parent.parent
    belongs = visit.parent.name == "visits" and is_case_folder(folder)
    return read_case(folder).case if belongs else None


def _cells(finding: Finding) -> tuple[str, str, str, str, str]:
    definition = lookup_code(finding.code)
    rater = finding.extra("rater")
    label = f"{definition.label} ({rater})" if rater else definition.label
    origin = str(finding.origin)
    if finding.reason:
        origin = f"{origin}; {finding.reason.partition(':')[2].strip()}"
    return label, str(finding.side or ""), _value(finding), origin, str(finding.quality)


def _value(finding: Finding) -> str:
    if finding.value is None:
        return "-"
    if isinstance(finding.value, str):
        words = {o.value: o.words for o in load_questions()[finding.code].options}
        return words.get(finding.value, finding.value)
    unit = _UNITS.get(finding.unit or "1", finding.unit or "")
    ends = finding.interval
    between = f" ({ends[0]:g} to {ends[1]:g})" if ends else ""
    return f"{finding.value:g} {unit}".strip() + between


def _coefficient(found: Agreement) -> tuple[str, str]:
    if found.value is None:
        return "-", "not defined: every grade is the same"
    return f"{found.value:.2f}", _ends(found.interval) if found.interval else "not estimable"


def _ends(interval: Interval) -> str:
    return f"{interval.low:.2f} to {interval.high:.2f}"
