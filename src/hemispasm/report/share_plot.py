"""Horizontal bars: the share of each class, its band, and its share before any finding."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from hemispasm.model.plan import ClassShare
from hemispasm.model.texts import lookup_text
from hemispasm.report.document import Cell, Figure, FromRule, Number, Table, text_of
from hemispasm.report.number import percent_decimals
from hemispasm.report.phrase import class_words, joined, phrase
from hemispasm.report.plan_summary import floor_numbers, share_number
from hemispasm.report.svg import element, short

WIDTH, LEFT, RIGHT, ROW, TOP = 560.0, 262.0, 24.0, 26.0, 10.0
_TICKS = (0, 25, 50, 75, 100)
# Classes whose whole band lies below this share are named without a bar.
SHOWN_FROM = 0.005


def share_figure(shares: Sequence[ClassShare], floor: float | None = None) -> Figure:
    """Return the classes from the largest share down, as bars with bands and as a table.

    Classes that have next to nothing are named together, except "something else".

    Parameters
    ----------
    shares : sequence of ClassShare
        In any order; they sum to one.
    floor : float or None
        Share that "something else" always keeps, where the plan says it.
    """
    in_order = sorted(shares, key=lambda share: -share.share)
    ordered = [s for s in in_order if s.band[1] >= SHOWN_FROM or s.name == "other"]
    told: list[Cell] = [(*class_words(s.name), " ", *share_cell(s, floor)) for s in ordered]
    rare = joined(class_words(s.name) for s in in_order if s not in ordered)
    alt: Cell = (*phrase("report.differential.alt"), *joined(told, "; "), ".")
    if rare:
        most = Number(SHOWN_FROM * 100, "%", FromRule("differential.share"), decimals=1)
        alt = (*alt, *phrase("report.differential.rare", most=most, names=rare))
    rows = tuple((class_words(s.name), (prior_number(s),), share_cell(s, floor)) for s in in_order)
    columns = tuple(lookup_text(f"report.differential.{c}") for c in ("class", "prior", "share"))
    table = Table.plain(phrase("report.differential.caption"), columns, rows)
    return Figure(phrase("report.differential.figure"), _svg(ordered), alt, table)


def share_cell(share: ClassShare, floor: float | None = None) -> Cell:
    """Return the share of a class with its band; only a limit where the band is next to nothing.

    The share of "something else" is told by its floor where its whole band lies next to it.
    """
    if floor is not None and share.name == "other" and share.band[1] - floor < SHOWN_FROM:
        rule, above = FromRule("differential.share"), SHOWN_FROM * 100
        near = Number(above, "percentage points", rule, decimals=1)
        return phrase("report.differential.near_floor", near=near, **floor_numbers(floor))
    if share.band[1] >= SHOWN_FROM:
        return (share_number(share),)
    limit = Number(SHOWN_FROM * 100, "%", FromRule("differential.share"), decimals=1)
    return phrase("report.differential.below", most=limit)


def prior_number(share: ClassShare) -> Number:
    """Return the share of a class before any finding, in per cent."""
    value = round(share.prior * 100, 6)
    decimals = percent_decimals((value,))
    return Number(value, "%", FromRule("differential.prior"), decimals=decimals)


def _x(share: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * share


def _svg(shares: Sequence[ClassShare]) -> Markup:
    bottom = TOP + ROW * len(shares)
    parts = []
    for tick in _TICKS:
        at = short(_x(tick / 100))
        parts.append(element("path", {"class": "grid", "d": f"M{at} {TOP}V{short(bottom)}"}))
        label = {"class": "tick-label", "x": _x(tick / 100), "y": bottom + 16}
        parts.append(element("text", label, tick))
    for index, share in enumerate(shares):
        parts += _bar(share, TOP + ROW * index)
    axis = {"class": "axis-title middle", "x": WIDTH / 2, "y": bottom + 36}
    parts.append(element("text", axis, lookup_text("report.differential.axis")))
    box = f"0 0 {short(WIDTH)} {short(bottom + 42)}"
    return element("svg", {"class": "chart wide", "viewBox": box, "aria-hidden": "true"}, *parts)


def _bar(share: ClassShare, top: float) -> list[Markup]:
    middle = short(top + ROW / 2)
    low, high = (short(_x(end)) for end in share.band)
    prior = short(_x(share.prior))
    name = {"class": "row-name", "x": LEFT - 8, "y": top + ROW / 2 + 4}
    fill = {"class": "share-bar", "x": LEFT, "y": top + 6, "width": _x(share.share) - LEFT}
    whisker = f"M{low} {middle}H{high}M{low} {short(top + 8)}v10M{high} {short(top + 8)}v10"
    return [
        element("text", name, text_of(class_words(share.name))),
        element("rect", {**fill, "height": ROW - 12}),
        element("path", {"class": "share-band", "d": whisker}),
        element("path", {"class": "share-prior", "d": f"M{prior} {short(top + 3)}v{ROW - 6:g}"}),
    ]
