"""Published figures and sources in short, for where the sample stands nearby, under details."""

from __future__ import annotations

from collections.abc import Collection

from hemispasm.evidence import lookup_evidence
from hemispasm.model.plan import Basis
from hemispasm.report.document import Cell, Origin, Soft, Verbatim, text_of
from hemispasm.report.phrase import cited_names, evidence_value, is_known, joined, phrase


def evidence_short(key: str) -> Cell:
    """Return an evidence item with its statement and value, and only the names of its sources.

    For places where the sample and the depth of reading stand nearby, under details.

    Examples
    --------
    >>> from hemispasm.report.document import text_of
    >>> text_of(evidence_short("toxin_onset.ona_bentivoglio"))
    'Days until onabotulinumtoxin works: 5.4 days [Bentivoglio 2009]'
    """
    item = lookup_evidence(key)
    label = Verbatim(item.label, Origin.EVIDENCE)
    value = evidence_value(key)
    names = cited_names(key)
    source: Cell = (" ", Soft("[", *names, "]")) if names else ()
    return (label, ": ", *value, *source) if value else (label, *source)


def basis_names(basis: Basis, printed: Collection[str] = ()) -> Cell:
    """Return what a statement rests on as ``basis_cell`` does, with the names of sources alone."""
    known = [key for key in basis.evidence if is_known(key)]
    cells = [cited_names(key) for key in known if key not in printed]
    ours = basis.expert_rule or any(not lookup_evidence(key).sources for key in known)
    cells += [(Verbatim(key, Origin.EVIDENCE),) for key in basis.evidence if not is_known(key)]
    unique = list({text_of(cell): cell for cell in cells}.values())
    return joined([*unique, *([phrase("report.expert_rule")] if ours else [])], "; ")
