"""One hundred people: how many have an outcome, and how far the published interval reaches."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from markupsafe import Markup

from hemispasm.evidence import Quantity, lookup_evidence
from hemispasm.model.texts import lookup_text
from hemispasm.report.document import (
    Cell,
    Figure,
    FromRule,
    Number,
    Origin,
    Table,
    Verbatim,
)
from hemispasm.report.phrase import evidence_cell, phrase
from hemispasm.report.svg import element, short

Frame = Literal["gain", "course", "loss"]
GAIN: Frame = "gain"
COURSE: Frame = "course"
LOSS: Frame = "loss"
FRAMES = (GAIN, COURSE, LOSS)
PEOPLE = 100
_ACROSS, _STEP, _TOP = 10, 24.0, 8.0


def can_be_icons(key: str) -> bool:
    """Return whether an evidence item is a share of people that can be drawn.

    An outcome so rare that a hundred people would show nobody is left to words. Of a range over
    series both ends are drawn, and nothing between them is called the share.
    """
    item = lookup_evidence(key)
    if item.quantity is not Quantity.PROPORTION:
        return False
    if item.value is None:
        return item.range is not None and people(item.range[1]) > 0
    return item.value == 0 or people(item.value) > 0


def icon_array_figure(key: str, frame: Frame, of: Cell = ()) -> Figure:
    """Return a published share as one hundred people.

    The people with the outcome come first. Those up to the lower end of the interval are drawn
    full, those up to the share lighter, those up to the upper end of the interval pale with a
    dashed edge, the others as an outline. In a loss, those who have it carry a cross. A range over
    series has no share: full figures reach to its lower end, pale ones to its upper end.

    Parameters
    ----------
    key : str
        Evidence key of a proportion.
    frame : str
        ``gain``, ``loss``, or ``course`` for what is neither.
    of : tuple of inline nodes
        The option it belongs to, in words.

    Raises
    ------
    ValueError
        The item is not a share.

    Examples
    --------
    >>> from hemispasm.report.document import text_of
    >>> text_of(icon_array_figure("other_babinski.hfs_pawlowski", "gain").alt)[-63:]
    '86 have this and 14 do not; the interval reaches from 71 to 94.'
    """
    item = lookup_evidence(key)
    if not can_be_icons(key):
        raise ValueError(f"{key} is not a share of people")
    label = Verbatim(item.label, Origin.EVIDENCE)
    lead = lookup_text(f"report.icons.{frame}")
    title: Cell = (*of, f", {lead.lower()}: ", label) if of else (f"{lead}: ", label)
    if item.value is None:
        return _range_figure(title, key, frame)
    have = people(item.value)
    limits = None if item.interval is None else (people(item.interval[0]), people(item.interval[1]))
    span = phrase("report.icons.no_interval")
    if limits is not None:
        low, high = (_count(limit) for limit in limits)
        span = phrase("report.icons.interval", low=low, high=high)
    alt = phrase(
        "report.icons.alt",
        what=evidence_cell(key),
        have=_count(have),
        lack=_count(PEOPLE - have),
        interval=span,
    )
    svg = _svg(have, limits, frame)
    return Figure(title, svg, alt, _table(have, limits))


def _range_figure(title: Cell, key: str, frame: Frame) -> Figure:
    """Return a range over series: full figures to its lower end, pale ones to its upper end."""
    ends = lookup_evidence(key).range or (0.0, 0.0)
    low, high = people(ends[0]), people(ends[1])
    what = evidence_cell(key)
    alt = phrase("report.icons.alt_range", what=what, low=_count(low), high=_count(high))
    rows: tuple[tuple[Cell, ...], ...] = (
        (phrase("report.icons.lowest"), (_count(low),)),
        (phrase("report.icons.highest"), (_count(high),)),
    )
    columns = (lookup_text("report.icons.group"), lookup_text("report.icons.people"))
    table = Table.plain(phrase("report.icons.caption"), columns, rows)
    return Figure(title, _svg(low, (low, high), frame), alt, table)


def people(share: float) -> int:
    """Return a share as whole people out of a hundred.

    Examples
    --------
    >>> people(0.858), people(0.005), people(0.002)
    (86, 1, 0)
    """
    return math.floor(share * PEOPLE + 0.5)


def _count(people_: int) -> Number:
    return Number(float(people_), "1", FromRule("icon_array.people"), decimals=0)


def _table(have: int, limits: tuple[int, int] | None) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (phrase("report.icons.with"), (_count(have),)),
        (phrase("report.icons.without"), (_count(PEOPLE - have),)),
    ]
    if limits is not None:
        rows.append((phrase("report.icons.low"), (_count(limits[0]),)))
        rows.append((phrase("report.icons.high"), (_count(limits[1]),)))
    columns = (lookup_text("report.icons.group"), lookup_text("report.icons.people"))
    return Table.plain(phrase("report.icons.caption"), columns, tuple(rows))


def _svg(have: int, limits: tuple[int, int] | None, frame: str) -> Markup:
    low, high = limits or (have, have)
    # The drawn order must hold even where rounding moved a limit past the share.
    low, high = min(low, have), max(high, have)
    spans = (
        ("icon-none", range(high, PEOPLE)),
        ("icon-may", range(have, high)),
        ("icon-likely", range(low, have)),
        ("icon-sure", range(low)),
    )
    parts = [
        element("path", {"class": f"{name} {frame}", "d": _people(span)})
        for name, span in spans
        if len(span)
    ]
    if frame == "loss" and have:
        parts.append(element("path", {"class": "icon-cross", "d": _crosses(range(have))}))
    side = short(_ACROSS * _STEP + 2 * _TOP)
    box = f"0 0 {side} {side}"
    return element("svg", {"class": "icons", "viewBox": box, "aria-hidden": "true"}, *parts)


def _at(index: int) -> tuple[float, float]:
    row, column = divmod(index, _ACROSS)
    return _TOP + column * _STEP, _TOP + row * _STEP


def _people(span: Sequence[int]) -> str:
    return "".join(_person(*_at(index)) for index in span)


def _person(x: float, y: float) -> str:
    head = f"M{short(x + 10)} {short(y + 1)}a3.4 3.4 0 1 1 -.01 0z"
    body = f"M{short(x + 6)} {short(y + 9)}h8a2.5 2.5 0 0 1 2.5 2.5v8h-13v-8a2.5 2.5 0 0 1 2.5-2.5z"
    return head + body


def _crosses(span: Sequence[int]) -> str:
    return "".join(f"M{short(x + 6.5)} {short(y + 11)}l7 7m0 -7l-7 7" for x, y in map(_at, span))
