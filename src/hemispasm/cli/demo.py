"""`hemispasm demo`: a simulated patient from film to report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    folder: Annotated[Path, typer.Argument(help="Case folder to make.", metavar="FOLDER")] = Path(
        "demo-case"
    ),
    seed: Annotated[int, typer.Option("--seed", help="Which simulated patient.")] = 7,
    keep: Annotated[
        bool, typer.Option("--keep", help="Measure an existing demo case without filming anew.")
    ] = False,
    as_json: Annotated[
        str | None, typer.Option("--json", metavar="FILE", help="Also write findings here; -.")
    ] = None,
) -> None:
    """Film a simulated patient with left hemifacial spasm before and after toxin, and report.

    Nothing real goes in: the face is drawn, and every picture says SIMULATED.
    """
    from hemispasm.cli.assess import show
    from hemispasm.cli.shown import progress_on_stderr, say
    from hemispasm.demo import run_demo

    with progress_on_stderr() as watch:
        done = run_demo(folder, seed=seed, fresh=not keep, tell=say, progress=watch)
    show([done], as_json, None)
