"""`hemispasm demo`: a simulated patient from nerve to report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    folder: Annotated[Path, typer.Argument(help="Case folder to make.", metavar="FOLDER")] = Path(
        "demo-case"
    ),
    seed: Annotated[int, typer.Option("--seed", help="Which simulated patient.")] = 2,
    keep: Annotated[
        bool, typer.Option("--keep", help="Measure an existing demo case without simulating anew.")
    ] = False,
    as_json: Annotated[
        str | None, typer.Option("--json", metavar="FILE", help="Also write findings here; -.")
    ] = None,
) -> None:
    """Simulate a patient with left hemifacial spasm before and after an operation, and report.

    Video, EMG and MRI, three months apart. Nothing real goes in, and every file says SIMULATED.
    """
    from hemispasm.cli.assess import show
    from hemispasm.cli.shown import progress_on_stderr, say
    from hemispasm.demo import run_demo

    with progress_on_stderr() as watch:
        done = run_demo(folder, seed=seed, fresh=not keep, tell=say, progress=watch)
    show([done], as_json, None)
