"""`hemispasm measure imaging`: series of one examination in, findings out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from hemispasm.measure.imaging.measure import ImagingMeasurement


def imaging(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...", help="A folder of DICOM series or NIfTI files; one examination."
        ),
    ],
    json_to: Annotated[
        str | None, typer.Option("--json", metavar="FILE", help="Write findings; - for stdout.")
    ] = None,
    csv_to: Annotated[
        str | None, typer.Option("--csv", metavar="FILE", help="Write a table; - for stdout.")
    ] = None,
    seeds: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The reader's clicks; else seeds.json in the folder or beside it."
        ),
    ] = None,
    report: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Write a report with pictures: HTML, or PDF for a name in .pdf."
        ),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 1 when neither side is assessable.")
    ] = False,
) -> None:
    """Measure vessel and facial nerve on MRI, with clicks that a reader has confirmed.

    Each side gets a class first (A a number, B a category, C neither), with the reasons and what to
    order next time. Without --json, --csv or --report a short table is printed.
    """
    from hemispasm.cli.shown import check_targets, print_summary, put_text, say
    from hemispasm.formats.csv import TableEntry, findings_csv
    from hemispasm.formats.findings import findings_text
    from hemispasm.measuring_imaging import measure_imaging_series

    check_targets(json_to, csv_to, report)
    for target in (json_to, csv_to, report):
        _spare_series(paths, seeds, target)
    measured = measure_imaging_series(paths, seeds=seeds)
    document = measured.document
    if report is not None:
        _write_report(paths, seeds, measured, report)
    if json_to is not None:
        put_text(json_to, findings_text(document))
    if csv_to is not None:
        put_text(csv_to, findings_csv([TableEntry(document)]))
    if json_to is csv_to is report is None:
        print_summary(document, ", ".join(path.resolve().name for path in paths))
    for target in (json_to, csv_to, report):
        if target not in (None, "-"):
            say(f"Written: {target}")
    if strict and document.quality.grade == "not_assessable":
        raise typer.Exit(1)


def _write_report(
    paths: list[Path], seeds: Path | None, measured: ImagingMeasurement, target: str
) -> None:
    from hemispasm.cli.shown import put_text
    from hemispasm.formats.atomic import write_bytes
    from hemispasm.imaging_pictures import imaging_report_html, imaging_report_pdf
    from hemispasm.measuring_imaging import read_imaging_study

    study = read_imaging_study(paths, seeds=seeds)
    if target.lower().endswith(".pdf"):
        write_bytes(Path(target), imaging_report_pdf(study, measured))
    else:
        put_text(target, imaging_report_html(study, measured))


def _spare_series(paths: list[Path], seeds: Path | None, target: str | None) -> None:
    """Refuse a target that is one of the inputs, or any file that a folder of series holds."""
    from hemispasm.model.errors import UsageError

    if target in (None, "-"):
        return
    wanted = Path(target).resolve()
    inputs = {path.resolve() for path in (*paths, *([seeds] if seeds else []))}
    held = wanted.exists() and any(p.is_dir() and p.resolve() in wanted.parents for p in paths)
    clicks = {path.resolve() / "seeds.json" for path in paths}
    clicks |= {path.resolve().parent / "seeds.json" for path in paths}
    sidecars = {Path(str(p.resolve()).removesuffix(".gz")).with_suffix(".json") for p in paths}
    if held or wanted in inputs | clicks | sidecars:
        raise UsageError(
            "would_overwrite",
            f"{wanted.name} belongs to the recording and would be overwritten.",
            "Choose another name for the output.",
        )
