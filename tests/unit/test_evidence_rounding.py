"""A share is rounded once: what is printed is what the count itself would print."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

import pytest

from hemispasm.evidence import EvidenceItem, Quantity, load_evidence, lookup_evidence
from hemispasm.evidence.wording import describe_value
from hemispasm.stats import wilson_interval

COUNTED = [
    item
    for item in load_evidence().values()
    if item.quantity is Quantity.PROPORTION and item.count is not None and item.n is not None
]


def printed(share: float, decimals: int) -> Decimal:
    percent = Decimal(repr(round(100 * share, 6)))
    return percent.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def pairs(item: EvidenceItem) -> Iterator[tuple[float, float]]:
    """Yield each stored number with the one that follows from the count."""
    assert item.count is not None
    assert item.n is not None
    assert item.value is not None
    yield item.value, item.count / item.n
    if item.interval is not None and item.interval_method == "wilson":
        yield from zip(item.interval, wilson_interval(item.count, item.n).pair, strict=True)


@pytest.mark.parametrize("item", COUNTED, ids=lambda item: item.key)
@pytest.mark.parametrize("decimals", [0, 1])
def test_a_stored_share_prints_as_its_count_would(item, decimals):
    for stored, exact in pairs(item):
        assert printed(stored, decimals) == printed(exact, decimals)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("mvd_effect.auger_resolved", "81 % ("),
        ("complication.hearing_loss_lasting", "3.1 % (95 % interval 1.8 to 5.2"),
        ("complication.csf_leak_hyun", "0.3 %"),
        ("prior.surgical_structural", "0.5 % (95 % interval 0.3 to 1.0"),
        ("relief_curve.day_365", "97 % (95 % interval 93 to 99"),
    ],
)
def test_halves_go_up_and_nothing_is_rounded_twice(key, words):
    assert describe_value(lookup_evidence(key)).startswith(words)
