"""Read and write ``exam.toml``: what was asked and seen at one visit, written by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from hemispasm.formats import atomic
from hemispasm.formats.exam_parse import parse_exam
from hemispasm.formats.exam_toml import plain_number, toml_value
from hemispasm.formats.parse import read_toml
from hemispasm.model.errors import UsageError
from hemispasm.model.exam import EXAM_SCHEMA, Answer, ExamAnswers
from hemispasm.model.form import Question, load_forms

EXAM_FILE = "exam.toml"


def read_exam(path: Path | str, *, day: date | None = None) -> ExamAnswers:
    r"""Read ``exam.toml``.

    Parameters
    ----------
    path : path-like
        The file, hand-written; see ``docs/howto/examine-a-patient.md``.
    day : date, optional
        The day of the visit. Without it the name of the folder is tried. Nothing in the file may
        lie after it.

    Returns
    -------
    ExamAnswers
        As plain answers; what is not written stays unknown.

    Raises
    ------
    UsageError
        A wrong table, key, side or value, named with the file, what is allowed and the nearest
        spelling.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "exam.toml"
    ...     _ = file.write_text('[history]\ntearing = { left = "yes" }')
    ...     read_exam(file).value("history.tearing", "left")
    'present'
    """
    path = Path(path)
    named = _folder_day(path)
    shown = path.name if named is None else f"visits/{named.isoformat()}/{path.name}"
    day = day or named
    exam = parse_exam(read_toml(path, shown), shown)
    if day is not None:
        check_days(exam, day, shown)
    return exam


def exam_text(exam: ExamAnswers) -> str:
    """Return an exam as TOML text, the same bytes for the same answers."""
    lines = [f"schema = {toml_value(EXAM_SCHEMA)}"]
    if exam.examiner is not None:
        lines.append(f"examiner = {toml_value(exam.examiner)}")
    tables: dict[str, list[Question]] = {}
    answered = {answer.code for answer in exam.answers}
    for form in load_forms().values():
        asked = [q for q in form.questions if q.code in answered]
        if asked:
            tables.setdefault(form.table, []).extend(asked)
    for table, questions in tables.items():
        lines += ["", f"[{table}]"]
        for question in questions:
            given = [a for a in exam.answers if a.code == question.code]
            lines.append(f"{question.name} = {toml_value(_written(question, given))}")
    for report in exam.reports:
        lines += ["", "[[report]]", f"by = {toml_value(report.by)}"]
        if report.day is not None:
            lines.append(f"day = {report.day.isoformat()}")
        for answer in report.answers:
            entry: dict[str, Any] = {
                "code": answer.code,
                **_side_key(answer),
                "value": plain_number(answer.value),
            }
            lines += ["", "[[report.finding]]"]
            lines += [
                f"{key} = {toml_value(value)}" for key, value in {**entry, **answer.extra}.items()
            ]
    return "\n".join([*lines, ""])


def write_exam(path: Path | str, exam: ExamAnswers) -> None:
    """Write ``exam.toml`` beside its name, then rename it."""
    atomic.write_text(Path(path), exam_text(exam))


def check_days(exam: ExamAnswers, day: date, shown: str = EXAM_FILE) -> None:
    """Refuse what lies after the visit.

    Raises
    ------
    UsageError
        A report or the onset is later than the visit (``after_the_visit``).
    """
    late = [f"report {n}" for n, r in enumerate(exam.reports, 1) if r.day and r.day > day]
    onset = exam.value("history.onset")
    if isinstance(onset, str) and onset > day.isoformat()[: len(onset)]:
        late.append("history.onset")
    if late:
        raise UsageError(
            "after_the_visit",
            f"{shown}: `{late[0]}` lies after the visit of {day.isoformat()}.",
            "Correct the date, or put it into the visit at which it was known.",
        )


def _folder_day(path: Path) -> date | None:
    try:
        return date.fromisoformat(path.resolve().parent.name)
    except ValueError:
        return None


def _written(question: Question, given: list[Answer]) -> Any:
    if any(a.rater or a.extra for a in given) or len({a.side for a in given}) < len(given):
        entries = [
            {
                **_side_key(a),
                "value": plain_number(a.value),
                **({"rater": a.rater} if a.rater else {}),
                **a.extra,
            }
            for a in given
        ]
        return entries if question.sided or len(entries) > 1 else entries[0]
    if question.sided:
        return {str(a.side): plain_number(a.value) for a in given}
    return plain_number(given[0].value)


def _side_key(answer: Answer) -> dict[str, str]:
    return {"side": str(answer.side)} if answer.side else {}
