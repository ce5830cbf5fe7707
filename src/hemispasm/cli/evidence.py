"""`hemispasm evidence`: the published numbers, each with its source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from hemispasm.evidence import EvidenceItem


def command(
    key: Annotated[
        str | None, typer.Argument(help="A key or a topic; without it, everything.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Show published numbers with interval, sample, source and how deeply it was read."""
    import json

    items = _select(key)
    if as_json:
        rows = [_row(item) for item in items]
        typer.echo(json.dumps({"schema": "hemispasm.evidence/1", "items": rows}, indent=2))
        return
    topic = None
    for item in items:
        if item.topic != topic:
            topic = item.topic
            typer.echo(f"{topic.replace('_', ' ').upper()}\n")
        typer.echo("\n".join(_lines(item)) + "\n")
    typer.echo("Research software, not a medical device.")


def _select(key: str | None) -> list[EvidenceItem]:
    """Return the items asked for, followed at once by those that disagree with them."""
    from hemispasm.evidence import list_evidence, load_evidence, lookup_evidence

    table = load_evidence()
    if key is None:
        return list(table.values())
    chosen = [lookup_evidence(key)] if "." in key else list(list_evidence(key))
    known = {item.key for item in chosen}
    others = [other for item in chosen for other in item.conflicts if other not in known]
    return chosen + [table[other] for other in dict.fromkeys(others)]


def _lines(item: EvidenceItem) -> list[str]:
    from hemispasm.evidence import load_evidence, load_sources
    from hemispasm.evidence.wording import (
        READ_DEPTH_WORDS,
        describe_sample,
        describe_source,
        describe_value,
    )

    value = describe_value(item)
    lines = [item.key, f"  {item.label}" + (f": {value}" if value else "")]
    lines.append(f"  {describe_sample(item)}; {item.population}; measured as {item.outcome}")
    lines += [f"  {describe_source(load_sources()[source])}" for source in item.sources]
    lines.append(f"  [{READ_DEPTH_WORDS[item.read_depth]}]")
    if item.note:
        lines.append(f"  Note: {item.note}")
    for other in item.conflicts:
        rival = load_evidence()[other]
        lines.append(f"  CONFLICT with {other}: {describe_value(rival)}, {describe_sample(rival)}")
    return lines


def _row(item: EvidenceItem) -> dict[str, Any]:
    from hemispasm.evidence import load_sources

    row = item.model_dump(mode="json", exclude_none=True)
    row["topic"] = item.topic
    row["sources"] = [
        load_sources()[source].model_dump(mode="json", exclude_none=True) for source in item.sources
    ]
    return row
