"""Which published figures stand in front: pooled ones and ranges, with what contradicts them.

A rule of ours, not a judgement of single papers: an own audit has no key and keeps its sentence;
then figures pooled over series, predictions for a new centre and ranges over series; else the
largest samples. What conflicts with a figure goes wherever it goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hemispasm.evidence import EvidenceItem, Quantity, lookup_evidence
from hemispasm.report.phrase import is_known

# Scores mean nothing one by one; statements have no number.
_NO_HEADLINE = (Quantity.STATEMENT, Quantity.SCORE)
_POOLED = ("random_effects", "prediction")


def is_pooled(item: EvidenceItem) -> bool:
    """Return whether an item stands for several series: pooled, or their range."""
    return item.range is not None or item.interval_method in _POOLED


def headline_keys(keys: Iterable[str], most: int = 2) -> tuple[str, ...]:
    """Return the figures that stand in front, at most so many.

    Examples
    --------
    >>> headline_keys(("toxin_onset.ona_bentivoglio", "toxin_onset.range"))
    ('toxin_onset.range',)
    """
    known = [key for key in dict.fromkeys(keys) if is_known(key)]
    items = [lookup_evidence(key) for key in known]
    items = [item for item in items if item.quantity not in _NO_HEADLINE]
    pooled = [item for item in items if is_pooled(item)]
    chosen = pooled or sorted(items, key=lambda item: -(item.n or 0))
    return tuple(item.key for item in chosen[:most])


def conflicts_of(keys: Sequence[str]) -> tuple[str, ...]:
    """Return what conflicts with these figures and is not among them."""
    found = dict.fromkeys(other for key in keys for other in lookup_evidence(key).conflicts)
    return tuple(key for key in found if key not in keys)
