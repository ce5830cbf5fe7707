"""`hemispasm evidence`: the published numbers, each with its source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from hemispasm.evidence import EvidenceItem

NOT_A_DEVICE = "Research software, not a medical device."
LABEL_WIDTH = 72


def command(
    key: Annotated[
        str | None,
        typer.Argument(help="A key, a topic or a table; without it, the list of topics."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Show published numbers with interval, sample, source and how deeply it was read."""
    import json

    if key is None and not as_json:
        typer.echo("\n".join(_overview()))
        return
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
    typer.echo(NOT_A_DEVICE)


def _overview() -> list[str]:
    """Return the topics by table, each with its size and, as a sample, its first statement."""
    from hemispasm.evidence import evidence_tables, load_evidence, load_sources

    items = load_evidence()
    lines = [f"{len(items)} statements from {len(load_sources())} sources, by table and topic.", ""]
    for table, keys in evidence_tables().items():
        lines.append(f"{table.replace('_', ' ').upper()} ({table})")
        topics: dict[str, list[EvidenceItem]] = {}
        for key in keys:
            topics.setdefault(items[key].topic, []).append(items[key])
        for topic, entries in topics.items():
            disagree = ", sources disagree" if any(entry.conflicts for entry in entries) else ""
            lines.append(f"  {topic:<20} {len(entries):>3}  {_short(entries[0].label)}{disagree}")
        lines.append("")
    lines.append("`hemispasm evidence TOPIC` (or KEY, or TABLE) shows numbers with their sources;")
    lines.append("`hemispasm evidence --json` prints everything.")
    return [*lines, NOT_A_DEVICE]


def _short(label: str) -> str:
    return label if len(label) <= LABEL_WIDTH else label[: LABEL_WIDTH - 3].rstrip() + "..."


def _select(key: str | None) -> list[EvidenceItem]:
    """Return the items asked for, followed at once by those that disagree with them."""
    from hemispasm.evidence import (
        evidence_tables,
        evidence_topics,
        list_evidence,
        load_evidence,
        lookup_evidence,
    )

    table = load_evidence()
    if key is None:
        return list(table.values())
    if key in evidence_tables() and key not in evidence_topics():
        chosen = [table[each] for each in evidence_tables()[key]]
    else:
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
