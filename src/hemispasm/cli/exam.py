"""`hemispasm measure exam`: answers in, findings out; templates; agreement of two raters."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from datetime import date

    from hemispasm.cli.exam_reading import ReadExam

#: Patients are drawn with this seed, so that the same files give the same interval.
AGREEMENT_SEED = 1


def exam(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PATH]...", help="exam.toml files, visit folders, or cases."),
    ] = None,
    json_to: Annotated[
        str | None, typer.Option("--json", metavar="FILE", help="Write findings; - for stdout.")
    ] = None,
    csv_to: Annotated[
        str | None, typer.Option("--csv", metavar="FILE", help="Write a table; - for stdout.")
    ] = None,
    form: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Print an empty exam.toml with this form; repeatable."),
    ] = None,
    template: Annotated[
        bool, typer.Option("--template", help="Print an empty exam.toml with every form.")
    ] = False,
    agreement: Annotated[
        str | None,
        typer.Option(metavar="CODE", help="Agreement of two raters on a scale, e.g. scale.tunc."),
    ] = None,
    raters: Annotated[
        str | None, typer.Option(metavar="A,B", help="Which two raters, by their initials.")
    ] = None,
    day: Annotated[
        str | None, typer.Option(metavar="DAY", help="Day of the visit, if no folder says it.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 1 when an exam holds no finding.")
    ] = False,
) -> None:
    """Read history, examination and scales: findings, what is missing, what contradicts.

    Without --json or --csv a table is printed. Nothing is written unasked.
    """
    from hemispasm.cli.exam_reading import read_exams
    from hemispasm.model.errors import UsageError

    if form or template:
        _print_template(paths, None if template else form)
        return
    if not paths:
        raise UsageError(
            "no_exam", "No exam.toml is given.", "Give a file, a visit or a case, or --template."
        )
    exams = read_exams(paths, _day(day))
    if agreement is not None:
        _put_agreement(exams, agreement, raters, json_to)
        return
    _put_findings(exams, json_to, csv_to)
    if strict and any(e.document.quality.grade == "not_assessable" for e in exams):
        raise typer.Exit(1)


def _print_template(paths: list[Path] | None, names: list[str] | None) -> None:
    from hemispasm.cli.shown import put_text
    from hemispasm.formats.exam_template import exam_template
    from hemispasm.model.errors import UsageError

    if paths:
        raise UsageError(
            "template_only", "A template takes no files.", "Leave the paths out, or the --form."
        )
    put_text("-", exam_template(names))


def _put_findings(exams: list[ReadExam], json_to: str | None, csv_to: str | None) -> None:
    from hemispasm.cli.exam_reading import print_exam
    from hemispasm.cli.shown import put_text, say
    from hemispasm.formats.csv import TableEntry, findings_csv
    from hemispasm.formats.findings import findings_text, json_text
    from hemispasm.model.errors import UsageError

    if json_to is not None and json_to == csv_to:
        raise UsageError(
            "same_target", "Two outputs would go to the same place.", "Give each its own file."
        )
    for target in (json_to, csv_to):
        if target not in (None, "-") and Path(str(target)).suffix == ".toml":
            raise UsageError(
                "would_overwrite", "An output named .toml may be an exam.", "Choose another name."
            )
    documents = [e.document for e in exams]
    if json_to is not None:
        many = json_text([document.to_json() for document in documents])
        put_text(json_to, findings_text(documents[0]) if len(documents) == 1 else many)
    if csv_to is not None:
        entries = (TableEntry(e.document, e.case_id or "", e.day.isoformat()) for e in exams)
        put_text(csv_to, findings_csv(entries))
    if json_to is csv_to is None:
        for read in exams:
            print_exam(read)
    for target in (json_to, csv_to):
        if target not in (None, "-"):
            say(f"Written: {target}")


def _put_agreement(
    exams: list[ReadExam], code: str, raters: str | None, json_to: str | None
) -> None:
    from dataclasses import asdict

    from hemispasm.cli.exam_reading import print_agreement
    from hemispasm.cli.shown import put_text
    from hemispasm.formats.findings import json_text
    from hemispasm.measure.exam.agreement import list_ratings, rater_agreement

    ratings = [
        rating
        for number, read in enumerate(exams)
        for rating in list_ratings(
            read.case_id or f"file {number}", read.day, read.document.findings, code
        )
    ]
    found = rater_agreement(code, ratings, raters=_two(raters), seed=AGREEMENT_SEED)
    if json_to is not None:
        put_text(json_to, json_text(asdict(found)))
    else:
        print_agreement(found)


def _two(raters: str | None) -> tuple[str, str] | None:
    from hemispasm.model.errors import UsageError

    if raters is None:
        return None
    names = [name.strip() for name in raters.split(",") if name.strip()]
    if len(names) != 2 or names[0] == names[1]:
        raise UsageError(
            "which_raters", f"{raters!r} does not name two raters.", "Write --raters AB,CD."
        )
    return names[0], names[1]


def _day(text: str | None) -> date | None:
    from datetime import date

    from hemispasm.model.errors import UsageError

    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError("bad_date", f"{text!r} is not a date.", "Write 2026-03-02.") from None
