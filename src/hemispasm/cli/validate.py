"""`hemispasm validate video`: score the measurement on freshly simulated recordings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

Kind = Annotated[Literal["video"], typer.Argument(help="What to validate.")]
Quick = Annotated[bool, typer.Option(help="A few short clips: a smoke test.")]
Jobs = Annotated[int, typer.Option(min=1, help="Processes.")]
SeedBase = Annotated[
    int, typer.Option(help="First seed: 0 for tuning, 21000 and above for releases.")
]
Keep = Annotated[Path | None, typer.Option(help="Folder in which clips, truth and signals stay.")]
Reuse = Annotated[
    bool, typer.Option(help="Score signals kept by an earlier run again (needs --keep).")
]
Only = Annotated[
    str | None, typer.Option(help="Only clips whose name contains this, nothing else.")
]
Real = Annotated[
    Path | None,
    typer.Option(exists=True, file_okay=False, help="Folder of real clips without spasm."),
]
Strict = Annotated[bool, typer.Option(help="Exit 1 when a bar is not kept.")]
Page = Annotated[Path | None, typer.Option(help="Write an HTML report here.")]
JsonFile = Annotated[
    Path | None, typer.Option("--json", help="Write JSON here, `-` for standard output.")
]


def command(
    kind: Kind = "video",
    quick: Quick = False,
    jobs: Jobs = 2,
    seed_base: SeedBase = 21_000,
    keep: Keep = None,
    reuse: Reuse = False,
    only: Only = None,
    real: Real = None,
    strict: Strict = False,
    report: Page = None,
    json_file: JsonFile = None,
) -> None:
    """Score the measurement on freshly simulated recordings with known truth."""
    import os

    # Before numerical libraries load: several processes on few cores must not multiply threads.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ.setdefault(name, "1")

    from rich.console import Console

    from hemispasm.formats.atomic import write_text
    from hemispasm.model.errors import UsageError
    from hemispasm.validate.tables import print_report
    from hemispasm.validate.video import validate_video

    if reuse and keep is None:
        raise UsageError(
            "reuse_without_keep",
            "--reuse needs to know where the signals were kept.",
            "Give --keep with the folder of the earlier run.",
        )
    progress = Console(stderr=True)
    found = validate_video(
        quick=quick,
        seed_base=seed_base,
        workers=jobs,
        keep=keep,
        reuse=reuse,
        only=only,
        real=real,
        told=lambda line: progress.print(line, style="dim"),
    )
    text = found.model_dump_json(by_alias=True, indent=1)
    if json_file is not None and str(json_file) == "-":
        typer.echo(text)
    else:
        if json_file is not None:
            write_text(json_file, text)
        print_report(found, Console())
    if report is not None:
        from hemispasm.validate.page import render_validation

        write_text(report, render_validation(found))
    if strict and found.failed:
        raise typer.Exit(1)
