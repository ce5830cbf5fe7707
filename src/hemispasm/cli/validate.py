"""`hemispasm validate KIND`: score the measurement on freshly simulated recordings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from hemispasm.validate.seed_ranges import VALIDATION_SEEDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rich.console import Console

Kind = Annotated[
    Literal["video", "emg", "imaging", "behaviour", "families", "patients", "all"],
    typer.Argument(
        help="An instrument; `behaviour`: the simulated patient against what is published; "
        "`families`: the measurement on four families of generators; `patients`: whole patients "
        "from their nerves to the findings of their case; `all`: everything, in one table."
    ),
]
Quick = Annotated[bool, typer.Option(help="A few short recordings: a smoke test.")]
Jobs = Annotated[int, typer.Option(min=1, help="Processes.")]
SeedBase = Annotated[
    int | None,
    typer.Option(
        help="First seed: 0 for tuning; for releases "
        + ", ".join(f"{seeds.base} ({name})" for name, seeds in VALIDATION_SEEDS.items())
        + " and above, which are the defaults.",
        show_default=False,
    ),
]
Keep = Annotated[
    Path | None,
    typer.Option(
        help="Video: folder in which clips, truth and signals stay. Imaging, patients, all: folder "
        "in which each result stays; a stopped run goes on from there."
    ),
]
Reuse = Annotated[
    bool, typer.Option(help="Video: score signals kept by an earlier run again (needs --keep).")
]
Only = Annotated[
    str | None,
    typer.Option(
        help="Video: only clips whose name contains this. EMG: only this part. Imaging and "
        "behaviour: as --rows. Families: a part (video, emg, lsr) or a family (A to D). Patients: "
        "a stage or a treatment. All: these parts, separated by commas."
    ),
]
Rows = Annotated[
    str | None, typer.Option(help="Imaging, behaviour: only these rows, separated by commas.")
]
Real = Annotated[
    Path | None,
    typer.Option(
        exists=True,
        file_okay=False,
        help="Video: folder of real clips without spasm. Families, all: folder with real signals "
        "(emg/*.txt, faces/*.mp4) for family C.",
    ),
]
Peers = Annotated[
    Path | None,
    typer.Option(help="EMG, all: Python of an environment with other tools, which is never ours."),
]
Sessions = Annotated[
    int | None, typer.Option(min=1, help="Imaging: no row larger than this.", show_default=False)
]
Strict = Annotated[bool, typer.Option(help="Exit 1 when a bar is not kept.")]
Page = Annotated[Path | None, typer.Option(help="Write an HTML report here.")]
Record = Annotated[
    Path | None,
    typer.Option(help="All: write the record of an installation here, a PDF to be signed."),
]
JsonFile = Annotated[
    Path | None, typer.Option("--json", help="Write JSON here, `-` for standard output.")
]


def command(
    kind: Kind = "video",
    quick: Quick = False,
    jobs: Jobs = 2,
    seed_base: SeedBase = None,
    keep: Keep = None,
    reuse: Reuse = False,
    only: Only = None,
    rows: Rows = None,
    sessions: Sessions = None,
    real: Real = None,
    peers: Peers = None,
    strict: Strict = False,
    report: Page = None,
    qualification: Record = None,
    json_file: JsonFile = None,
) -> None:
    """Score the measurement on freshly simulated recordings with known truth."""
    import os

    # Before numerical libraries load: several processes on few cores must not multiply threads.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ.setdefault(name, "1")

    from rich.console import Console

    from hemispasm.cli.validate_kinds import KINDS, own_options
    from hemispasm.formats.atomic import write_bytes, write_text
    from hemispasm.model.errors import UsageError

    given: dict[str, Any] = {
        "keep": keep, "reuse": reuse, "real": real, "peers": peers, "rows": rows,
        "sessions": sessions, "qualification": qualification,
    }  # fmt: skip
    _refuse(kind, given)
    if reuse and keep is None:
        raise UsageError(
            "reuse_without_keep",
            "--reuse needs to know where the signals were kept.",
            "Give --keep with the folder of the earlier run.",
        )
    progress = Console(stderr=True)
    chosen = KINDS[kind]
    run, shown, page = chosen.load()
    found = run(
        quick=quick,
        workers=jobs,
        only=only or rows,
        told=lambda line: progress.print(line, style="dim"),
        seed_base=chosen.seed_base if seed_base is None else seed_base,
        **own_options(chosen, given),
    )
    _tell(found, json_file, shown)
    if report is not None:
        write_text(report, page(found))
    if qualification is not None:
        write_bytes(qualification, chosen.make_record(found))
    if strict and found.failed:
        raise typer.Exit(1)


def _tell(found: Any, json_file: Path | None, shown: Callable[[Any, Console], None]) -> None:
    """Write the scores as JSON where that is asked for, and print tables unless it went out."""
    from rich.console import Console

    from hemispasm.formats.atomic import write_text

    text = found.model_dump_json(by_alias=True, indent=1)
    if json_file is not None and str(json_file) == "-":
        typer.echo(text)
        return
    if json_file is not None:
        write_text(json_file, text)
    shown(found, Console())


def _refuse(kind: str, options: Mapping[str, object]) -> None:
    """Refuse options that mean nothing for this kind."""
    from hemispasm.cli.validate_kinds import KINDS, meant_by
    from hemispasm.model.errors import UsageError

    given = [name for name, value in options.items() if value and name not in KINDS[kind].options]
    if given:
        raise UsageError(
            "option_of_another_kind",
            f"{' and '.join(f'--{g}' for g in given)} has no meaning for "
            f"`hemispasm validate {kind}`.",
            f"Leave it out, or run `hemispasm validate {meant_by(given[0])[0]}`.",
        )
