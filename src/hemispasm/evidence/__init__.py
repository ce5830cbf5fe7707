"""Published numbers with their sources: one table format, one loader."""

from hemispasm.evidence.item import EvidenceItem, Quantity, ReadDepth, Source
from hemispasm.evidence.loader import (
    evidence_tables,
    evidence_topics,
    list_evidence,
    load_evidence,
    load_sources,
    lookup_evidence,
)

__all__ = [
    "EvidenceItem",
    "Quantity",
    "ReadDepth",
    "Source",
    "evidence_tables",
    "evidence_topics",
    "list_evidence",
    "load_evidence",
    "load_sources",
    "lookup_evidence",
]
