"""`hemispasm export`: recordings and what was measured, in a form that others read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hemispasm.cli.export_dicom import dicom

if TYPE_CHECKING:
    from hemispasm.exporting import ExportedRecording

app = typer.Typer(no_args_is_help=True, help="Write recordings and findings for others.")


@app.callback()
def _group() -> None:
    """Write what others read. Research software, not a medical device."""


app.command()(dicom)


@app.command()
def bids(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH...", help="EMG recordings of one patient, or case folders."),
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="FOLDER", help="A folder that does not exist yet.")
    ],
    subject: Annotated[
        str | None, typer.Option(help="Pseudonym of letters and digits; 01 without one.")
    ] = None,
    session: Annotated[str | None, typer.Option(help="Label of the visit.")] = None,
    task: Annotated[
        str | None, typer.Option(help="Such as rest; by default a known word of the file's name.")
    ] = None,
    placement: Annotated[
        str | None, typer.Option(metavar="SENTENCE", help="How the electrode sites were found.")
    ] = None,
    reference: Annotated[
        str | None, typer.Option(help="Where the reference stood; Bipolar for pairs.")
    ] = None,
    raw_only: Annotated[
        bool, typer.Option("--raw-only", help="Leave out what hemispasm measures.")
    ] = False,
    no_notes: Annotated[
        bool, typer.Option("--no-notes", help="Of the annotations keep the stimuli alone.")
    ] = False,
    json_to: Annotated[
        str | None, typer.Option("--json", metavar="FILE", help="List what was written; - stdout.")
    ] = None,
) -> None:
    """Write EMG recordings as an EMG-BIDS data set, with events and findings as derivatives.

    Signals are written anew: no name, birth date or day of the source comes along. The visits of a
    case become sessions. Annotations are free text: read the list that is shown, or use --no-notes.
    """
    from hemispasm.cli.shown import check_targets, put_text, say
    from hemispasm.exporting import export_bids
    from hemispasm.formats.bids_emg_write import BidsSite
    from hemispasm.formats.findings import json_text

    check_targets(json_to)
    site = BidsSite(placement=placement, reference=reference or "n/a")
    made = export_bids(
        paths,
        out,
        subject=subject,
        session=session,
        task=task,
        site=site,
        measured=not raw_only,
        annotations=not no_notes,
    )
    if json_to is not None:
        listed = [
            {"source": one.source.name, "runs": one.runs, "notes": one.notes, "texts": one.texts}
            for one in made
        ]
        put_text(json_to, json_text({"folder": str(out), "recordings": listed}))
    if json_to != "-":
        _print(out, made, placement)
    if json_to not in (None, "-"):
        say(f"Written: {json_to}")


def _print(out: Path, made: tuple[ExportedRecording, ...], placement: str | None) -> None:
    for one in made:
        typer.echo(f"{one.source.name} -> {', '.join(one.runs)}")
        for note in one.notes:
            typer.echo(f"- {note}")
    texts = list(dict.fromkeys(text for one in made for text in one.texts))
    if texts:
        typer.echo("Annotations that went along; check that they name nobody:")
        for text in texts[:40]:
            typer.echo(f"  {text}")
        if len(texts) > 40:
            typer.echo(f"  ... and {len(texts) - 40} more")
    if placement is None:
        typer.echo("How the electrode sites were found was not stated: add --placement.")
    typer.echo(f"{out}: {len(made)} recordings. Research software, not a medical device.")
