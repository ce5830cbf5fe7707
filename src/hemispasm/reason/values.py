"""Order options by the patient's stated values, and only where those values decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Literal

from hemispasm.model.chart import Chart
from hemispasm.model.plan.common import Because
from hemispasm.reason.option_rules import load_option_table

RANKED = ("observation", "toxin", "mvd")
"""The options that values can order; the evidence on the others is too thin for it."""

WhyNot = Literal["no_values", "undecided", "contradictory"]


@dataclass(frozen=True)
class Ranking:
    """The order that the values give, or why they give none, and the values stated."""

    order: tuple[str, ...] | None
    why_not: WhyNot | None
    values: tuple[Because, ...]


class _ContradictoryError(Exception):
    """Two values that matter most pull apart."""


def rank_by_values(chart: Chart) -> Ranking:
    """Return the order of options that the patient's stated values give.

    For each pair of options the values that matter most decide; where they are silent, those
    that matter some. Values that matter most and pull apart give no order at all; neither does a
    pair that no value decides. No value carries a weight.

    Parameters
    ----------
    chart : Chart
        Only its ``preference.*`` findings are read.

    Returns
    -------
    Ranking
        An order of observation, toxin and decompression, or the reason for none.
    """
    orders = {p["code"]: p["order"] for p in load_option_table()["preference"]}
    stated = [o for code in orders if (o := chart.latest(code)) is not None]
    values = tuple(Because.of(o) for o in stated)
    at = {
        level: [orders[o.finding.code] for o in stated if o.finding.value == level]
        for level in ("most", "some")
    }
    if not at["most"] and not at["some"]:
        return Ranking(None, "no_values", values)
    try:
        before = _decided_pairs(at)
    except _ContradictoryError:
        return Ranking(None, "contradictory", values)
    fitting = [p for p in permutations(RANKED) if all(p.index(a) < p.index(b) for a, b in before)]
    if len(fitting) == 1:
        return Ranking(fitting[0], None, values)
    return Ranking(None, "undecided" if fitting else "contradictory", values)


def _decided_pairs(at: Mapping[str, list[list[list[str]]]]) -> set[tuple[str, str]]:
    decided = set()
    for pair in combinations(RANKED, 2):
        first = _winners(pair, at["most"])
        if len(first) == 2:
            raise _ContradictoryError
        chosen = first or _winners(pair, at["some"])
        if len(chosen) == 1:
            decided |= chosen
    return decided


def _winners(pair: tuple[str, str], orders: Iterable[list[list[str]]]) -> set[tuple[str, str]]:
    won = set()
    for order in orders:
        rank = {option: place for place, tied in enumerate(order) for option in tied}
        a, b = pair
        if rank[a] < rank[b]:
            won.add((a, b))
        elif rank[b] < rank[a]:
            won.add((b, a))
    return won
