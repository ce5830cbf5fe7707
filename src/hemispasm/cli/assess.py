"""`hemispasm assess`: everything in one or several case folders, measured and reported."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from hemispasm.assess import Assessment
    from hemispasm.model.treatment import Centre


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
    plan_to: Annotated[
        str | None, typer.Option("--plan", metavar="FILE", help="Also write the plan here; -.")
    ] = None,
    centre: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="centre.toml: the clinic's own results after decompression."
        ),
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DAY", help="Reason as of this day.")
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
    """Read, measure, compare and reason over a case; write report, patient text and letters.

    Results go to CASE/results/<run>/ and never replace an earlier run.
    """
    from hemispasm.assess import assess
    from hemispasm.cli.shown import check_targets, progress_on_stderr, put_text
    from hemispasm.formats.case import find_cases
    from hemispasm.formats.case_findings import cases_csv

    check_targets(json_to, csv_to, plan_to)
    cases = [case for folder in folders for case in find_cases(folder)]
    audit = _centre(centre)
    options = {"fresh": fresh, "pictures": not no_pictures, "centre": audit, "as_of": _day(as_of)}
    done: list[Assessment] = []
    failed: list[Any] = []
    with progress_on_stderr() as watch:
        for case in cases:
            one = _assess_or_report(assess, case, len(cases), failed, options, watch)
            done += [one] if one else []
    several = len(cases) > 1
    table = csv_to or (str(_common_folder(folders) / "findings.csv") if several else None)
    if table is not None and done:
        put_text(table, cases_csv([a.findings for a in done]))
    show(done, json_to, table, plan_to)
    _end(done, failed, strict)


def _assess_or_report(
    assess: Any,
    case: Path,
    of: int,
    failed: list[Any],
    options: dict[str, Any],
    watch: Any,
) -> Assessment | None:
    """Assess one case; among several, one that fails does not stop the others."""
    from hemispasm.cli.shown import say
    from hemispasm.model.errors import HemispasmError

    try:
        made: Assessment = assess(case, progress=watch, **options)
        return made
    except HemispasmError as error:
        if of == 1:
            raise
        failed.append(error)
        say(f"{case.name}: error[{error.code}]: {error.cause} {error.next_step}")
        return None


def _centre(path: Path | None) -> Centre | None:
    if path is None:
        return None
    from hemispasm.formats.centre import read_centre

    return read_centre(path)


def _day(text: str | None) -> date | None:
    from hemispasm.model.errors import UsageError

    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError(
            "bad_date", f"--as-of cannot be {text!r}.", "Give a day such as 2026-03-02."
        ) from None


def show(
    done: list[Assessment], json_to: str | None, table: str | None, plan_to: str | None = None
) -> None:
    """Print what was found and where it lies; findings and plan as JSON where asked."""
    from hemispasm.cli.shown import print_summary, put_text, say, stdout_console
    from hemispasm.cli.shown_plan import print_plan
    from hemispasm.formats.case_findings import case_findings_text
    from hemispasm.formats.findings import json_text

    if json_to is not None and done:
        plain = [a.findings.model_dump(mode="json", by_alias=True) for a in done]
        text = case_findings_text(done[0].findings) if len(done) == 1 else json_text(plain)
        put_text(json_to, text)
    if plan_to is not None and done:
        plans = [a.plan.to_json() for a in done]
        put_text(plan_to, json_text(plans[0] if len(plans) == 1 else plans))
    quiet = "-" in (json_to, table, plan_to)
    for assessment in done:
        if not quiet:
            # Warning signs come before anything else, here as on every page.
            print_plan(assessment.plan)
            for day, document in assessment.findings.documents():
                print_summary(document, f"{assessment.findings.case}, {day}")
            for label, path in (("Report", assessment.report), ("On paper", assessment.report_pdf)):
                stdout_console().print(f"{label}: {path}", markup=False, soft_wrap=True)
        for error in assessment.measured.errors:
            say(f"warning[{error.code}]: {error.cause} {error.next_step}")
        for name in assessment.measured.ignored:
            say(f"warning[not_read]: {name} is no recording that can be read as it stands.")
        for line in doubts(assessment, date.today()):
            say(f"{assessment.findings.case}: {line}")
    if table not in (None, "-") and done:
        say(f"Table: {table}")


def doubts(assessment: Assessment, today: date) -> list[str]:
    """Return what a person should look at again: answers that clash, and a day not yet come.

    Parameters
    ----------
    assessment : Assessment
        What one run yielded.
    today : date
        The day on which the command runs.
    """
    found = [
        f"{day}: {reason}"
        for day, document in assessment.findings.everything()
        for reason in document.quality.reasons
        if reason.startswith("contradiction: ")
    ]
    if assessment.plan.as_of > today and not assessment.plan.simulated:
        found.append(
            f"The plan is read as of {assessment.plan.as_of}, which has not come yet. "
            "Check the days of visits and treatments."
        )
    return found


def _end(done: list[Assessment], failed: list[Any], strict: bool) -> None:
    errors = [*failed, *(e for a in done for e in a.measured.errors)]
    if errors:
        raise typer.Exit(int(errors[0].exit_code))
    documents = [d for a in done for _, d in a.findings.everything() if d.recording.kind != "exam"]
    if strict and any(d.quality.grade == "not_assessable" for d in documents):
        raise typer.Exit(1)


def _common_folder(folders: list[Path]) -> Path:
    """Return the folder of cases when one was given, else the folder around the first case."""
    return folders[0] if len(folders) == 1 else folders[0].resolve().parent
