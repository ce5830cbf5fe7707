"""`hemispasm simulate patient`: one nerve a side, three instruments, one case folder."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

Stage = Annotated[str, typer.Option(help="healthy, early, established or late.")]
Side = Annotated[str, typer.Option(help="The patient's left, right, or both.")]
Treatment = Annotated[str, typer.Option(help="Between two visits: none, toxin or mvd.")]
Result = Annotated[str, typer.Option(help="Of the operation: complete, partial or failed.")]
Imitator = Annotated[
    str | None,
    typer.Option(
        help="In place of the disease: blepharospasm, post_paralytic, tic, myokymia or functional."
    ),
]
Seed = Annotated[int, typer.Option(min=0, help="Same seed, same patient.")]
Seconds = Annotated[float, typer.Option("--seconds", help="Length of a video.")]
EmgSeconds = Annotated[float, typer.Option("--emg-seconds", help="Length of the EMG at rest.")]
Marks = Annotated[
    int, typer.Option("--sync", min=0, max=12, help="Flashes that both recorders note.")
]
Form = Annotated[str, typer.Option(help="Of the MRI: nifti or dicom.")]
NoMri = Annotated[bool, typer.Option("--no-mri", help="Leave the MRI out.")]
Atypical = Annotated[bool, typer.Option("--atypical", help="The mouth begins, not the eye.")]
Quick = Annotated[
    bool, typer.Option("--quick", help="Small pictures, short recordings, no MRI: a first look.")
]
FirstDay = Annotated[
    datetime, typer.Option("--day", formats=["%Y-%m-%d"], help="Of the first visit.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the truth as JSON on stdout.")]


def patient(
    folder: Annotated[Path, typer.Argument(metavar="CASE", help="A folder that does not exist.")],
    stage: Stage = "established",
    side: Side = "left",
    treatment: Treatment = "none",
    result: Result = "complete",
    imitator: Imitator = None,
    seed: Seed = 0,
    seconds: Seconds = 44.0,
    emg_seconds: EmgSeconds = 90.0,
    sync: Marks = 6,
    form: Form = "nifti",
    no_mri: NoMri = False,
    atypical: Atypical = False,
    quick: Quick = False,
    day: FirstDay = datetime(2026, 3, 2),
    as_json: AsJson = False,
) -> None:
    """Simulate a complete case: video, EMG, MRI, examination, with everything true beside it."""
    from hemispasm.cli.shown import progress_on_stderr
    from hemispasm.cli.simulate import check_folder, print_json
    from hemispasm.simulate.patient.options import PatientOptions, side_of_name
    from hemispasm.simulated_patient import quick as made_quick
    from hemispasm.simulated_patient import simulate_patient

    check_folder(folder)
    written: Any = form
    options = PatientOptions(
        stage, side=side_of_name(side), seed=seed, treatment=treatment, result=result,
        imitator=imitator, video_s=seconds, emg_s=emg_seconds, sync_marks=sync,
        imaging=not no_mri, form=written, first_day=day.date(), atypical=atypical,
    )  # fmt: skip
    with progress_on_stderr() as shown:

        def watch(done: int, total: int) -> None:
            if shown is not None:
                shown(folder.name, float(done), float(total))

        truth = simulate_patient(
            folder, made_quick(options) if quick else options, watch, processes=2
        )
    if as_json:
        print_json({"folder": str(folder), **truth})
        return
    what = imitator or truth["stage"]
    visits = "two visits" if len(truth["visits"]) > 1 else "one visit"
    typer.echo(
        f"{folder}: {what}, affected side {truth['affected_side']}, {visits}; what is true stands "
        "in patient.truth.json. SIMULATED. Research software, not a medical device."
    )
