"""`hemispasm simulate parameters`: every default, how far to believe it, what would move it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from hemispasm.simulate.defaults import Default

Room = Annotated[
    str | None,
    typer.Option(
        help="Only this room: course, emg, face, families, mri, nerve, patient, population."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]

MEANING = (
    "sourced: a published number, or derived from one. calibrated: moved until the anchor was met. "
    "assumed: free; vary it. definition: what a word means here."
)


def parameters(room: Room = None, as_json: AsJson = False) -> None:
    """List every default of the simulated patient with status, source and anchor."""
    from hemispasm.simulate.defaults import list_defaults

    chosen = list_defaults(room)
    if as_json:
        import json

        rows = [_row(default) for default in chosen]
        document = {"schema": "hemispasm.parameters/1", "parameters": rows}
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    _print_tables(chosen)


def _print_tables(chosen: tuple[Default, ...]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from hemispasm.cli.shown import stdout_console

    console = stdout_console()
    for room in dict.fromkeys(default.room for default in chosen):
        table = Table(
            title=room.upper(), box=SIMPLE_HEAD, title_justify="left", padding=(0, 1, 0, 0)
        )
        table.add_column("default", overflow="fold")
        table.add_column("value", overflow="fold", max_width=24)
        table.add_column("status", no_wrap=True)
        table.add_column("source", overflow="fold")
        table.add_column("anchor", overflow="fold")
        for default in (each for each in chosen if each.room == room):
            style = "yellow" if default.standing == "assumed" else None
            table.add_row(
                default.key, default.value_words, default.standing, default.source,
                default.anchor or "not stated", style=style,
            )  # fmt: skip
        console.print(table)
    counts = {s: sum(d.standing == s for d in chosen) for s in dict.fromkeys(_standings(chosen))}
    total = ", ".join(f"{count} {standing}" for standing, count in counts.items())
    typer.echo(f"{len(chosen)} defaults: {total}.\n{MEANING}")
    typer.echo("Research software, not a medical device.")


def _standings(chosen: tuple[Default, ...]) -> list[str]:
    return sorted(default.standing for default in chosen)


def _row(default: Default) -> dict[str, Any]:
    row: dict[str, Any] = {
        "room": default.room,
        "key": default.key,
        "value": list(default.value),
        "status": default.status,
        "standing": default.standing,
        "source": default.source or None,
        "anchor": default.anchor or None,
        "note": default.note or None,
    }
    if default.range:
        row["range"] = list(default.range)
    return row
