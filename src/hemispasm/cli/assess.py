"""`hemispasm assess`: everything in one or several case folders, measured and reported."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from hemispasm.assess import Assessment


def command(
    folders: Annotated[
        list[Path], typer.Argument(metavar="CASE...", help="Case folders, or folders of them.")
    ],
    json_to: Annotated[
        str | None, typer.Option("--json", metavar="FILE", help="Also write findings here; -.")
    ] = None,
    csv_to: Annotated[
        str | None,
        typer.Option(
            "--csv",
            metavar="FILE",
            help="Also write one table; several cases give findings.csv unasked.",
        ),
    ] = None,
    no_pictures: Annotated[
        bool, typer.Option("--no-pictures", help="Leave the face out of the report.")
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Measure again what has not changed.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 1 when a recording is not assessable.")
    ] = False,
) -> None:
    """Measure every video of a case, apply the reviews, compare visits, write a report.

    Results go to CASE/results/<run>/ and never replace an earlier run.
    """
    from hemispasm.assess import assess
    from hemispasm.cli.shown import progress_on_stderr, put_text
    from hemispasm.formats.case import find_cases
    from hemispasm.formats.case_findings import cases_csv

    cases = [case for folder in folders for case in find_cases(folder)]
    done: list[Assessment] = []
    failed: list[Any] = []
    with progress_on_stderr() as watch:
        for case in cases:
            one = _assess_or_report(assess, case, len(cases), failed, fresh, no_pictures, watch)
            done += [one] if one else []
    several = len(cases) > 1
    table = csv_to or (str(_common_folder(folders) / "findings.csv") if several else None)
    if table is not None and done:
        put_text(table, cases_csv([a.findings for a in done]))
    show(done, json_to, table)
    _end(done, failed, strict)


def _assess_or_report(
    assess: Any,
    case: Path,
    of: int,
    failed: list[Any],
    fresh: bool,
    no_pictures: bool,
    watch: Any,
) -> Assessment | None:
    """Assess one case; among several, one that fails does not stop the others."""
    from hemispasm.cli.shown import say
    from hemispasm.model.errors import HemispasmError

    try:
        made: Assessment = assess(case, fresh=fresh, pictures=not no_pictures, progress=watch)
        return made
    except HemispasmError as error:
        if of == 1:
            raise
        failed.append(error)
        say(f"{case.name}: error[{error.code}]: {error.cause} {error.next_step}")
        return None


def show(done: list[Assessment], json_to: str | None, table: str | None) -> None:
    """Print what was found and where it lies; findings as JSON where asked."""
    from hemispasm.cli.shown import print_summary, put_text, say, stdout_console
    from hemispasm.formats.case_findings import case_findings_text
    from hemispasm.formats.findings import json_text

    if json_to is not None and done:
        plain = [a.findings.model_dump(mode="json", by_alias=True) for a in done]
        text = case_findings_text(done[0].findings) if len(done) == 1 else json_text(plain)
        put_text(json_to, text)
    quiet = "-" in (json_to, table)
    for assessment in done:
        if not quiet:
            for day, document in assessment.findings.documents():
                print_summary(document, f"{assessment.findings.case}, {day}")
            stdout_console().print(f"Report: {assessment.report}", markup=False, soft_wrap=True)
        for error in assessment.measured.errors:
            say(f"warning[{error.code}]: {error.cause} {error.next_step}")
    if table not in (None, "-") and done:
        say(f"Table: {table}")


def _end(done: list[Assessment], failed: list[Any], strict: bool) -> None:
    errors = [*failed, *(e for a in done for e in a.measured.errors)]
    if errors:
        raise typer.Exit(int(errors[0].exit_code))
    documents = [d for a in done for _, d in a.findings.documents()]
    if strict and any(d.quality.grade == "not_assessable" for d in documents):
        raise typer.Exit(1)


def _common_folder(folders: list[Path]) -> Path:
    """Return the folder of cases when one was given, else the folder around the first case."""
    return folders[0] if len(folders) == 1 else folders[0].resolve().parent
