"""Read the evidence tables and refuse a table that contradicts itself."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from hemispasm.evidence.item import EvidenceItem, Source
from hemispasm.model.errors import UsageError

SOURCES_PREFIX = "sources"


def build_sources(tables: Iterable[Mapping[str, Any]]) -> dict[str, Source]:
    """Return sources by key from parsed ``sources*.toml`` files.

    Raises
    ------
    ValueError
        A key stands twice.
    """
    sources: dict[str, Source] = {}
    for table in tables:
        for key, fields in table.items():
            if key in sources:
                raise ValueError(f"source {key} stands in two files of sources")
            sources[key] = Source(key=key, **fields)
    return sources


def build_evidence(
    tables: Iterable[Mapping[str, Any]], sources: Mapping[str, Source]
) -> dict[str, EvidenceItem]:
    """Return items by key from parsed tables of ``[topic.name]`` entries.

    Raises
    ------
    ValueError
        A key stands twice, a source or a conflicting key is not there, or a conflict is not
        mutual.
    """
    items: dict[str, EvidenceItem] = {}
    for table in tables:
        for topic, entries in table.items():
            for name, fields in entries.items():
                key = f"{topic}.{name}"
                if key in items:
                    raise ValueError(f"{key} stands in two evidence tables")
                items[key] = EvidenceItem(key=key, **fields)
    for item in items.values():
        _check_references(item, items, sources)
    return items


def _check_references(
    item: EvidenceItem, items: Mapping[str, EvidenceItem], sources: Mapping[str, Source]
) -> None:
    for source in item.sources:
        if source not in sources:
            raise ValueError(f"{item.key}: source {source} is in no file of sources")
    for other in item.conflicts:
        if other not in items:
            raise ValueError(f"{item.key}: conflicts with {other}, which does not exist")
        if item.key not in items[other].conflicts:
            raise ValueError(f"{item.key} names a conflict with {other}, but not the reverse")


def _read_tables(*, of_sources: bool) -> dict[str, dict[str, Any]]:
    folder = files("hemispasm.evidence").joinpath("data")
    return {
        entry.name.removesuffix(".toml"): tomllib.loads(entry.read_text(encoding="utf-8"))
        for entry in sorted(folder.iterdir(), key=lambda e: e.name)
        if entry.name.endswith(".toml") and entry.name.startswith(SOURCES_PREFIX) == of_sources
    }


@cache
def load_sources() -> Mapping[str, Source]:
    """Return every source by key, from all files named ``sources*.toml``.

    Examples
    --------
    >>> load_sources()["LeeHY2023"].doi
    '10.1007/s00702-023-02667-w'
    """
    return MappingProxyType(build_sources(_read_tables(of_sources=True).values()))


@cache
def load_evidence() -> Mapping[str, EvidenceItem]:
    """Return every evidence item by key, in the order of the tables.

    Examples
    --------
    >>> load_evidence()["scale_reliability.tunc_before_training"].value
    0.65
    """
    tables = _read_tables(of_sources=False)
    return MappingProxyType(build_evidence(tables.values(), load_sources()))


@cache
def evidence_tables() -> Mapping[str, tuple[str, ...]]:
    """Return the keys of the items by table: ``differential``, ``video`` and so on.

    A topic may stand in two tables; a key stands in one.

    Examples
    --------
    >>> "other_babinski.hfs_dogu" in evidence_tables()["video"]
    True
    """
    return MappingProxyType(
        {
            name: tuple(f"{topic}.{entry}" for topic, entries in table.items() for entry in entries)
            for name, table in _read_tables(of_sources=False).items()
        }
    )


def evidence_topics() -> tuple[str, ...]:
    """Return the topics, in the order of the tables."""
    return tuple(dict.fromkeys(item.topic for item in load_evidence().values()))


def list_evidence(topic: str) -> tuple[EvidenceItem, ...]:
    """Return the items of one topic.

    Raises
    ------
    UsageError
        ``unknown_evidence_key``: there is no such topic.

    Examples
    --------
    >>> [item.n for item in list_evidence("spread")]
    [178]
    """
    found = tuple(item for item in load_evidence().values() if item.topic == topic)
    if not found:
        raise _unknown(topic, evidence_topics())
    return found


def lookup_evidence(key: str) -> EvidenceItem:
    """Return one item.

    Raises
    ------
    UsageError
        ``unknown_evidence_key``: the tables hold no such key.

    Examples
    --------
    >>> lookup_evidence("other_babinski.hfs_pawlowski").n
    35
    """
    item = load_evidence().get(key)
    if item is None:
        raise _unknown(key, load_evidence())
    return item


def _unknown(given: str, known: Iterable[str]) -> UsageError:
    close = difflib.get_close_matches(given, list(known), n=3, cutoff=0.4)
    hint = f"Did you mean {', '.join(close)}? " if close else ""
    return UsageError(
        "unknown_evidence_key",
        f"The evidence tables hold nothing called {given!r}.",
        f"{hint}Run `hemispasm evidence` for the list.",
    )
