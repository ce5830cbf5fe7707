"""`hemispasm imaging`: what a reader does with the pictures before anything is measured."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hemispasm.cli.imaging_read import read

app = typer.Typer(no_args_is_help=True, help="Mark nerves and vessels on MRI, and read it blinded.")
app.command()(read)


@app.callback()
def _group() -> None:
    """Mark and read an MRI examination. Research software, not a medical device."""


@app.command()
def seeds(
    case: Annotated[
        Path,
        typer.Argument(
            metavar="CASE", help="A case folder, a visit, a folder of series, or a NIfTI file."
        ),
    ],
    visit: Annotated[
        str | None, typer.Option(metavar="DAY", help="Which visit, where several have imaging.")
    ] = None,
    no_open: Annotated[
        bool, typer.Option("--no-open", help="Print the address and open no browser.")
    ] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free port.")] = 0,
) -> None:
    """Show the series on a page of this machine, where a reader drags and confirms the marks.

    The page shows nothing of the case but its pictures: not the side of the symptoms, no history.
    Marks go into seeds.json beside the series; the earlier file is kept under a number. The server
    answers this machine alone and ends with Ctrl-C or when the page is closed.
    """
    import webbrowser

    from hemispasm.cli.shown import FOOTER, say
    from hemispasm.imaging_page.examination import find_examination
    from hemispasm.imaging_page.server import PageServer, require_page
    from hemispasm.imaging_page.session import open_examination

    require_page()
    session = open_examination(find_examination(case, visit))
    with PageServer(session, port) as server:
        if no_open or not webbrowser.open(server.address):
            typer.echo(server.address)
        say(f"The page answers until it is closed, or Ctrl-C. {FOOTER}")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            say("Stopped.")
