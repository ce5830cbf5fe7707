"""`hemispasm export dicom`: results of an MRI examination, back to the archive and to planning."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from hemispasm.archiving.export import ArchivedResults


_Place = Annotated[
    Path, typer.Argument(metavar="CASE|FOLDER", help="A case, or a folder of DICOM series.")
]
_Out = Annotated[Path, typer.Argument(metavar="OUT", help="A folder that does not exist yet.")]
_Visit = Annotated[
    str | None, typer.Option(metavar="DAY", help="Which visit of a case, YYYY-MM-DD.")
]
_Seeds = Annotated[
    Path | None, typer.Option(metavar="FILE", help="The reader's clicks, for a folder.")
]
_Report = Annotated[
    str | None,
    typer.Option(metavar="RUN", help="latest: the case's signed results; else a draft."),
]
_Organisation = Annotated[
    str | None, typer.Option(help="Of the person who signed; needed with --report.")
]
_Mesh = Annotated[
    list[str] | None,
    typer.Option(metavar="FORM", help="Also surfaces: stl, obj or gltf; may be repeated."),
]
_Pictures = Annotated[bool, typer.Option("--no-pictures", help="Leave the key pictures out.")]
_Deidentify = Annotated[
    bool,
    typer.Option(
        "--deidentify", help="Write the series too, cropped and without the patient's identity."
    ),
]
_Pseudonym = Annotated[
    str | None, typer.Option(help="Stands for the patient; a case gives its own.")
]
_Key = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Secret behind new UIDs, alike in later exports; made if absent."
    ),
]
_Json = Annotated[
    str | None, typer.Option("--json", metavar="FILE", help="List what was written; - stdout.")
]


def dicom(
    path: _Place,
    out: _Out,
    visit: _Visit = None,
    seeds: _Seeds = None,
    report: _Report = None,
    organisation: _Organisation = None,
    mesh: _Mesh = None,
    no_pictures: _Pictures = False,
    deidentify: _Deidentify = False,
    pseudonym: _Pseudonym = None,
    key: _Key = None,
    json_to: _Json = None,
) -> None:
    """Measure an MRI examination and write segmentation, report, key pictures and surfaces.

    New series of the same study, drafts until signed; the series themselves are never changed.
    Without clicks that a reader has confirmed nothing is written. NIfTI gives surfaces only.
    """
    from hemispasm.archiving.export import export_dicom
    from hemispasm.archiving.identity import Identity, read_key
    from hemispasm.cli.shown import check_targets

    check_targets(json_to)
    _check(report, deidentify, pseudonym, key)
    identity = Identity(_pseudonym(path, pseudonym), read_key(key)) if deidentify else None
    made = export_dicom(
        path,
        out,
        visit=visit,
        seeds=seeds,
        run=report,
        organisation=organisation,
        meshes=mesh or (),
        pictures=not no_pictures,
        identity=identity,
    )
    _tell(out, made, json_to)


def _check(report: str | None, deidentify: bool, pseudonym: str | None, key: Path | None) -> None:
    from hemispasm.model.errors import UsageError

    if report not in (None, "latest"):
        raise UsageError(
            "unknown_run", f"{report} is no run that can be sent.", "Use --report latest."
        )
    if not deidentify and (pseudonym is not None or key is not None):
        raise UsageError(
            "not_deidentified",
            "A pseudonym and a key have no use without --deidentify.",
            "Add --deidentify, or leave them out.",
        )


def _tell(out: Path, made: ArchivedResults, json_to: str | None) -> None:
    from hemispasm.cli.shown import put_text, say
    from hemispasm.formats.findings import json_text

    if json_to is not None:
        listed = {
            "folder": str(out),
            "files": list(made.files),
            "structures": list(made.structures),
            "signed": made.signed,
            "notes": list(made.notes),
        }
        put_text(json_to, json_text(listed))
    if json_to != "-":
        _print(out, made)
    if json_to not in (None, "-"):
        say(f"Written: {json_to}")


def _pseudonym(path: Path, given: str | None) -> str:
    from hemispasm.formats.case import is_case_folder, read_case
    from hemispasm.model.errors import UsageError

    if given is not None:
        return given
    if is_case_folder(path):
        return read_case(path).case.id
    raise UsageError(
        "no_pseudonym",
        "Nothing says what shall stand for the patient.",
        "Give --pseudonym, such as P-0001.",
    )


def _print(out: Path, made: ArchivedResults) -> None:
    for name in made.files:
        if not name.startswith("series"):
            typer.echo(name)
    copied = sum(name.startswith("series") for name in made.files)
    if copied:
        typer.echo(f"series/: {copied} images without the patient's identity")
    for number, name in enumerate(made.structures, start=1):
        typer.echo(f"  {number} {name}")
    for note in made.notes:
        typer.echo(f"- {note.partition(': ')[2]}")
    status = "signed" if made.signed else "DRAFT, not signed"
    typer.echo(f"{out}: {status}. Research software, not a medical device.")
